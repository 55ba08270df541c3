"""Optuna's SQLite database, and `trials_dataframe` as CSV: each trial of a study is a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from results_bot.collect import csv_table
from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import inner, label, number, parsed, setting
from results_bot.collect.sqlite_tables import SUFFIXES, Database, open_database
from results_bot.metric_names import Role, canonical, role
from results_bot.model import Direction, Reading, Scalar, Status

TITLE = "Optuna"

_TABLES = {
    "studies": "study_id study_name",
    "trials": "trial_id number study_id state datetime_start",
    "trial_values": "trial_id objective value",
    "trial_params": "param_id trial_id param_name param_value",
}
_STATUS = {
    "COMPLETE": Status.FINISHED, "PRUNED": Status.PRUNED, "FAIL": Status.FAILED,
    "RUNNING": Status.UNFINISHED,
}  # fmt: skip
_INFINITE = {"INF_POS": float("inf"), "INF_NEG": float("-inf")}
_DIRECTIONS = {"MINIMIZE": Direction.LOWER, "MAXIMIZE": Direction.HIGHER}


Record = dict[str, Any]
"""A trial as `trials_dataframe` has it: `value`, `values_NAME`, `params_NAME` and so on."""

claims = ending(".csv", *SUFFIXES)


def read(file: File) -> list[Extracted] | None:
    """Return one run per trial, None for another table or another program's database."""
    if file.suffix != "csv":
        with open_database(file, _TABLES) as database:
            return None if database is None else [*_in_database(database, file)]
    header = csv_table.header(file)
    is_valued = any(name in ("value", "values") or name[:7] == "values_" for name in header)
    if not is_valued or not {"number", "state"}.issubset(header):
        return None
    records = csv_table.table(file).records()
    runs = [_run(file.stem, one, {}, file) for one in records if one.get("state") in _STATUS]
    return runs or [Extracted(started=False)]


def _run(study: str, record: Record, directions: Mapping[str, Direction], file: File) -> Extracted:
    readings: list[Reading] = []
    params: dict[str, Scalar] = {}
    for column, cell in record.items():
        kind, _, rest = column.partition("_")
        name, value = label(rest.removeprefix("attrs_") if kind == "user" else rest), number(cell)
        if cell in (None, "") or isinstance(cell, list | dict):
            continue
        if kind in ("value", "values") and value is not None:
            shown = f"value_{name}" if name.isdecimal() else name or "value"
            way = directions.get(column, Direction.UNKNOWN)
            readings.append(Reading(canonical(shown), value, file.path, direction=way))
        elif kind == "user" and value is not None and role(name) is not Role.PARAMETER:
            readings.append(Reading(canonical(name), value, file.path))
        elif kind in ("params", "user"):
            params.setdefault(name, setting(cell))
    started, trial = record.get("datetime_start"), record.get("number", "")
    return Extracted(
        tuple(readings),
        params,
        status=_STATUS[record["state"]],
        member="/".join(label(one).replace("/", "_") for one in (study, f"trial_{trial}")),
        # The start, to the microsecond, is the same in the database and in the table.
        identity=f"optuna {trial} {started}" if started else "",
    )


def _in_database(database: Database, file: File) -> Iterator[Extracted]:
    """Yield the trials of all studies, from records like those of a table."""
    objectives = _objectives(database)
    records: defaultdict[Any, Record] = defaultdict(dict)
    kind = "value_type" if database.has("trial_values", "value_type") else "''"
    for trial, study, index, value, how in database.rows(
        f"SELECT trial_id, study_id, objective, value, {kind} "  # noqa: S608 - our own text
        "FROM trial_values JOIN trials USING (trial_id) ORDER BY 1, 3"
    ):
        column, _ = objectives[study].get(index, ("value", None))
        records[trial][column] = _INFINITE.get(str(how), value)  # A type of its own since Optuna 3.
    text = "distribution_json" if database.has("trial_params", "distribution_json") else "''"
    for trial, name, value, distribution in database.rows(
        f"SELECT trial_id, param_name, param_value, {text} FROM trial_params "  # noqa: S608
        "ORDER BY param_id"
    ):
        records[trial][f"params_{name}"] = _parameter(value, parsed(distribution))
    if database.has("trial_user_attributes", "trial_id", "key", "value_json"):
        for trial, key, attribute in database.rows(
            "SELECT trial_id, key, value_json FROM trial_user_attributes ORDER BY 1, 2"
        ):
            records[trial][f"user_attrs_{key}"] = parsed(attribute)
    names = dict(database.rows("SELECT study_id, study_name FROM studies"))
    for trial, number_, study, state, started in database.rows(
        "SELECT trial_id, number, study_id, state, datetime_start FROM trials "
        "ORDER BY study_id, number"
    ):
        if state in _STATUS:
            facts = {"number": number_, "state": state, "datetime_start": started}
            ways = dict(objectives[study].values())
            yield _run(str(names.get(study, study)), {**facts, **records[trial]}, ways, file)


def _objectives(database: Database) -> defaultdict[Any, dict[object, tuple[str, Direction]]]:
    """Return by study the column of each objective, as in `trials_dataframe`, and its direction."""
    names: dict[Any, list[object]] = {}
    if database.has("study_system_attributes", "study_id", "key", "value_json"):
        for study, text in database.rows(
            "SELECT study_id, value_json FROM study_system_attributes "
            "WHERE key = 'study:metric_names'"
        ):
            found = parsed(text)
            names[study] = found if isinstance(found, list) else []
    out: defaultdict[Any, dict[object, tuple[str, Direction]]] = defaultdict(dict)
    if database.has("study_directions", "study_id", "objective", "direction"):
        ways = [*database.rows("SELECT study_id, objective, direction FROM study_directions")]
        several = {study for study, index, _ in ways if index}
        for study, index, way in ways:
            column = f"values_{index}" if study in several else "value"
            if isinstance(index, int) and index < len(names.get(study, ())):
                column = f"values_{names[study][index]}"
            out[study][index] = column, _DIRECTIONS.get(str(way), Direction.UNKNOWN)
    return out


def _parameter(value: object, distribution: object) -> object:
    """Return a parameter: the table has the index of a category, and floats for integers."""
    if not isinstance(distribution, dict) or not isinstance(value, int | float):
        return value
    choices = inner(distribution, "attributes").get("choices")
    if isinstance(choices, list) and value in range(len(choices)):
        return choices[int(value)]
    is_whole = str(distribution.get("name")).startswith("Int") and float(value).is_integer()
    return int(value) if is_whole else value

"""Optuna's SQLite database, and `trials_dataframe` as CSV: each trial of a study is a run."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from results_bot.collect import csv_table
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import label, number, scalar, setting
from results_bot.collect.sqlite_tables import SUFFIXES, Database, open_database
from results_bot.metric_names import Role, canonical, role
from results_bot.model import Direction, Reading, Scalar, Status

TITLE = "Optuna"
WHERE = (
    "`*.db` or `*.sqlite` with the tables `studies`, `trials` and `trial_values`; `.csv` with the "
    "columns `number`, `state` and `value` or `values_*`"
)
TRAPS: tuple[str, ...] = (
    "pruned trials have the last value they reported and are shown as pruned",
    "a trial whose objective is NaN has failed; a waiting trial is not a run",
    "the study's direction is the objective's",
    "`values_0` or `values_NAME` where there are several objectives",
    "a second header line (`multi_index=True`) is not a trial",
    "a trial that is in a database and in a table is counted once",
    "rows in a `-wal` file beside a database are not read",
)

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


class _Trial(msgspec.Struct, frozen=True):
    """A trial as both forms have it."""

    study: str
    number: str
    state: str
    started: str
    values: Mapping[str, object]
    """By objective."""
    directions: Mapping[str, Direction] = {}
    params: Mapping[str, Scalar] = {}
    attributes: Mapping[str, object] = {}
    """Set by the user; a number may be a metric."""


class _Study(msgspec.Struct):
    name: str
    directions: dict[int, Direction] = {}
    """By the objective's index, as are the names."""
    names: list[str] = []

    def objective(self, index: int) -> str:
        """Return an objective's name: as the study has it, else `value`, `value_1`."""
        if index < len(self.names):
            return self.names[index]
        return "value" if len(self.directions) <= 1 else f"value_{index}"


def claims(path: str) -> bool:
    """Claim databases and `.csv`; the content decides."""
    return path.endswith((".csv", *SUFFIXES))


def read(file: File) -> list[Extracted] | None:
    """Return one run per trial, None for another table or another program's database."""
    if file.suffix == "csv":
        header = csv_table.header(file)
        is_valued = any(name in ("value", "values") or name[:7] == "values_" for name in header)
        if not is_valued or not {"number", "state"}.issubset(header):
            return None
        table = csv_table.table(file)
        trials = [one for one in _in_table(table, file.stem) if one.state in _STATUS]
        runs = [_run(trial, file) for trial in trials]
        return runs or [Extracted(started=False)]
    with open_database(file, _TABLES) as database:
        if database is None:
            return None
        return [_run(one, file) for one in _in_database(database) if one.state in _STATUS]


def _run(trial: _Trial, file: File) -> Extracted:
    readings = [
        Reading(
            canonical(label(name)),
            value,
            file.path,
            direction=trial.directions.get(name, Direction.UNKNOWN),
        )
        for name, written in trial.values.items()
        if (value := number(written)) is not None
    ]
    params = {label(name): value for name, value in trial.params.items()}
    for key, attribute in trial.attributes.items():
        name, value = label(key), number(attribute)
        if value is not None and role(name) is not Role.PARAMETER:
            readings.append(Reading(canonical(name), value, file.path))
        elif attribute is not None and not isinstance(attribute, list | dict):
            params.setdefault(name, scalar(attribute))
    study, trial_number = (label(one).replace("/", "_") for one in (trial.study, trial.number))
    return Extracted(
        tuple(readings),
        params,
        status=_STATUS[trial.state],
        member=f"{study}/trial_{trial_number}",
        # The start, to the microsecond, is the same in the database and in the table.
        identity=f"optuna {trial.number} {trial.started}" if trial.started else "",
    )


def _in_table(table: csv_table.CsvTable, study: str) -> Iterator[_Trial]:
    for row in table.body:
        cells = {name: cell for name, cell in zip(table.header, row, strict=False) if cell.strip()}
        values: dict[str, object] = {}
        params: dict[str, Scalar] = {}
        attributes: dict[str, object] = {}
        for name, cell in cells.items():
            if name == "value" or name.startswith("values_"):
                objective = name.removeprefix("values_")
                values[f"value_{objective}" if objective.isdecimal() else objective] = cell
            elif name.startswith("params_"):
                params[name.removeprefix("params_")] = setting(cell)
            elif name.startswith("user_attrs_"):
                attributes[name.removeprefix("user_attrs_")] = setting(cell)
        yield _Trial(
            study=study,
            number=cells.get("number", ""),
            state=cells.get("state", ""),
            started=cells.get("datetime_start", ""),
            values=values,
            params=params,
            attributes=attributes,
        )


def _in_database(database: Database) -> Iterator[_Trial]:
    studies, params = _studies(database), _params(database)
    kind = "value_type" if database.has("trial_values", "value_type") else "''"
    values: defaultdict[Any, dict[int, float]] = defaultdict(dict)
    for trial, index, value, how in database.rows(
        f"SELECT trial_id, objective, value, {kind} FROM trial_values"  # noqa: S608 - our own text
    ):
        known = _INFINITE.get(str(how), value)  # Infinity is a type of its own since Optuna 3.
        if isinstance(index, int) and isinstance(known, int | float):
            values[trial][index] = float(known)
    attributes: defaultdict[Any, dict[str, object]] = defaultdict(dict)
    if database.has("trial_user_attributes", "trial_id", "key", "value_json"):
        for trial, key, text in database.rows(
            "SELECT trial_id, key, value_json FROM trial_user_attributes ORDER BY 1, 2"
        ):
            attributes[trial][str(key)] = _parsed(text)
    for trial, trial_number, study_id, state, started in database.rows(
        "SELECT trial_id, number, study_id, state, datetime_start FROM trials "
        "ORDER BY study_id, number"
    ):
        study = studies.get(study_id) or _Study(str(study_id))
        objectives = sorted(values.get(trial, {}).items())
        yield _Trial(
            study=study.name,
            number=str(trial_number),
            state=str(state),
            started=str(started or ""),
            values={study.objective(index): value for index, value in objectives},
            directions={study.objective(index): way for index, way in study.directions.items()},
            params=params.get(trial, {}),
            attributes=attributes.get(trial, {}),
        )


def _studies(database: Database) -> dict[Any, _Study]:
    studies = {
        study: _Study(str(name))
        for study, name in database.rows("SELECT study_id, study_name FROM studies")
    }
    if database.has("study_directions", "study_id", "objective", "direction"):
        for study, index, way in database.rows(
            "SELECT study_id, objective, direction FROM study_directions ORDER BY 1, 2"
        ):
            if study in studies and isinstance(index, int):
                studies[study].directions[index] = _DIRECTIONS.get(str(way), Direction.UNKNOWN)
    if database.has("study_system_attributes", "study_id", "key", "value_json"):
        for study, text in database.rows(
            "SELECT study_id, value_json FROM study_system_attributes "
            "WHERE key = 'study:metric_names'"
        ):
            names = _parsed(text)
            if study in studies and isinstance(names, list):
                studies[study].names = [str(name) for name in names]
    return studies


def _params(database: Database) -> dict[Any, dict[str, Scalar]]:
    """Return parameters: the table has the index of a category, and floats for integers."""
    column = "distribution_json" if database.has("trial_params", "distribution_json") else "''"
    params: defaultdict[Any, dict[str, Scalar]] = defaultdict(dict)
    for trial, name, value, text in database.rows(
        f"SELECT trial_id, param_name, param_value, {column} FROM trial_params "  # noqa: S608
        "ORDER BY param_id"
    ):
        distribution = _parsed(text)
        shown = scalar(value)
        if isinstance(distribution, dict) and isinstance(value, int | float):
            attributes = distribution.get("attributes")
            choices = attributes.get("choices") if isinstance(attributes, dict) else None
            if isinstance(choices, list) and value in range(len(choices)):
                shown = scalar(choices[int(value)])
            elif str(distribution.get("name")).startswith("Int") and float(value).is_integer():
                shown = int(value)
        params[trial][str(name)] = shown
    return params


def _parsed(text: object) -> object:
    try:
        parsed: object = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return parsed

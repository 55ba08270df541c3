"""Optuna's database, where it is SQLite: each trial of each study is a run."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from results_bot.collect import optuna_trials
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import scalar
from results_bot.collect.sqlite_tables import SUFFIXES, Tables, has_wal, tables
from results_bot.model import Direction, Scalar

TITLE = "Optuna, SQLite"
WHERE = "`*.db` or `*.sqlite` with Optuna's tables `studies`, `trials` and `trial_values`"
TRAPS: tuple[str, ...] = (
    "pruned trials carry the last value they reported and are shown as pruned",
    "a trial whose objective is NaN has failed",
    "waiting trials have not begun and are no runs",
    "the study's direction is the objective's",
    "a `trials_dataframe` beside the database is not counted again",
    "rows in a `-wal` file beside the database are not read",
)

_INFINITE = {"INF_POS": float("inf"), "INF_NEG": float("-inf")}
_DIRECTIONS = {"MINIMIZE": Direction.LOWER, "MAXIMIZE": Direction.HIGHER}


class Study(msgspec.Struct):
    """A study's name, and of each objective which way it gets better and what it is called."""

    name: str
    ways: dict[int, Direction] = {}
    names: list[str] = []

    def objective(self, index: int) -> str:
        """Return the name of one objective."""
        return optuna_trials.objective(self.names, index, len(self.ways))


def claims(path: str) -> bool:
    """Take what is called a database."""
    return path.endswith(SUFFIXES)


def read(file: File) -> list[Extracted] | None:
    """Return one Extracted a trial, None for another program's database."""
    with tables(file) as opened:
        if opened is None or not _is_optuna(opened):
            return None
        return list(_trials(opened, file))


def _is_optuna(opened: Tables) -> bool:
    return (
        opened.has("studies", "study_id", "study_name")
        and opened.has("trials", "trial_id", "number", "study_id", "state", "datetime_start")
        and opened.has("trial_values", "trial_id", "objective", "value")
        and opened.has("trial_params", "param_id", "trial_id", "param_name", "param_value")
    )


def _trials(opened: Tables, file: File) -> Iterator[Extracted]:
    studies = _studies(opened)
    values, params, attributes = _values(opened), _params(opened), _attributes(opened)
    left_out = ((file.name, "rows in a -wal file beside it are not read"),) if has_wal(file) else ()
    rows = opened.rows(
        "SELECT trial_id, number, study_id, state, datetime_start FROM trials "
        "ORDER BY study_id, number"
    )
    for trial, number, study_id, state, started in rows:
        study = studies.get(study_id, Study(str(study_id)))
        objectives = sorted(values.get(trial, {}).items())
        found = optuna_trials.found(
            optuna_trials.Trial(
                study=study.name,
                number=str(number),
                state=str(state),
                started=str(started or ""),
                values={study.objective(index): value for index, value in objectives},
                directions={study.objective(index): way for index, way in study.ways.items()},
                params=params.get(trial, {}),
                attributes=attributes.get(trial, {}),
                left_out=left_out,
            ),
            file,
        )
        if found is not None:
            yield found


def _studies(opened: Tables) -> dict[Any, Study]:
    studies = {
        study: Study(str(name))
        for study, name in opened.rows("SELECT study_id, study_name FROM studies")
    }
    if opened.has("study_directions", "study_id", "objective", "direction"):
        for study, index, way in opened.rows(
            "SELECT study_id, objective, direction FROM study_directions ORDER BY 1, 2"
        ):
            if study in studies and isinstance(index, int):
                studies[study].ways[index] = _DIRECTIONS.get(str(way), Direction.UNKNOWN)
    if opened.has("study_system_attributes", "study_id", "key", "value_json"):
        for study, text in opened.rows(
            "SELECT study_id, value_json FROM study_system_attributes "
            "WHERE key = 'study:metric_names'"
        ):
            names = _parsed(text)
            if study in studies and isinstance(names, list):
                studies[study].names = [str(name) for name in names]
    return studies


def _values(opened: Tables) -> dict[Any, dict[int, float]]:
    """Return the objectives' values; infinity is told by the type (since Optuna 3)."""
    kind = "value_type" if opened.has("trial_values", "value_type") else "''"
    values: defaultdict[Any, dict[int, float]] = defaultdict(dict)
    for trial, index, value, how in opened.rows(
        f"SELECT trial_id, objective, value, {kind} FROM trial_values"  # noqa: S608 - our own text
    ):
        known = _INFINITE.get(str(how), value)
        if isinstance(index, int) and isinstance(known, int | float):
            values[trial][index] = float(known)
    return values


def _params(opened: Tables) -> dict[Any, dict[str, Scalar]]:
    told = opened.has("trial_params", "distribution_json")
    column = "distribution_json" if told else "''"
    params: defaultdict[Any, dict[str, Scalar]] = defaultdict(dict)
    for trial, name, value, distribution in opened.rows(
        f"SELECT trial_id, param_name, param_value, {column} FROM trial_params "  # noqa: S608
        "ORDER BY param_id"
    ):
        params[trial][str(name)] = _param(value, _parsed(distribution))
    return params


def _param(value: object, distribution: object) -> Scalar:
    """Return a parameter: the table holds the index of a category, and floats for integers."""
    if not isinstance(distribution, dict) or not isinstance(value, int | float):
        return scalar(value)
    attributes = distribution.get("attributes")
    choices = attributes.get("choices") if isinstance(attributes, dict) else None
    if isinstance(choices, list) and value in range(len(choices)):
        return scalar(choices[int(value)])
    if str(distribution.get("name")).startswith("Int") and float(value).is_integer():
        return int(value)
    return value


def _attributes(opened: Tables) -> dict[Any, dict[str, object]]:
    attributes: defaultdict[Any, dict[str, object]] = defaultdict(dict)
    if opened.has("trial_user_attributes", "trial_id", "key", "value_json"):
        for trial, key, text in opened.rows(
            "SELECT trial_id, key, value_json FROM trial_user_attributes ORDER BY 1, 2"
        ):
            attributes[trial][str(key)] = _parsed(text)
    return attributes


def _parsed(text: object) -> object:
    try:
        parsed: object = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return parsed

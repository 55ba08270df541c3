"""Optuna's database, where it is SQLite: each trial of each study is a run."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from bot.collect import optuna_trials
from bot.collect.files import File
from bot.collect.found import Found
from bot.collect.sqlite_tables import SUFFIXES, Tables, has_wal, tables
from bot.model import Direction

TITLE = "Optuna, SQLite"
WHERE = "`*.db` or `*.sqlite` with Optuna's tables `studies`, `trials` and `trial_values`"
TRAPS = (
    "pruned trials carry the last value they reported and are shown as pruned",
    "a trial whose objective is NaN has failed",
    "waiting trials have not begun and are no runs",
    "the study's direction is the objective's",
    "a `trials_dataframe` beside the database is not counted again",
    "rows in a `-wal` file beside the database are not read",
)

_INFINITE = {"INF_POS": float("inf"), "INF_NEG": float("-inf")}
_DIRECTIONS = {"MINIMIZE": Direction.LOWER, "MAXIMIZE": Direction.HIGHER}


def claims(path: str) -> bool:
    """Take what is called a database."""
    return path.endswith(SUFFIXES)


def read(file: File) -> list[Found] | None:
    """Return one Found a trial, None for another program's database."""
    with tables(file) as opened:
        if opened is None or not _is_optuna(opened):
            return None
        return list(_trials(opened, file))


def _is_optuna(opened: Tables) -> bool:
    return (
        opened.has("studies", "study_id", "study_name")
        and opened.has("trials", "trial_id", "number", "study_id", "state", "datetime_start")
        and opened.has("trial_values", "trial_id", "objective", "value")
        and opened.has("trial_params", "trial_id", "param_name", "param_value")
    )


def _trials(opened: Tables, file: File) -> Iterator[Found]:
    studies = dict(opened.rows("SELECT study_id, study_name FROM studies"))
    names, directions = _metric_names(opened), _directions(opened)
    values, params, attributes = _values(opened), _params(opened), _attributes(opened)
    left_out = ((file.name, "rows in a -wal file beside it are not read"),) if has_wal(file) else ()
    rows = opened.rows(
        "SELECT trial_id, number, study_id, state, datetime_start FROM trials "
        "ORDER BY study_id, number"
    )
    for trial, number, study, state, started in rows:
        objectives = values.get(trial, {})
        found = optuna_trials.found(
            optuna_trials.Trial(
                study=str(studies.get(study, study)),
                number=str(number),
                state=str(state),
                started=str(started),
                values={
                    optuna_trials.objective(names.get(study, ()), index, len(objectives)): value
                    for index, value in sorted(objectives.items())
                },
                directions={
                    optuna_trials.objective(names.get(study, ()), index, len(objectives)): way
                    for index, way in directions.get(study, {}).items()
                },
                params=params.get(trial, {}),
                attributes=attributes.get(trial, {}),
                left_out=left_out,
            ),
            file,
        )
        if found is not None:
            yield found

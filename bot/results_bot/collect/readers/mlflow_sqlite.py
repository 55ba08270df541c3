"""MLflow's database, where it is SQLite: every run of every experiment in one file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from results_bot.collect import mlflow_runs, step_log
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import MAX_NAME, setting
from results_bot.collect.sqlite_tables import SUFFIXES, Tables, has_wal, tables
from results_bot.hostile import printable
from results_bot.model import Reading, Scalar

TITLE = "MLflow, SQLite"
WHERE = "`*.db` or `*.sqlite` with MLflow's tables `runs`, `metrics` and `params`"
TRAPS: tuple[str, ...] = (
    "NaN is the value 0 with a mark, infinity the largest double",
    "deleted runs stay in the tables and are shown as deleted",
    "runs that the file store has too are counted once, by their id",
    "rows in a `-wal` file beside the database are not read",
)

_INFINITE = 1.797e308


def claims(path: str) -> bool:
    """Take what is called a database."""
    return path.endswith(SUFFIXES)


def read(file: File) -> list[Extracted] | None:
    """Return one Extracted a run, None for another program's database."""
    with tables(file) as opened:
        if opened is None or not _is_mlflow(opened):
            return None
        return [*_experiments(opened, file), *_runs(opened, file)]


def _is_mlflow(opened: Tables) -> bool:
    return (
        opened.has("runs", "run_uuid", "status", "lifecycle_stage", "experiment_id", "name")
        and opened.has("metrics", "run_uuid", "key", "value", "step", "timestamp", "is_nan")
        and opened.has("params", "run_uuid", "key", "value")
        and opened.has("tags", "run_uuid", "key", "value")
        and opened.has("experiments", "experiment_id", "name")
    )


def _experiments(opened: Tables, file: File) -> Iterator[Extracted]:
    for experiment, name in opened.rows("SELECT experiment_id, name FROM experiments"):
        title = mlflow_runs.name(name)
        if title:
            yield Extracted(root=mlflow_runs.folder(file.folder, experiment), title=title)


def _runs(opened: Tables, file: File) -> Iterator[Extracted]:
    left_out = ((file.name, "rows in a -wal file beside it are not read"),) if has_wal(file) else ()
    metrics, params = _metrics(opened, file), _params(opened)
    # Older versions keep the name in a tag alone.
    names = dict(opened.rows("SELECT run_uuid, value FROM tags WHERE key = 'mlflow.runName'"))
    query = "SELECT run_uuid, experiment_id, name, status, lifecycle_stage FROM runs"
    for run, experiment, name, status, stage in opened.rows(query):
        readings, aside = metrics.get(run, ((), ()))
        yield Extracted(
            readings,
            params.get(run, {}),
            root=mlflow_runs.folder(file.folder, experiment, run),
            identity=str(run),
            name=mlflow_runs.name(name) or mlflow_runs.name(names.get(run)),
            status=mlflow_runs.status(status, stage),
            left_out=(*aside, *left_out),
        )


def _metrics(
    opened: Tables, file: File
) -> dict[Any, tuple[tuple[Reading, ...], tuple[tuple[str, str], ...]]]:
    """Return every run's readings: the last by step, time and value, as MLflow has it."""
    rows = opened.rows(
        "SELECT run_uuid, key, step, value, is_nan FROM metrics "
        "ORDER BY run_uuid, key, step, timestamp, value"
    )
    out = {}
    for run, of_run in groupby(rows, key=lambda row: row[0]):
        series = {
            str(key): [(_step(step), _value(value, nan)) for _, _, step, value, nan in of_key]
            for key, of_key in groupby(of_run, key=lambda row: row[1])
        }
        out[run] = step_log.of_series(series, file.path)
    return out


def _params(opened: Tables) -> dict[Any, dict[str, Scalar]]:
    params: defaultdict[Any, dict[str, Scalar]] = defaultdict(dict)
    for run, key, value in opened.rows("SELECT run_uuid, key, value FROM params ORDER BY 1, 2"):
        params[run][printable(str(key))[:MAX_NAME]] = setting(str(value))
    return params


def _step(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _value(value: object, is_nan: object) -> float:
    if is_nan or not isinstance(value, int | float):
        return float("nan")
    return value * float("inf") if abs(value) > _INFINITE else float(value)

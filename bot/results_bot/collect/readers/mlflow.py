"""MLflow's two stores: a folder per run with a file per metric, or a SQLite database."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from msgspec.structs import replace

from results_bot.collect import csv_table, steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import label, origin, setting
from results_bot.collect.readers import csv_metrics, yaml_metrics
from results_bot.collect.sqlite_tables import SUFFIXES, Database, open_database
from results_bot.model import Scalar, Status

TITLE = "MLflow"

_RUN = re.compile(
    r"(?P<root>(?:.+/)?\d+/(?P<id>[0-9a-f]{32}))/"
    r"(?P<what>meta\.yaml$|(?:metrics|params)/(?P<name>.+)|"
    r"(?P<commit>tags/mlflow\.source\.git\.commit$)|artifacts/|tags/|inputs/|outputs/)"
)
_EXPERIMENT = re.compile(r"(?P<root>(?:.+/)?\d+)/meta\.yaml")
_READ_BY_OTHERS = (
    ".json", ".JSON", ".jsonl", ".ndjson", ".yaml", ".yml", ".csv", ".tsv", *SUFFIXES
)  # fmt: skip
_NO_RUN = Extracted(started=False, left_out=(("", "MLflow's own file; the run's metrics count"),))
_TABLES = {
    "runs": "run_uuid status lifecycle_stage experiment_id name start_time",
    "metrics": "run_uuid key value step timestamp is_nan",
    "params": "run_uuid key value",
    "tags": "run_uuid key value",
    "experiments": "experiment_id name",
}
_MAX_POINTS = 2_000_000
_INFINITE = 1.797e308
# https://github.com/mlflow/mlflow/blob/master/mlflow/protos/service.proto, enum RunStatus; files
# hold the number, the database the name.
_STATUS = {
    "1": Status.UNFINISHED, "RUNNING": Status.UNFINISHED,
    "2": Status.UNFINISHED, "SCHEDULED": Status.UNFINISHED,
    "3": Status.FINISHED, "FINISHED": Status.FINISHED,
    "4": Status.FAILED, "FAILED": Status.FAILED,
    "5": Status.FAILED, "KILLED": Status.FAILED,
}  # fmt: skip


def claims(path: str) -> bool:
    """Claim databases and the file store; of its artifacts only what other readers would claim."""
    found = _RUN.match(path)
    if found is None:
        return path.endswith(SUFFIXES) or _EXPERIMENT.fullmatch(path) is not None
    return bool(found["name"] or found["commit"]) or path.endswith(_READ_BY_OTHERS)


def read(file: File) -> list[Extracted] | None:
    """Return one metric or parameter, a run's name and status, or all runs of a database."""
    if found := _RUN.match(file.path):
        return _part_of_run(file, found)
    return _database(file) if file.path.endswith(SUFFIXES) else _experiment(file)


def _part_of_run(file: File, found: re.Match[str]) -> list[Extracted] | None:
    root, what, name = found["root"], found["what"], found["name"]
    run = Extracted(root=root, identity=found["id"])
    if what == "meta.yaml":
        meta = yaml_metrics.load(file.text)
        if not isinstance(meta, dict) or "artifact_uri" not in meta:
            return None
        stage = "deleted" if "/.trash/" in f"/{root}/" else meta.get("lifecycle_stage")
        run = replace(
            run,
            params=origin(_seconds(meta.get("start_time"))),
            name=_name(meta.get("run_name")),
            status=_status(meta.get("status"), stage),
        )
    elif found["commit"]:
        run = replace(run, params=origin(commit=file.text))
    elif what.startswith("params/"):
        run = replace(run, params={label(name): setting(file.text) if file.size else ""})
    elif name:
        run = replace(run, readings=steps.of_series({name: _points(file)}, file))
    elif file.suffix in ("csv", "tsv") and csv_metrics.is_predictions(csv_table.header(file)):
        run = replace(run, predictions=True)  # Evidence, unlike other artifacts.
    else:
        return [_NO_RUN]
    return [run]


def _points(file: File) -> list[tuple[int | None, float]]:
    """Return a metric's values by step, time and value, as MLflow orders them."""
    lines = file.text.split("\n", _MAX_POINTS + 1)
    if len(lines) > _MAX_POINTS:
        raise UnreadableError(f"has more than {_MAX_POINTS:,} lines: data, not metrics")
    points = []
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            time, value, *rest = line.split()
            [step] = rest or ["0"]  # The oldest stores have no step.
            point = int(step), int(time), float(value)
            if abs(point[0]) >= 2**63:
                raise ValueError
        except ValueError:
            if index == len(lines) - 1:
                break  # The job was stopped while it wrote its last line.
            raise UnreadableError(f"line {index + 1} is not `time value step`") from None
        points.append(point)
    return [(step, value) for step, _, value in sorted(points, key=lambda point: point[:2])]


def _experiment(file: File) -> list[Extracted] | None:
    meta = yaml_metrics.load(file.text)
    if not isinstance(meta, dict) or "artifact_location" not in meta:
        return None
    title = _name(meta.get("name"))
    return [Extracted(root=file.folder, title=title)] if title else [_NO_RUN]


def _database(file: File) -> list[Extracted] | None:
    with open_database(file, _TABLES) as database:
        if database is None:
            return None
        experiments = database.rows("SELECT experiment_id, name FROM experiments")
        titles = [
            Extracted(root=_folder(file.folder, experiment), title=title)
            for experiment, name in experiments
            if (title := _name(name))
        ]
        return [*titles, *_runs(database, file)]


def _runs(database: Database, file: File) -> Iterator[Extracted]:
    # The last value is the last by step, time and value, as in MLflow.
    metrics = {}
    rows = database.rows(
        "SELECT run_uuid, key, step, value, is_nan FROM metrics "
        "ORDER BY run_uuid, key, step, timestamp, value"
    )
    for run, of_run in groupby(rows, key=lambda row: row[0]):
        series = {
            str(key): [
                (step if isinstance(step, int) else None, _value(value, is_nan))
                for _, _, step, value, is_nan in of_key
            ]
            for key, of_key in groupby(of_run, key=lambda row: row[1])
        }
        metrics[run] = steps.of_series(series, file)
    params: defaultdict[Any, dict[str, Scalar]] = defaultdict(dict)
    for run, key, value in database.rows("SELECT run_uuid, key, value FROM params ORDER BY 1, 2"):
        params[run][label(key)] = setting(str(value))
    found = database.rows(
        "SELECT run_uuid, key, value FROM tags "
        "WHERE key IN ('mlflow.runName', 'mlflow.source.git.commit')"
    )
    tags = {(run, key): value for run, key, value in found}
    query = "SELECT run_uuid, experiment_id, name, status, lifecycle_stage, start_time FROM runs"
    for run, experiment, name, status, stage, start in database.rows(query):
        yield Extracted(
            metrics.get(run, ()),
            params.get(run, {})
            | origin(_seconds(start), tags.get((run, "mlflow.source.git.commit"))),
            root=_folder(file.folder, experiment, run),
            identity=str(run),
            # Older versions have the name in a tag only.
            name=_name(name) or _name(tags.get((run, "mlflow.runName"))),
            status=_status(status, stage),
        )


def _seconds(milliseconds: object) -> float | None:
    return milliseconds / 1_000 if isinstance(milliseconds, int) else None


def _value(value: object, is_nan: object) -> float:
    if is_nan or not isinstance(value, int | float):
        return float("nan")
    return value * float("inf") if abs(value) > _INFINITE else float(value)


def _status(value: object, lifecycle_stage: object) -> Status | None:
    return Status.DELETED if lifecycle_stage == "deleted" else _STATUS.get(str(value))


def _name(value: object) -> str | None:
    return label(value.strip()) or None if isinstance(value, str) else None


def _folder(above: str, *names: object) -> str:
    """Return the folder where the file store, or a database's artifacts, hold a run."""
    parts = [label(one).replace("/", "_").lstrip(".") or "_" for one in names]
    return "/".join([*([above] if above else []), "mlruns", *parts])

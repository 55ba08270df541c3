"""W&B's own log of a run, `run-ID.wandb`: all there is of an offline run.

Field numbers are those of wandb 0.31's `wandb/proto/wandb_internal.proto`; they have not changed
since the format was made. Nothing is imported of wandb.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import structs

from results_bot.collect import step_log, wandb_values, wire
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_DEPTH, MAX_LEAVES, MAX_NAME, number
from results_bot.collect.leveldb_log import MAGIC, records
from results_bot.hostile import printable
from results_bot.metric_names import canonical
from results_bot.model import Direction, Reading, Status
from results_bot.numbers import agree

TITLE = "Weights & Biases, offline"
WHERE = "`wandb/offline-run-DATE_TIME-ID/run-ID.wandb` (online runs have one too)"
TRAPS: tuple[str, ...] = (
    "offline runs write no summary file: the numbers are in this log alone",
    "with the summary file beside it nothing is counted twice",
    "a run without an exit record is unfinished, one with an exit code failed",
    "a last record that is cut off is passed over; damage before it is an error",
    "`define_metric` tells which way a metric gets better",
    "`_step`, `_runtime` and `_timestamp` are W&B's own",
)

_HISTORY, _SUMMARY, _CONFIG, _METRIC, _RUN, _EXIT = 2, 3, 5, 12, 17, 18
_GOALS = {1: Direction.LOWER, 2: Direction.HIGHER}
"""As numbered in MetricRecord's `goal`; in MetricSummary the same fields are its min and max."""

Path = tuple[str, ...]


class Log(msgspec.Struct):
    """What one log says so far."""

    history: dict[Path, list[tuple[int | None, float]]] = {}
    summary: dict[Path, Any] = {}
    config: dict[Path, Any] = {}
    goals: dict[str, Direction] = {}
    name: str = ""
    run_id: str = ""
    status: Status = Status.UNFINISHED


def claims(path: str) -> bool:
    """Take `.wandb`."""
    return path.endswith(".wandb")


def read(file: File) -> list[Extracted] | None:
    """Return last and best of what was logged, the summary, the settings and how it ended."""
    if not file.data.startswith(MAGIC):
        return None
    log = Log()
    try:
        for record in records(file.data):
            _record(record, log)
    except wire.WireError as error:
        raise UnreadableError(f"is no W&B log: {error}") from None
    match = wandb_values.FOLDER.match(file.path)
    readings, left_out = _readings(log, file)
    return [
        Extracted(
            readings,
            wandb_values.config(wandb_values.nest(log.config.items()), file.path),
            status=log.status,
            root=match["root"] if match else None,
            name=printable(log.name)[:MAX_NAME] or None,
            identity=wandb_values.identity(match["id"] if match else log.run_id),
            log=wandb_values.LOG,
            left_out=left_out,
        )
    ]


def _readings(log: Log, file: File) -> tuple[tuple[Reading, ...], tuple[tuple[str, str], ...]]:
    """Return the history's readings; what the job put into the summary itself replaces them."""
    series = {".".join(path): points for path, points in log.history.items()}
    history, aside = step_log.of_series(series, file.path)
    summary, left_out = wandb_values.summary(wandb_values.nest(log.summary.items()), file.path)
    readings = {reading.name: reading for reading in history}
    for reading in summary:
        logged = readings.get(reading.name)
        if logged is None or not agree(logged.value, reading.value):
            readings[reading.name] = reading
    known = {name for name, _ in aside}
    readings = {name: reading for name, reading in readings.items() if name not in known}
    goals = {canonical(printable(name)[:MAX_NAME]): goal for name, goal in log.goals.items()}
    return (
        tuple(
            structs.replace(r, direction=goals.get(r.name.removeprefix("best_"), r.direction))
            for r in readings.values()
        ),
        (*aside, *left_out),
    )


def _record(data: bytes, log: Log) -> None:
    for kind, value in wire.fields(data):
        if not isinstance(value, bytes):
            continue
        if kind == _HISTORY:
            _history(value, log)
        elif kind == _SUMMARY:
            _update(value, log.summary)
        elif kind == _CONFIG:
            _update(value, log.config)
        elif kind == _RUN:
            _run(value, log)
        elif kind == _METRIC:
            _metric(value, log)
        elif kind == _EXIT:
            # exit_code (1) is left out where it is 0, as all of proto3's zeros are.
            code = next((code for number, code in wire.fields(value) if number == 1), 0)
            log.status = Status.FAILED if code else Status.FINISHED


def _history(data: bytes, log: Log) -> None:
    """Add one step: item 1, step 2 (its number 1); W&B's own items start with an underscore."""
    step: int | None = None
    values: list[tuple[Path, float]] = []
    for kind, value in wire.fields(data):
        if not isinstance(value, bytes):
            continue
        if kind == 2:
            step = next((n for f, n in wire.fields(value) if f == 1 and isinstance(n, int)), 0)
        elif kind == 1:
            path, item = _item(value)
            if path == ("_step",) and isinstance(item, int):
                step = item
            values += _numbers(path, item)
    for path, found in values:
        points = log.history.setdefault(path, [])
        if len(log.history) > MAX_LEAVES:
            raise UnreadableError(f"holds more than {MAX_LEAVES:,} keys: data, not metrics")
        points.append((step, found))


def _numbers(path: Path, item: object) -> Iterator[tuple[Path, float]]:
    """Yield the numbers at and below one logged value; media are dicts with a `_type`."""
    stack = [(path, item)]
    while stack:
        here, value = stack.pop()
        if here[0].startswith("_") or len(here) > MAX_DEPTH:
            continue
        if isinstance(value, Mapping) and "_type" not in value:
            stack += [((*here, str(key)), value[key]) for key in reversed(list(value))]
        elif (found := number(value)) is not None:
            yield here, found


def _update(data: bytes, document: dict[Path, Any]) -> None:
    """Add a SummaryRecord or ConfigRecord: update 1, remove 2."""
    for kind, value in wire.fields(data):
        if not isinstance(value, bytes) or kind not in (1, 2):
            continue
        path, item = _item(value)
        if kind == 1:
            document[path] = item
        else:
            for known in [known for known in document if known[: len(path)] == path]:
                del document[known]
        if len(document) > MAX_LEAVES:
            raise UnreadableError(f"holds more than {MAX_LEAVES:,} keys: data, not metrics")


def _item(data: bytes) -> tuple[Path, Any]:
    """Return an item: key 1 or nested_key 2, and its value.

    That is value_json (16) in all versions so far; none, boolean, integer, number, text and json
    (3 to 8) are there for versions to come.
    """
    path: list[str] = []
    item: Any = None
    for kind, value in wire.fields(data):
        if kind in (1, 2):
            path.append(printable(wire.text(value))[:MAX_NAME])
        elif kind in (8, 16):
            item = _parsed(value)
        elif kind == 4:
            item = bool(value)
        elif kind == 5 and isinstance(value, int):
            item = value >> 1 ^ -(value & 1)
        elif kind == 6:
            item = wire.double(value)
        elif kind == 7:
            item = wire.text(value)
    if not path or len(path) > MAX_DEPTH:
        raise wire.WireError("an item has no key, or one too deep")
    return tuple(path), item


def _parsed(value: int | bytes) -> Any:
    try:
        return json.loads(wire.text(value))
    except (ValueError, RecursionError):
        return None


def _run(data: bytes, log: Log) -> None:
    """Take a RunRecord: run_id 1, config 4, summary 5, display_name 8."""
    for kind, value in wire.fields(data):
        if kind == 1:
            log.run_id = wire.text(value)
        elif kind == 8:
            log.name = wire.text(value)
        elif kind == 4 and isinstance(value, bytes):
            _update(value, log.config)
        elif kind == 5 and isinstance(value, bytes):
            _update(value, log.summary)


def _metric(data: bytes, log: Log) -> None:
    """Take a MetricRecord: name 1, summary 7 (min 1, max 2), and goal 8 of older versions."""
    record = dict(wire.fields(data))
    summary, goal = record.get(7), record.get(8)
    kept = set(dict(wire.fields(summary))) & set(_GOALS) if isinstance(summary, bytes) else set()
    way = _GOALS.get(goal) if isinstance(goal, int) else None
    if way is None and len(kept) == 1:
        way = _GOALS[kept.pop()]
    if way is not None and 1 in record and len(log.goals) < MAX_LEAVES:
        log.goals[wire.text(record[1])] = way

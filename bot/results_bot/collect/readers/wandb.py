"""Weights & Biases: a run's summary and configuration files, and its own log `run-ID.wandb`.

The log is all there is of an offline run. Its field numbers are those of wandb 0.31's
`wandb/proto/wandb_internal.proto`, which have not changed since the format was made.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import structs

from results_bot.collect import protobuf, steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import (
    MAX_DEPTH,
    MAX_LEAVES,
    inner,
    label,
    leaves,
    number,
    origin,
    parsed,
)
from results_bot.collect.readers import yaml_metrics
from results_bot.metric_names import canonical, direction
from results_bot.model import Direction, Kind, Reading, Scalar, Status
from results_bot.numbers import agree

TITLE = "Weights & Biases"

_FOLDER = re.compile(r"(?P<root>(?:.+/)?(?:offline-)?run-\d{8}_\d{6}-(?P<id>[^/]+))/")
"""A run's folder; a resumed run has several, with one id."""
_READ_BY_OTHERS = (".json", ".JSON", ".jsonl", ".ndjson", ".yaml", ".yml", ".csv", ".tsv")
_HISTORY, _SUMMARY, _CONFIG, _METRIC, _RUN, _EXIT = 2, 3, 5, 12, 17, 18
_GOALS: dict[int | bytes, Direction] = {1: Direction.LOWER, 2: Direction.HIGHER}
"""As numbered in MetricRecord's `goal`; in MetricSummary the same fields are its min and max."""
_BEST = {"min": Direction.LOWER, "max": Direction.HIGHER}
_MAGIC = b":W&B\xe1\xbe"


def claims(path: str) -> bool:
    """Claim logs, and all that other readers would claim in a run's `files` and `tmp`."""
    if path.endswith(".wandb"):
        return True
    return path.endswith(_READ_BY_OTHERS) and "run-" in path and _FOLDER.match(path) is not None


def read(file: File) -> list[Extracted] | None:
    """Return what the log, the summary or the configuration holds."""
    match = _FOLDER.match(file.path)
    found = Extracted(log="W&B")
    if match is not None:
        found = structs.replace(found, root=match["root"], identity=f"wandb {match['id']}")
    if file.path.endswith(".wandb"):
        return [_of_log(file, found)] if file.data.startswith(_MAGIC) else None
    if file.path == f"{found.root}/files/wandb-summary.json":
        if not isinstance(file.json, dict):
            raise UnreadableError("does not hold an object")
        return [structs.replace(found, readings=_summary(file.json, file))]
    if file.path == f"{found.root}/files/config.yaml":
        document = yaml_metrics.load(file.text)
        if not isinstance(document, dict):
            raise UnreadableError("does not hold a mapping")
        return [structs.replace(found, params=_config(document, file.path))]
    if file.path == f"{found.root}/files/wandb-metadata.json" and isinstance(file.json, dict):
        commit = inner(file.json, "git").get("commit")
        return [structs.replace(found, params=origin(file.json.get("startedAt"), commit))]
    return [structs.replace(found, left_out=((file.name, "W&B's own file; the summary counts"),))]


def _summary(document: Mapping[str, Any], file: File) -> tuple[Reading, ...]:
    """Return the readings of a run's summary: the last value of each logged metric.

    `define_metric(summary="min")` nests the best one: `{"loss": {"min": 0.1}}`.
    """
    numbers: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, Mapping) and "_type" in value and not key.startswith("_"):
            file.leave_out(label(key), "is media, not a number")
        elif not key.startswith("_"):
            numbers[key] = value
    flat = leaves(numbers, file.path, "summary")
    file.left_out += flat.left_out
    readings = []
    for reading in flat.readings:
        name, _, how = reading.name.rpartition(".")
        if name and how in _BEST and direction(name) is _BEST[how]:
            readings.append(structs.replace(reading, name=f"best_{name}", kind=Kind.BEST))
        else:
            shown = name if name and how == "last" else reading.name
            readings.append(structs.replace(reading, name=shown, kind=Kind.LAST))
    return tuple(readings)


def _config(document: Mapping[str, Any], file: str) -> Mapping[str, Scalar]:
    """Return the settings of a run's configuration, each of which is nested under `value`."""
    plain = {
        key: value["value"] if isinstance(value, Mapping) and "value" in value else value
        for key, value in document.items()
        if key.partition(".")[0] not in ("_wandb", "wandb_version")
    }
    return leaves(plain, file, "config").params if plain else {}


class _RunLog(msgspec.Struct):
    """The state of a run as its log is read."""

    history: dict[str, list[tuple[int | None, float]]] = {}
    summary: dict[str, Any] = {}
    config: dict[str, Any] = {}
    goals: dict[str, Direction] = {}
    name: str = ""
    run_id: str = ""
    status: Status = Status.UNFINISHED


def _of_log(file: File, found: Extracted) -> Extracted:
    """Return the history's readings, where the job did not put another value into the summary."""
    log = _RunLog()
    try:
        for record in _records(file.data):
            _add_record(record, log)
    except protobuf.WireError as error:
        raise UnreadableError(f"is not a W&B log: {error}") from None
    readings = {one.name: one for one in steps.of_series(log.history, file)}
    aside = {canonical(name) for name, _ in file.left_out}
    summary = _summary(log.summary, file)
    for reading in summary:
        logged = readings.get(reading.name)
        if reading.name not in aside and not (logged and agree(logged.value, reading.value)):
            readings[reading.name] = reading
    goals = {canonical(label(name)): goal for name, goal in log.goals.items()}
    return structs.replace(
        found,
        readings=tuple(
            structs.replace(one, direction=goals.get(one.name.removeprefix("best_"), one.direction))
            for one in readings.values()
        ),
        params=_config(log.config, file.path),
        status=log.status,
        name=label(log.name) or None,
        identity=found.identity or f"wandb {log.run_id}",
    )


def _add_record(data: bytes, log: _RunLog) -> None:
    for kind, value in protobuf.fields(data):
        if kind == _HISTORY:
            _add_step(value, log)
        elif kind == _SUMMARY:
            _update(value, log.summary)
        elif kind == _CONFIG:
            _update(value, log.config)
        elif kind == _RUN:  # run_id 1, config 4, summary 5, display_name 8.
            run = protobuf.message(value)
            log.run_id = protobuf.text(run.get(1, log.run_id.encode()))
            log.name = protobuf.text(run.get(8, log.name.encode()))
            _update(run.get(4, b""), log.config)
            _update(run.get(5, b""), log.summary)
        elif kind == _METRIC:
            _add_goal(protobuf.message(value), log)
        elif kind == _EXIT:  # exit_code 1 is left out where it is 0, as are all zeros in proto3.
            log.status = Status.FAILED if protobuf.message(value).get(1) else Status.FINISHED


def _add_step(data: int | bytes, log: _RunLog) -> None:
    """Add one step: item 1, step 2 (its number 1); W&B's own items start with an underscore."""
    counted = protobuf.message(data).get(2)
    step = None if counted is None else protobuf.message(counted).get(1, 0)
    values: list[tuple[str, float]] = []
    for name, item in map(_item, protobuf.nested(data, 1)):
        if name == "_step" and isinstance(item, int):
            step = item
        values += _numbers(name, item)
    for name, found in values:
        log.history.setdefault(name, []).append((step if isinstance(step, int) else None, found))
    _check_size(log.history)


def _numbers(name: str, item: object, depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the numbers at and below one logged value; media are dicts with a `_type`."""
    if name.startswith("_") or depth > MAX_DEPTH:
        return
    if isinstance(item, Mapping) and "_type" not in item:
        for key, value in item.items():
            yield from _numbers(f"{name}.{key}", value, depth + 1)
    elif (found := number(item)) is not None:
        yield name, found


def _update(data: int | bytes, document: dict[str, Any]) -> None:
    """Apply a SummaryRecord or ConfigRecord: update 1, remove 2."""
    document.update(map(_item, protobuf.nested(data, 1)))
    for removed in protobuf.nested(data, 2):
        gone, _ = _item(removed)
        for name in [one for one in document if f"{one}.".startswith(f"{gone}.")]:
            del document[name]
    _check_size(document)


def _check_size(document: Mapping[str, Any]) -> None:
    if len(document) > MAX_LEAVES:
        raise UnreadableError(f"holds more than {MAX_LEAVES:,} keys: data, not metrics")


def _item(data: bytes) -> tuple[str, Any]:
    """Return an item: key 1 or nested_key 2, and its value.

    The value is value_json (16) in all versions so far.
    """
    keys = [label(protobuf.text(value)) for kind, value in protobuf.fields(data) if kind < 3]
    if not keys or len(keys) > MAX_DEPTH:
        raise protobuf.WireError("an item has no key, or one nested too deeply")
    return ".".join(keys), parsed(protobuf.text(protobuf.message(data).get(16, b"null")))


def _add_goal(record: Mapping[int, int | bytes], log: _RunLog) -> None:
    """Add a MetricRecord: name 1, summary 7 (min 1, max 2), and goal 8 of older versions."""
    kept = _GOALS.keys() & protobuf.message(record.get(7, b""))
    way = _GOALS.get(record.get(8, b""), _GOALS[kept.pop()] if len(kept) == 1 else None)
    if way is not None and 1 in record and len(log.goals) < MAX_LEAVES:
        log.goals[protobuf.text(record[1])] = way


# The framing is LevelDB's log format: blocks of 32 KiB that hold records or pieces of them. W&B
# uses zip's CRC-32, unmasked, and puts seven bytes of its own before the first record.
# https://github.com/google/leveldb/blob/main/doc/log_format.md
_BLOCK = 32_768
_HEADER = struct.Struct("<IHB")
_NONE, _FULL, _FIRST, _MIDDLE, _LAST = range(5)


def _records(data: bytes) -> Iterator[bytes]:
    """Yield the records; one at the end that a stopped job left half-written is skipped.

    Raises UnreadableError where a checksum or the order of pieces is wrong before the end.
    """
    pieces: list[bytes] = []
    position, end = len(_MAGIC) + 1, len(data)
    while position + _HEADER.size <= end:
        left = _BLOCK - position % _BLOCK
        crc, size, kind = _HEADER.unpack_from(data, position)
        if left < _HEADER.size or (kind == _NONE and not crc and not size):
            position += left  # Too little for a header, or reserved and never written.
            continue
        start, position = position + _HEADER.size, position + _HEADER.size + size
        piece = data[start:position]
        if position > end:
            return
        if kind > _LAST or zlib.crc32(data[start - 1 : position]) != crc:
            if position == end:
                return
            raise UnreadableError(f"is damaged at byte {start:,}: wrong checksum")
        if (kind in (_MIDDLE, _LAST)) != bool(pieces):
            raise UnreadableError("is damaged: the pieces of a record are out of order")
        if kind in (_FULL, _LAST):
            yield b"".join([*pieces, piece])
            pieces = []
        else:
            pieces.append(piece)

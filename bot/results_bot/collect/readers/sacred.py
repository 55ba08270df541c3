"""Sacred's FileStorageObserver: a numbered folder a run, values through jsonpickle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results_bot.collect import step_log
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_DEPTH, MAX_NAME, leaves, number
from results_bot.hostile import printable
from results_bot.model import Status

TITLE = "Sacred"
WHERE = "`RUNS/NUMBER/run.json`, `metrics.json`, `info.json`, `config.json`"
TRAPS: tuple[str, ...] = (
    "the result and how the run ended are in `run.json`; failed runs have metrics too",
    "NumPy's numbers are jsonpickle objects: their value is read, nothing is unpickled",
    "single-precision results are given by the shortest number that means the same",
    "NaN is a bare literal",
    "the folder's name is a number: the experiment's name goes before it",
)

# https://github.com/IDSIA/sacred, sacred/run.py and observers: the statuses that are written.
_STATUS = {
    "COMPLETED": Status.FINISHED, "RUNNING": Status.UNFINISHED, "QUEUED": Status.UNFINISHED,
    "FAILED": Status.FAILED, "INTERRUPTED": Status.FAILED, "TIMEOUT": Status.FAILED,
}  # fmt: skip
_OWN = frozenset({"run.json", "metrics.json", "info.json", "config.json"})
_PICKLED = b'"py/'


def claims(path: str) -> bool:
    """Take the observer's four files, on suspicion."""
    return path.rpartition("/")[2] in _OWN


def read(file: File) -> list[Extracted] | None:
    """Return what one of the files holds; None where Sacred did not write it."""
    document = file.json
    if not isinstance(document, dict):
        return None
    if file.name == "run.json":
        return _run(document, file)
    if file.name == "metrics.json":
        return _metrics(document, file)
    # Any job may write the other two; Sacred's are as all others but for the pickled objects.
    if _PICKLED not in file.data:
        return None
    flat = leaves(_plain(document), file.path, file.stem)
    return [Extracted(tuple(flat.readings), flat.params, left_out=tuple(flat.left_out))]


def _run(document: Mapping[str, Any], file: File) -> list[Extracted] | None:
    experiment, status = document.get("experiment"), _STATUS.get(str(document.get("status")))
    if not isinstance(experiment, dict) or status is None or "heartbeat" not in document:
        return None
    result = _plain({"result": document.get("result")})
    flat = leaves(result, file.path, "results")
    name = experiment.get("name")
    shown = f"{name} {file.folder.rpartition('/')[2]}" if isinstance(name, str) else None
    return [
        Extracted(
            tuple(flat.readings),
            status=status,
            name=printable(shown)[:MAX_NAME] if shown else None,
            started=True,
            left_out=tuple(flat.left_out),
        )
    ]


def _metrics(document: Mapping[str, Any], file: File) -> list[Extracted] | None:
    """Return the last and best of `{name: {steps, timestamps, values}}`."""
    if not document or not all(_is_series(value) for value in document.values()):
        return None
    series = {}
    for name, value in document.items():
        steps, values = value["steps"], value["values"]
        if len(steps) != len(values):
            raise UnreadableError(f"has {len(steps)} steps and {len(values)} values of one metric")
        points = [(_step(step), number(_plain(v))) for step, v in zip(steps, values, strict=True)]
        series[name] = [(step, known) for step, known in points if known is not None]
    readings, left_out = step_log.of_series(series, file.path)
    return [Extracted(readings, left_out=left_out)]


def _is_series(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"steps", "timestamps", "values"}
        and isinstance(value["steps"], list)
        and isinstance(value["values"], list)
    )


def _step(step: object) -> int | None:
    value = number(step)
    return int(value) if value is not None and abs(value) < 2**63 else None


def _plain(value: Any, depth: int = 0) -> Any:
    """Return jsonpickle's objects as their value, where they are numbers; others as they are."""
    if depth > MAX_DEPTH:
        raise UnreadableError(f"is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        if str(value.get("py/object", "")).startswith("numpy.") and "value" in value:
            inner = value["value"]
            single = value.get("dtype") in ("float32", "float16") and isinstance(inner, float)
            return _shortest(inner) if single else inner
        if isinstance(value.get("py/tuple"), list):
            return [_plain(item, depth + 1) for item in value["py/tuple"]]
        return {key: _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    return value


def _shortest(value: float) -> float:
    import struct

    from results_bot.collect import protobuf

    try:
        struct.pack("<f", value)
    except OverflowError:
        return value
    return protobuf.shortest(value)

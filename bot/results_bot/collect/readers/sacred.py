"""Sacred's FileStorageObserver: a numbered folder per run, values encoded by jsonpickle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from results_bot.collect import protobuf, steps
from results_bot.collect.extracted import Extracted, called
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_DEPTH, inner, label, leaves, number, origin
from results_bot.model import Status

TITLE = "Sacred"

# https://github.com/IDSIA/sacred, sacred/run.py and observers: the statuses that are written.
_STATUS = {
    "COMPLETED": Status.FINISHED, "RUNNING": Status.UNFINISHED, "QUEUED": Status.UNFINISHED,
    "FAILED": Status.FAILED, "INTERRUPTED": Status.FAILED, "TIMEOUT": Status.FAILED,
}  # fmt: skip
_PICKLED = b'"py/'

claims = called("run.json", "metrics.json", "info.json", "config.json")


def read(file: File) -> list[Extracted] | None:
    """Return what one of the files holds; None where Sacred did not write it."""
    document = file.json
    if not isinstance(document, dict):
        return None
    if file.name == "run.json":
        return _run(document, file)
    if file.name == "metrics.json":
        return _metrics(document, file)
    # Any job may write the other two; only jsonpickle's objects make them Sacred's.
    return [leaves(_plain(document), file.path, file.stem)] if _PICKLED in file.data else None


def _run(document: Mapping[str, Any], file: File) -> list[Extracted] | None:
    experiment, status = document.get("experiment"), _STATUS.get(str(document.get("status")))
    if not isinstance(experiment, dict) or status is None or "heartbeat" not in document:
        return None
    result = leaves(_plain({"result": document.get("result")}), file.path, "results")
    name, number_of_run = experiment.get("name"), file.folder.rpartition("/")[2]
    shown = label(f"{name} {number_of_run}") if isinstance(name, str) else None
    repositories = experiment.get("repositories")
    first = repositories[0] if isinstance(repositories, list) and repositories else None
    commit = inner(first).get("commit")
    params = {**origin(document.get("start_time"), commit), **result.params}
    return [structs.replace(result, params=params, status=status, name=shown, started=True)]


def _metrics(document: Mapping[str, Any], file: File) -> list[Extracted] | None:
    """Return last and best values of `{name: {steps, timestamps, values}}`."""
    series: dict[str, steps.Points] = {}
    for name, logged in document.items():
        if not isinstance(logged, dict) or logged.keys() != {"steps", "timestamps", "values"}:
            return None
        at, values = logged["steps"], logged["values"]
        if not isinstance(at, list) or not isinstance(values, list):
            return None
        if len(at) != len(values):
            raise UnreadableError(f"has {len(at)} steps and {len(values)} values of one metric")
        series[name] = [
            (steps.whole(number(step)), value)
            for step, cell in zip(at, values, strict=True)
            if (value := number(_plain(cell))) is not None
        ]
    return [Extracted(steps.of_series(series, file))] if document else None


def _plain(value: Any, depth: int = 0) -> Any:
    """Return the value with jsonpickle's numbers and tuples decoded, all else as it is."""
    if depth > MAX_DEPTH:
        raise UnreadableError(f"is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        if str(value.get("py/object", "")).startswith("numpy.") and "value" in value:
            plain = value["value"]
            single = value.get("dtype") in ("float32", "float16") and isinstance(plain, float)
            return protobuf.shortest(plain) if single else plain
        if isinstance(value.get("py/tuple"), list):
            return [_plain(item, depth + 1) for item in value["py/tuple"]]
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    return value

"""Inspect's evaluation logs as JSON: each model is a run, with the scores of its latest logs."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import label, leaves, timestamp
from results_bot.model import Reading, Status

TITLE = "Inspect"
WHERE = "`logs/*.json` with `eval` and `results` (`inspect eval --log-format json`)"
TRAPS: tuple[str, ...] = (
    "of several logs of one model, task and arguments the latest counts",
    "`stderr` is of the metric before it",
    "samples are not read; a log without results is of a failed evaluation",
)

_STATUS = {
    "success": Status.FINISHED, "started": Status.UNFINISHED, "error": Status.FAILED,
    "cancelled": Status.FAILED,
}  # fmt: skip


class _InspectEval(msgspec.Struct):
    task: str
    model: str
    created: str = ""
    task_args_passed: dict[str, Any] = {}


class _InspectMetric(msgspec.Struct):
    value: float


class _InspectScore(msgspec.Struct):
    name: str
    metrics: dict[str, _InspectMetric] = {}


class _InspectResults(msgspec.Struct):
    scores: list[_InspectScore] = []
    total_samples: int = 0


class _InspectLog(msgspec.Struct):
    status: Literal["success", "started", "error", "cancelled"]
    eval: _InspectEval
    results: _InspectResults | None = None


claims = ending(".json")


def read(file: File) -> list[Extracted] | None:
    """Return the metrics of one task."""
    log = file.json_as(_InspectLog)
    if log is None:
        return None
    task = log.eval.task.rpartition("/")[2]
    results = log.results or _InspectResults()
    readings: list[Reading] = []
    for score in results.scores:
        prefix, last = task if len(results.scores) == 1 else f"{task}_{score.name}", ""
        for key, metric in score.metrics.items():
            last = f"{last}_stderr" if key == "stderr" and last else key
            readings.append(Reading(label(f"{prefix}_{last}"), metric.value, file.path))
    if results.total_samples:
        samples = float(results.total_samples)
        readings.append(Reading(label(f"{task}_num_samples"), samples, file.path))
    arguments = leaves(log.eval.task_args_passed, file.path, "params").params
    name = label(",".join([log.eval.model, *(f"{key}={one}" for key, one in arguments.items())]))
    return [
        Extracted(
            tuple(readings),
            arguments,
            status=_STATUS[log.status],
            root=file.folder,
            member=name.replace("/", ":"),
            name=name,
            order=(timestamp(log.eval.created),),
        )
    ]

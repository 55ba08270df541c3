"""Inspect's evaluation logs as JSON: each model is a run, with the scores of its latest logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import label, leaves, number
from results_bot.collect.readers.google_benchmark import timestamp
from results_bot.model import Reading, Status

TITLE = "Inspect"
WHERE = "`logs/*.json` with `eval`, `plan` and `results` (`inspect eval --log-format json`)"
TRAPS: tuple[str, ...] = (
    "of several logs of one model, task and arguments the latest counts",
    "`stderr` is of the metric before it",
    "samples are not read; a log without results is of a failed evaluation",
)

_STATUS = {
    "success": Status.FINISHED, "started": Status.UNFINISHED, "error": Status.FAILED,
    "cancelled": Status.FAILED,
}  # fmt: skip


def claims(path: str) -> bool:
    """Claim JSON; the content decides."""
    return path.endswith(".json")


def read(file: File) -> list[Extracted] | None:
    """Return the metrics of one task."""
    document = file.json
    about = document.get("eval") if isinstance(document, dict) else None
    if not isinstance(about, dict) or not {"task", "model"} <= about.keys():
        return None
    status = _STATUS.get(str(document.get("status")))
    if status is None:
        return None
    passed = about.get("task_args_passed", about.get("task_args"))
    arguments = leaves(passed if isinstance(passed, dict) else {}, file.path, "params").params
    named = ",".join([str(about["model"]), *(f"{key}={one}" for key, one in arguments.items())])
    return [
        Extracted(
            tuple(_readings(document.get("results"), str(about["task"]), file.path)),
            arguments,
            status=status,
            root=file.folder,
            member=label(named.replace("/", ":")),
            name=label(named),
            order=(timestamp(about.get("created")),),
        )
    ]


def _readings(results: Any, task: str, file: str) -> Iterator[Reading]:
    if not isinstance(results, dict):
        return
    task = task.rpartition("/")[2]
    scores = results.get("scores")
    scores = [one for one in scores if isinstance(one, dict)] if isinstance(scores, list) else []
    for score in scores:
        scorer = f"_{score.get('name')}" if len(scores) > 1 else ""
        last = ""
        metrics = score.get("metrics")
        for key, metric in metrics.items() if isinstance(metrics, dict) else ():
            value = number(metric.get("value")) if isinstance(metric, dict) else None
            if value is not None:
                last = f"{last}_stderr" if key == "stderr" and last else key
                yield Reading(label(f"{task}{scorer}_{last}"), value, file)
    if (samples := number(results.get("total_samples"))) is not None:
        yield Reading(label(f"{task}_num_samples"), samples, file)

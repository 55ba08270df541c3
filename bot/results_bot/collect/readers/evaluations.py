"""Evaluations of models by Inspect, MTEB, promptfoo, DeepEval and SWE-bench."""

from __future__ import annotations

from statistics import fmean
from typing import Annotated, Any

import msgspec

from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import inner, label, leaves, readings, row, timestamp
from results_bot.model import Direction, Reading, Status

TITLE = "Inspect, MTEB, promptfoo, DeepEval, SWE-bench"

_STATUS = {
    "success": Status.FINISHED, "started": Status.UNFINISHED, "error": Status.FAILED,
    "cancelled": Status.FAILED,
}  # fmt: skip


class _InspectEval(msgspec.Struct):
    task: str
    model: str
    created: str = ""
    task_args_passed: dict[str, Any] = {}


class _InspectScore(msgspec.Struct):
    name: str
    metrics: dict[str, dict[str, Any]] = {}


class _InspectResults(msgspec.Struct):
    scores: list[_InspectScore] = []
    total_samples: int = 0


class _InspectLog(msgspec.Struct):
    status: str
    eval: _InspectEval
    results: _InspectResults | None = None


class _MtebModel(msgspec.Struct):
    name: str
    revision: str | None


class _MtebSubset(msgspec.Struct):
    main_score: float


class _MtebTask(msgspec.Struct):
    task_name: str
    scores: dict[str, list[_MtebSubset]]


class _PromptfooMetrics(msgspec.Struct, rename="camel"):
    test_pass_count: int = 0
    test_fail_count: int = 0
    test_error_count: int = 0
    score: float = 0.0
    total_latency_ms: float = 0.0
    cost: float | None = None


class _PromptfooPrompt(msgspec.Struct):
    provider: str
    metrics: _PromptfooMetrics
    raw: str = ""
    label: str = ""


Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
_HUGE = 1e100
"""No score is beyond; the mean of such numbers may overflow."""


class _DeepEvalMetric(msgspec.Struct):
    metric: str
    scores: list[float]


class _DeepEvalRun(msgspec.Struct, rename="camel"):
    metrics_scores: list[_DeepEvalMetric]
    test_passed: Count
    test_failed: Count
    evaluation_cost: float | None = None


class _SweBenchReport(msgspec.Struct):
    total_instances: Count
    resolved_instances: Count
    error_instances: Count


claims = ending(".json")


def read(file: File) -> list[Extracted] | None:
    """Return what the first tool that knows the file has in it."""
    found = _of_inspect(file) or _of_mteb(file) or _of_promptfoo(file)
    return found or _of_deepeval(file) or _of_swe_bench(file)


def _of_inspect(file: File) -> list[Extracted] | None:
    """Return the metrics of one of Inspect's tasks: each model is a run."""
    log = file.json_as(_InspectLog)
    if log is None or log.status not in _STATUS:
        return None
    task = log.eval.task.rpartition("/")[2]
    results = log.results or _InspectResults()
    cells: dict[str, object] = {}
    for score in results.scores:
        prefix, last = task if len(results.scores) == 1 else f"{task}_{score.name}", ""
        for key, metric in score.metrics.items():
            last = f"{last}_stderr" if key == "stderr" and last else key
            cells[f"{prefix}_{last}"] = metric.get("value")
    if results.total_samples:
        cells[f"{task}_num_samples"] = results.total_samples
    arguments = leaves(log.eval.task_args_passed, file.path, "params").params
    return [
        row(
            ",".join([log.eval.model, *(f"{key}={one}" for key, one in arguments.items())]),
            readings(cells, file),
            arguments,
            status=_STATUS[log.status],
            root=file.folder,
            order=(timestamp(log.eval.created),),
        )
    ]


def _of_mteb(file: File) -> list[Extracted] | None:
    """Return the main score of one of MTEB's tasks, or the model's name."""
    model = file.json_as(_MtebModel) if file.name == "model_meta.json" else None
    if model is not None:
        params = {"revision": label(model.revision)} if model.revision else {}
        return [Extracted(params=params, name=label(model.name))]
    task = file.json_as(_MtebTask)
    if task is None:
        return None
    splits = ["test"] if "test" in task.scores else [*task.scores]
    scores = [
        Reading(
            label(f"{f'{split}_' if len(splits) > 1 else ''}{task.task_name}_main_score"),
            fmean(subset.main_score for subset in task.scores[split]),
            file.path,
            direction=Direction.HIGHER,
        )
        for split in splits
        if task.scores[split]
    ]
    return [Extracted(tuple(scores), root=file.folder)]


def _of_promptfoo(file: File) -> list[Extracted] | None:
    """Return one run per prompt of each of promptfoo's providers; sums become means."""
    results = inner(file.json, "results")
    if "stats" not in results:
        return None
    # Version 2 has the prompts in a table.
    found = results.get("prompts") or inner(results, "table", "head").get("prompts")
    try:
        prompts = msgspec.convert(found or [], list[_PromptfooPrompt])
    except msgspec.ValidationError:
        return None
    several = len({prompt.label or prompt.raw for prompt in prompts}) > 1
    runs: dict[str, Extracted] = {}
    for prompt in prompts:
        own = prompt.metrics
        tests = own.test_pass_count + own.test_fail_count + own.test_error_count
        if tests:
            metrics = {
                "pass_rate": own.test_pass_count / tests,
                "score": own.score / tests,
                "mean_latency_ms": own.total_latency_ms / tests,
                "num_errors": own.test_error_count,
                "num_samples": tests,
                "cost": own.cost,
            }
            name = prompt.provider + (f" {prompt.label or prompt.raw}" if several else "")
            runs[name] = row(name, readings(metrics, file))
    return [*runs.values()]


def _of_deepeval(file: File) -> list[Extracted] | None:
    """Return the mean score of each metric and the share of tests that passed."""
    run = file.json_as(_DeepEvalRun)
    if run is None or any(abs(one) > _HUGE for each in run.metrics_scores for one in each.scores):
        return None
    tests = run.test_passed + run.test_failed
    cells = {f"{one.metric}_score": fmean(one.scores) for one in run.metrics_scores if one.scores}
    if tests:
        cells |= {"pass_rate": run.test_passed / tests, "num_samples": tests}
    return [Extracted(readings({**cells, "cost": run.evaluation_cost}, file))]


def _of_swe_bench(file: File) -> list[Extracted] | None:
    """Return the share of instances that were resolved."""
    report = file.json_as(_SweBenchReport)
    if report is None or report.total_instances < max(1, report.resolved_instances):
        return None
    cells = {
        "resolved_rate": report.resolved_instances / report.total_instances,
        "num_samples": report.total_instances,
        "num_errors": report.error_instances,
    }
    return [Extracted(readings(cells, file))]

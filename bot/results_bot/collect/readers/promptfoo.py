"""promptfoo's results: each pair of a provider and a prompt is a run."""

from __future__ import annotations

from typing import Any

import msgspec

from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import label
from results_bot.model import Reading

TITLE = "promptfoo"
WHERE = "`promptfoo eval --output results.json`: `results` with `prompts` and their `metrics`"
TRAPS: tuple[str, ...] = (
    "counts of tests become the pass rate, sums of scores and latencies the means over the tests",
    "the prompt's text is not shown where it has a label",
)


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


class _PromptfooPrompts(msgspec.Struct):
    prompts: list[_PromptfooPrompt]


class _PromptfooTable(msgspec.Struct):
    head: _PromptfooPrompts


class _PromptfooResults(msgspec.Struct):
    stats: dict[str, Any]
    prompts: list[_PromptfooPrompt] = []
    table: _PromptfooTable | None = None
    """Where version 2 has the prompts."""


class _PromptfooOutput(msgspec.Struct):
    results: _PromptfooResults


claims = ending(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one run per prompt of each provider."""
    document = file.json_as(_PromptfooOutput)
    if document is None:
        return None
    table = document.results.table
    prompts = document.results.prompts or (table.head.prompts if table else [])
    several = len({prompt.label or prompt.raw for prompt in prompts}) > 1
    runs: dict[str, Extracted] = {}
    for prompt in prompts:
        found = prompt.metrics
        tests = found.test_pass_count + found.test_fail_count + found.test_error_count
        if tests:
            metrics = {
                "pass_rate": found.test_pass_count / tests,
                "score": found.score / tests,
                "mean_latency_ms": found.total_latency_ms / tests,
                "num_errors": float(found.test_error_count),
                "num_samples": float(tests),
            }
            text = f" {prompt.label or prompt.raw}" if several else ""
            name = label(f"{prompt.provider}{text}")
            if found.cost is not None:
                metrics["cost"] = found.cost
            readings = tuple(Reading(one, value, file.path) for one, value in metrics.items())
            runs[name] = Extracted(readings, member=name.replace("/", ":"), name=name)
    return [*runs.values()]

"""promptfoo's results: each pair of a provider and a prompt is a run."""

from __future__ import annotations

from typing import Any

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import label, number
from results_bot.model import Reading

TITLE = "promptfoo"
WHERE = "`promptfoo eval --output results.json`: `results` with `prompts` and their `metrics`"
TRAPS: tuple[str, ...] = (
    "counts of tests become the pass rate, sums of scores and latencies the means over the tests",
    "the prompt's text is not shown where it has a label",
)


def claims(path: str) -> bool:
    """Claim JSON; the content decides."""
    return path.endswith(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one run per prompt of each provider."""
    document = file.json
    results = document.get("results") if isinstance(document, dict) else None
    table: Any = results
    for key in ("table", "head"):  # Version 2 has the prompts in the head of its table.
        if isinstance(table, dict) and "prompts" not in table:
            table = table.get(key)
    prompts = table.get("prompts") if isinstance(table, dict) else None
    if not isinstance(results, dict) or "stats" not in results or not isinstance(prompts, list):
        return None
    prompts = [
        one for one in prompts if isinstance(one, dict) and isinstance(one.get("metrics"), dict)
    ]
    texts = {str(one.get("label") or one.get("raw")) for one in prompts}
    runs: dict[str, Extracted] = {}
    for prompt in prompts:
        provider, text = str(prompt.get("provider")), str(prompt.get("label") or prompt.get("raw"))
        name = label(f"{provider} {text}" if len(texts) > 1 else provider)
        metrics = prompt["metrics"]
        counts = [
            number(metrics.get(f"test{end}Count")) or 0.0 for end in ("Pass", "Fail", "Error")
        ]
        tests = sum(counts)
        if not tests:
            continue
        values = {
            "pass_rate": counts[0] / tests,
            "score": _mean(metrics.get("score"), tests),
            "mean_latency_ms": _mean(metrics.get("totalLatencyMs"), tests),
            "cost": number(metrics.get("cost")),
            "num_errors": counts[2],
            "num_samples": tests,
        }
        readings = tuple(
            Reading(metric, value, file.path)
            for metric, value in values.items()
            if value is not None
        )
        runs[name] = Extracted(readings, member=name.replace("/", ":"), name=name)
    return [*runs.values()]


def _mean(total: object, count: float) -> float | None:
    value = number(total)
    return None if value is None else value / count

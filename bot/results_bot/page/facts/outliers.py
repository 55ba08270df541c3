"""Runs that do not compare with their section: of another regime, or of another test set.

No takeaway is drawn from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import nan

from results_bot.metric_names import is_cost, is_fraction
from results_bot.model import Direction, Metric
from results_bot.page.facts.identity import is_simple, sample_count
from results_bot.page.section import RunFact, Section

FEWEST = 4
"""Values that a metric must have in a section before one of them can be an outlier."""
LIMIT = 8.0
"""Robust z-score. 3.5 is usual for single outliers (Iglewicz & Hoaglin 1993)."""
_TO_SIGMA = 1.4826
_LEAST_SPREAD = 0.05
"""Of the median: where all others agree to the digit, a difference is no other regime yet."""


class Outlier(RunFact, frozen=True):
    """A run so much worse than its section that it shows nothing about it."""

    metric: Metric
    """The metric in which it is farthest off."""
    value: float
    usual: float
    """The section's median."""


class OtherTestSet(RunFact, frozen=True):
    """A run that was measured on another number of samples than most of its section."""

    samples: int
    usual: int
    """The number of samples of most runs in the section."""


def outliers(view: Section, runs: Sequence[str]) -> list[Outlier]:
    """Return those of `runs`, all of one data set, that are far worse than their median.

    Far worse in at least half of their metrics, and better in none: one odd metric is no other
    regime. Costs do not count, nor do baselines.
    """
    import numpy as np

    known = {one: view.numbers(one.key) for one in view.judged if not is_cost(one.key)}
    columns = {
        metric: np.array([numbers.get(name, nan) for name in runs])
        for metric, numbers in known.items()
    }
    metrics = [metric for metric, column in columns.items() if np.isfinite(column).sum() >= FEWEST]
    if not metrics:
        return []
    values = np.array([columns[metric] for metric in metrics])
    usual = np.nanmedian(values, axis=1, keepdims=True)
    with np.errstate(over="ignore", invalid="ignore"):
        spread = _TO_SIGMA * np.nanmedian(np.abs(values - usual), axis=1, keepdims=True)
        sigma = np.maximum(np.maximum(spread, _LEAST_SPREAD * np.abs(usual)), 1e-12)
        signs = [[1 if metric.direction is Direction.LOWER else -1] for metric in metrics]
        scores = np.nan_to_num(signs * (values - usual) / sigma, nan=0.0)
    out = []
    far = 2 * (scores > LIMIT).sum(axis=0) >= np.maximum(1, np.isfinite(values).sum(axis=0))
    far &= ~(scores < 0).any(axis=0)
    for at in np.flatnonzero(far).tolist():
        if not is_simple(runs[at]):
            worst = int(scores[:, at].argmax())
            value, middle = float(values[worst, at]), float(usual[worst, 0])
            out.append(Outlier(view.id, runs[at], metrics[worst], value, middle))
    return out


def in_percent(view: Section, metric: Metric) -> list[str]:
    """Return the runs that give a metric in percent where most give it as a fraction."""
    numbers = view.numbers(metric.key) if is_fraction(metric.key) else {}
    found = [name for name, number in numbers.items() if 1 < number <= 100]
    return found if 2 * len(found) < len(numbers) else []


def usual_count(view: Section) -> int | None:
    """Return the number of samples that more than half of the known counts have, or None."""
    counts = Counter(map(sample_count, view.runs.values()))
    counts.pop(None, None)
    usual, times = max(counts.items(), key=lambda item: item[1], default=(None, 0))
    return usual if times * 2 > counts.total() else None


def other_test_sets(view: Section, runs: Sequence[str], usual: int | None) -> list[OtherTestSet]:
    """Return those of `runs`, all of one data set, whose sample count is not the usual one."""
    if usual is None:
        return []
    counts = ((name, sample_count(view.runs.get(name))) for name in runs)
    return [
        OtherTestSet(view.id, name, count, usual)
        for name, count in counts
        if count is not None and count != usual
    ]

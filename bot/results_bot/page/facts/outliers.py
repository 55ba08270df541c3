"""Runs that do not compare with their section: of another regime, or of another test set.

No takeaway is drawn from them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median

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
    scores: defaultdict[str, list[tuple[float, Metric, float, float]]] = defaultdict(list)
    for metric in view.judged:
        numbers = view.numbers(metric.key)
        own = {name: numbers[name] for name in runs if name in numbers}
        if len(own) < FEWEST or is_cost(metric.key):
            continue
        usual = median(own.values())
        spread = _TO_SIGMA * median(abs(value - usual) for value in own.values())
        sigma = max(spread, _LEAST_SPREAD * abs(usual), 1e-12)
        sign = 1 if metric.direction is Direction.LOWER else -1
        for name, value in own.items():
            scores[name].append((sign * (value - usual) / sigma, metric, value, usual))
    out = []
    for name, found in scores.items():
        far = sum(score > LIMIT for score, *_ in found)
        if 2 * far >= len(found) and all(score >= 0 for score, *_ in found) and not is_simple(name):
            _, metric, value, usual = max(found, key=lambda one: one[0])
            out.append(Outlier(view.id, name, metric, value, usual))
    return sorted(out, key=lambda fact: runs.index(fact.run))


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

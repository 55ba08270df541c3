"""Runs of another regime: so much worse than their section that they tell nothing about it."""

from __future__ import annotations

from statistics import median

import msgspec

from results_bot.model import Direction, Metric
from results_bot.page.facts.identity import is_simple, of_main_data_set
from results_bot.page.material import SectionView

FEWEST = 4
"""Values that a metric must have in a section before one of them can be an outlier."""
LIMIT = 8.0
"""Robust z-score. 3.5 is usual for single outliers (Iglewicz & Hoaglin 1993)."""
_TO_SIGMA = 1.4826
_LEAST_SPREAD = 0.05
"""Of the median: where all others agree to the digit, a difference is no other regime yet."""


class Outlier(msgspec.Struct, frozen=True):
    """One such run, with the metric in which it is farthest off."""

    section: str
    run: str
    metric: Metric
    value: float
    usual: float
    """The section's median."""
    score: float


def outliers(view: SectionView) -> list[Outlier]:
    """Return the runs that are far worse than their section's median, in the table's order.

    A run that is better than the median in any metric is none: a model that is slow and the most
    accurate one pays for its accuracy. Nor is a baseline, or a run of another data set.
    """
    own = of_main_data_set(view)
    worst: dict[str, Outlier] = {}
    better: set[str] = set()
    for metric in view.metrics if len(view.names) >= FEWEST else ():
        numbers = {name: number for name, number in view.numbers(metric.key).items() if name in own}
        if len(numbers) < FEWEST:
            continue
        usual = median(numbers.values())
        spread = _TO_SIGMA * median(abs(number - usual) for number in numbers.values())
        sigma = max(spread, _LEAST_SPREAD * abs(usual), 1e-12)
        sign = 1 if metric.direction is Direction.LOWER else -1
        for name, number in numbers.items():
            score = sign * (number - usual) / sigma
            if score < 0:
                better.add(name)
            elif score > LIMIT and (name not in worst or score > worst[name].score):
                worst[name] = Outlier(view.section.id, name, metric, number, usual, score)
    return [
        worst[name]
        for name in view.names
        if name in worst and name not in better and not is_simple(name)
    ]

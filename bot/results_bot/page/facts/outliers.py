"""Runs of another regime: so far off their siblings that they say nothing about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from math import isfinite

import msgspec

from results_bot.model import Direction, Metric
from results_bot.numbers import median
from results_bot.page.material import judged
from results_bot.page.siblings import Compared, Member, Siblings

FEWEST = 4
"""Siblings that a section must have before one can be an outlier."""
LIMIT = 8.0
"""Robust z-score. 3.5 is usual for single outliers (Iglewicz & Hoaglin 1993)."""
_TO_SIGMA = 1.4826
_LEAST_SPREAD = 0.05
"""Of the median: siblings that agree to the digit do not make each difference a regime."""


class Outlier(msgspec.Struct, frozen=True):
    """One such run, with the metric in which it is farthest off."""

    member: Member
    metric: Metric
    value: float
    usual: float
    score: float


def outliers(siblings: Siblings) -> list[Outlier]:
    """Return the runs that are far worse than their section's median, in the page's order.

    A run that is better than the median in another metric pays for it: a slow model that is the
    most accurate one is no other regime.
    """
    metrics = judged(siblings.section) if len(siblings.section.rows) >= FEWEST else ()
    scales = [scale for metric in metrics if (scale := _scale(siblings, metric)) is not None]
    worst: dict[str, Outlier] = {}
    for scale in scales:
        for member, value, score in scale.left():
            if score > _score(worst.get(member.name)):
                worst[member.name] = Outlier(member, scale.metric, value, scale.usual, score)
    members = [member for member in siblings.members if member.name in worst] if worst else []
    better = {member.name for member in members if any(one.is_better(member) for one in scales)}
    return [worst[member.name] for member in members if member.name not in better]


class _Scale(msgspec.Struct, frozen=True, dict=True):
    """What the values of a section say of how far off one of them is."""

    metric: Metric
    known: Compared
    ordered: Sequence[float]
    """The values in their order."""

    @cached_property
    def usual(self) -> float:
        return median(self.ordered)

    @property
    def least(self) -> float:
        return max(_LEAST_SPREAD * abs(self.usual), 1e-12)

    @property
    def sign(self) -> int:
        return 1 if self.metric.direction is Direction.LOWER else -1

    @cached_property
    def sigma(self) -> float:
        spread = _TO_SIGMA * median(sorted([abs(value - self.usual) for value in self.ordered]))
        return max(spread, self.least)

    def left(self) -> Iterator[tuple[Member, float, float]]:
        """Yield the runs that are far worse, with value and score; mostly there is none."""
        worst = self.ordered[-1 if self.sign > 0 else 0]
        # The spread takes longer to tell, and is no less than if all agreed to the digit.
        if self.sign * (worst - self.usual) / self.least > LIMIT and self.score(worst) > LIMIT:
            for member, value in zip(self.known.members, self.known.numbers, strict=True):
                score = self.score(value)
                if score > LIMIT:
                    yield member, value, score

    def is_better(self, member: Member) -> bool:
        """Tell whether a run is better than the median."""
        value = member.number(self.metric.key)
        return value is not None and isfinite(value) and self.score(value) < 0

    def score(self, value: float) -> float:
        """Return how far worse than the median a value is, in robust sigmas."""
        return self.sign * (value - self.usual) / self.sigma


def _scale(siblings: Siblings, metric: Metric) -> _Scale | None:
    known = siblings.compared(metric.key)
    return _Scale(metric, known, sorted(known.numbers)) if len(known.numbers) >= FEWEST else None


def _score(fact: Outlier | None) -> float:
    return fact.score if fact else 0.0

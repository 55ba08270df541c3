"""Runs of another regime: so far off their siblings that they say nothing about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

from bot.model import Direction, Metric
from bot.summary.material import Material, Member, judged

FEWEST = 4
"""Siblings that a section must have before one can be an outlier."""
LIMIT = 8.0
"""Robust z-score. 3.5 is usual for single outliers (Iglewicz & Hoaglin 1993)."""
_TO_SIGMA = 1.4826
_LEAST_SPREAD = 0.05
"""Of the median: siblings that agree to the digit do not make each difference a regime."""


@dataclass(frozen=True, slots=True)
class Outlier:
    """One such run, with the metric in which it is farthest off."""

    member: Member
    metric: Metric
    value: float
    usual: float
    score: float


def outliers(material: Material) -> list[Outlier]:
    """Return the runs that are far worse than their section's median, in the page's order.

    A run that is better than the median in another metric pays for it: a slow model that is the
    most accurate one is no other regime.
    """
    return [fact for section in material.summary.sections for fact in _in(material, section.id)]


def _in(material: Material, section_id: str) -> Iterator[Outlier]:
    section = material.summary.section(section_id)
    if section is None or len(section.rows) < FEWEST:
        return
    members = material.of(section)
    worst: dict[str, Outlier] = {}
    better: set[str] = set()
    for metric in judged(section):
        for member, value, usual, score in _scored(members, metric):
            if score > LIMIT and score > _score(worst.get(member.name)):
                worst[member.name] = Outlier(member, metric, value, usual, score)
            if score < 0:
                better.add(member.name)
    yield from (worst[m.name] for m in members if m.name in worst and m.name not in better)


def _scored(
    members: Sequence[Member], metric: Metric
) -> Iterator[tuple[Member, float, float, float]]:
    """Yield each run with its value, the median, and how far worse it is, in robust sigmas."""
    known = [
        (member, value) for member in members if (value := _finite(member, metric)) is not None
    ]
    if len(known) < FEWEST:
        return
    middle = median(value for _, value in known)
    spread = _TO_SIGMA * median(abs(value - middle) for _, value in known)
    scale = max(spread, _LEAST_SPREAD * abs(middle), 1e-12)
    sign = 1 if metric.direction is Direction.LOWER else -1
    for member, value in known:
        yield member, value, middle, sign * (value - middle) / scale


def _finite(member: Member, metric: Metric) -> float | None:
    value = member.number(metric.key)
    return value if value is not None and isfinite(value) else None


def _score(fact: Outlier | None) -> float:
    return fact.score if fact else 0.0

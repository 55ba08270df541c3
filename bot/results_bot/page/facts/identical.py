"""Metrics equal to the last digit over runs that were configured differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import isfinite, lgamma, log

import msgspec

from results_bot.metric_names import split_of
from results_bot.model import Metric, Section
from results_bot.page import rows
from results_bot.page.facts.chance import is_counted, levels
from results_bot.page.material import judged
from results_bot.page.seeds import matters
from results_bot.page.siblings import Member, Siblings

FEWEST = 3
RARE = 0.01
"""How likely chance alone may make so many of a section's runs equal."""


class Identical(msgspec.Struct, frozen=True):
    """One value that several runs of a section share."""

    metric: Metric
    value: float
    text: str
    members: tuple[Member, ...]
    of: int
    """Number of the section's runs that have the metric."""

    @property
    def section(self) -> Section:
        """The section that they stand in."""
        return self.members[0].section


def identical(siblings: Siblings) -> list[Identical]:
    """Return values shared by at least three runs, or by two where chance cannot do it."""
    metrics = judged(siblings.section)
    return [fact for metric in metrics for fact in _shared(siblings, metric)]


def _shared(siblings: Siblings, metric: Metric) -> list[Identical]:
    # The page's rounded cells are equal by rounding; only artifacts show the last digit.
    exact = rows.exact(siblings.section.rows, metric.key)
    if len(set(exact)) == len(exact):
        return []  # The usual case: no two are equal.
    times = Counter(exact)
    known = sum(n for value, n in times.items() if value is not None and isfinite(value))
    places: dict[float, list[int]] = {
        value: [] for value, n in times.items() if n > 1 and value is not None and isfinite(value)
    }
    for at, value in enumerate(exact if places else ()):
        if value in places:
            places[value].append(at)
    groups = [
        (value, tuple(map(siblings.member_at, own)))
        for value, own in places.items()
        if _suspicious(siblings, metric, value, own, known)
    ]
    return [
        Identical(metric, value, _text(group[0], metric), group, known)
        for value, group in groups
        if configured_differently(group)
    ]


def _suspicious(
    siblings: Siblings, metric: Metric, value: float, places: Sequence[int], known: int
) -> bool:
    """Tell whether chance is no likely reason.

    An accuracy over n samples can take few values, so two equal ones mean little; over most of the
    runs, and on many samples, they mean something. A mean of losses is hardly equal by chance.
    """
    count, times = siblings.samples_in(split_of(metric.key), places), len(places)
    few = times < FEWEST or times * 2 < known
    if few and is_counted(metric.key, value, count):
        return False
    likely = levels(metric.key, value, count)
    return likely > 1 and _choices(known, times) - (times - 1) * log(likely) < log(RARE)


def _choices(of: int, taken: int) -> float:
    """Return the logarithm of how many ways there are to take some: the number would overflow."""
    return lgamma(of + 1) - lgamma(taken + 1) - lgamma(of - taken + 1)


def configured_differently(group: Sequence[Member]) -> bool:
    """Tell whether settings that matter differ; runs that left none are taken to, by their name."""
    params = [member.run.params if member.run else {} for member in group]
    names = dict.fromkeys(name for one in params for name in _that_matter(tuple(one)))
    if not names:
        return True
    return any(len({repr(one.get(name)) for one in params}) > 1 for name in names)


@lru_cache(maxsize=1_024)
def _that_matter(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those settings that do; runs of one kind have the same names."""
    return tuple(filter(matters, names))


def _text(member: Member, metric: Metric) -> str:
    return member.row.values[metric.key].text

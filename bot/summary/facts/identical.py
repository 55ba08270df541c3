"""Metrics equal to the last digit over runs that were configured differently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, isfinite

from bot.model import Metric, Section
from bot.summary.facts.chance import is_counted, levels
from bot.summary.material import Material, Member, judged
from bot.summary.seeds import matters

FEWEST = 3
RARE = 0.01
"""How likely chance alone may make so many of a section's runs equal."""


@dataclass(frozen=True, slots=True)
class Identical:
    """One value that several runs of a section share."""

    section: Section
    metric: Metric
    value: float
    text: str
    members: tuple[Member, ...]
    of: int
    """Number of the section's runs that have the metric."""


def identical(material: Material) -> list[Identical]:
    """Return values shared by at least three runs, or by two where chance cannot do it."""
    return [
        fact
        for section in material.summary.sections
        for metric in judged(section)
        for fact in _shared(section, metric, material.of(section))
    ]


def _shared(section: Section, metric: Metric, members: Sequence[Member]) -> list[Identical]:
    groups: defaultdict[float, list[Member]] = defaultdict(list)
    for member in members:
        value = member.row.values.get(metric.key)
        # The page's rounded cells are equal by rounding; only artifacts show the last digit.
        exact = value.number if value is not None and value.exact else None
        if exact is not None and isfinite(exact):
            groups[exact].append(member)
    known = sum(len(group) for group in groups.values())
    return [
        Identical(section, metric, value, _text(group[0], metric), tuple(group), known)
        for value, group in groups.items()
        if _suspicious(metric, value, group, known) and configured_differently(group)
    ]


def _suspicious(metric: Metric, value: float, group: Sequence[Member], known: int) -> bool:
    """Tell whether chance is no likely reason.

    An accuracy over n samples can take few values, so two equal ones mean little; over most of the
    runs, and on many samples, they mean something. A mean of losses is hardly equal by chance.
    """
    if len(group) < 2 or (
        is_counted(metric.key, value, group) and (len(group) < FEWEST or len(group) * 2 < known)
    ):
        return False
    likely = levels(metric.key, value, group)
    return likely > 1 and comb(known, len(group)) / likely ** (len(group) - 1) < RARE


def configured_differently(group: Sequence[Member]) -> bool:
    """Tell whether settings that matter differ; runs that left none are taken to, by their name."""
    settings = [
        {name: value for name, value in member.run.params.items() if matters(name)}
        if member.run
        else {}
        for member in group
    ]
    if not any(settings):
        return True
    names = {name for one in settings for name in one}
    return any(len({repr(one.get(name)) for one in settings}) > 1 for name in names)


def _text(member: Member, metric: Metric) -> str:
    return member.row.values[metric.key].text

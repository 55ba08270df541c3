"""Metrics equal to the last digit over runs that were configured differently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from bot.model import Metric, Section
from bot.summary.material import Material, Member, judged

FEWEST = 3


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
        if _suspicious(value, group, known) and configured_differently(group)
    ]


def _suspicious(value: float, group: Sequence[Member], known: int) -> bool:
    """Tell whether chance is no likely reason.

    An accuracy over n samples can take n + 1 values only, so two equal ones mean little; over most
    of the runs they mean something. A mean of losses is never equal by chance.
    """
    if len(group) >= FEWEST and len(group) * 2 >= known:
        return True
    counts = {member.sample_count for member in group}
    count = next(iter(counts)) if len(counts) == 1 else None
    a_fraction = count is None or abs(value * count - round(value * count)) < 1e-6
    return len(group) >= 2 and not a_fraction


def configured_differently(group: Sequence[Member]) -> bool:
    """Tell whether the runs' settings differ; runs that left none are taken to differ by name."""
    settings = [member.run.params if member.run else {} for member in group]
    if not any(settings):
        return True
    names = {name for one in settings for name in one}
    return any(len({repr(one.get(name)) for one in settings}) > 1 for name in names)


def _text(member: Member, metric: Metric) -> str:
    return member.row.values[metric.key].text

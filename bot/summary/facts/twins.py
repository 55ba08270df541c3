"""Pairs of runs that agree in everything though configured differently: the change did nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.metric_names import Role, role
from bot.model import Kind, Section
from bot.summary.facts.identical import configured_differently
from bot.summary.material import Material, Member

CLOSE = 1e-4


@dataclass(frozen=True, slots=True)
class Twins:
    """One such pair."""

    section: Section
    one: Member
    other: Member
    farthest: float
    """The largest difference in any metric."""
    settings: tuple[str, ...]
    """Names of the settings that differ."""


def twins(material: Material) -> list[Twins]:
    """Return the pairs whose final metrics all agree within 1e-4, in the page's order."""
    return [
        fact
        for section in material.summary.sections
        for fact in _pairs(section, material.of(section))
    ]


def _pairs(section: Section, members: Sequence[Member]) -> list[Twins]:
    finals = {member.name: _finals(member) for member in members if member.run}
    known = [member for member in members if finals.get(member.name)]
    moving = _moving([finals[member.name] for member in known])
    if not moving:
        return []
    # Neighbours in one metric are the only candidates: sorting keeps this from growing by squares.
    key = moving[0]
    order = sorted((m for m in known if key in finals[m.name]), key=lambda m: finals[m.name][key])
    position = {member.name: place for place, member in enumerate(members)}
    found = []
    for one, other in pairwise(order):
        farthest = _farthest(finals[one.name], finals[other.name], moving)
        settings = _different_settings(one, other)
        if farthest is not None and farthest <= CLOSE and settings:
            first, second = sorted((one, other), key=lambda member: position[member.name])
            found.append(Twins(section, first, second, farthest, settings))
    return sorted(found, key=lambda fact: position[fact.one.name])


def _finals(member: Member) -> dict[str, float]:
    """Return the judged results of a run: no log, no count, no time."""
    readings = member.run.readings.values() if member.run else ()
    return {
        reading.name: reading.value
        for reading in readings
        if reading.kind is Kind.FINAL and role(reading.name) is Role.METRIC
    }


def _moving(finals: Sequence[dict[str, float]]) -> list[str]:
    """Return the metrics that most runs have and that differ between some of them."""
    names = {name: None for one in finals for name in one}
    return [
        name
        for name in names
        if len(values := [one[name] for one in finals if name in one]) * 2 > len(finals)
        and max(values) - min(values) > CLOSE * max(1.0, abs(max(values)))
    ]


def _farthest(one: dict[str, float], other: dict[str, float], names: Sequence[str]) -> float | None:
    both = [name for name in names if name in one and name in other]
    if not both:
        return None
    return max(
        abs(one[name] - other[name]) / max(1.0, abs(one[name]), abs(other[name])) for name in both
    )


def _different_settings(one: Member, other: Member) -> tuple[str, ...]:
    if one.run is None or other.run is None or not configured_differently((one, other)):
        return ()
    params, others = one.run.params, other.run.params
    names = dict.fromkeys([*params, *others])
    return tuple(name for name in names if params.get(name) != others.get(name))

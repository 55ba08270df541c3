"""Pairs of runs that agree in everything though configured differently: the change did nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from bot.metric_names import Role, role
from bot.model import Kind, Section
from bot.summary.facts.chance import levels
from bot.summary.facts.identical import configured_differently
from bot.summary.material import Material, Member
from bot.summary.seeds import matters

CLOSE = 1e-4
OF_RANGE = 0.01
"""Of a metric's range in the section: small numbers are not alike for being small."""
TELLING = 100
"""Values that one metric at least must be spread over; accuracies on few samples tell nothing."""
MOST_NEIGHBOURS = 20


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
    position = {member.name: place for place, member in enumerate(members)}
    found = []
    for one, other in _neighbours(known, finals, next(iter(moving))):
        farthest = _farthest(finals[one.name], finals[other.name], moving)
        settings = _different_settings(one, other)
        if farthest is not None and settings and _telling(one, finals[one.name], moving):
            first, second = sorted((one, other), key=lambda member: position[member.name])
            found.append(Twins(section, first, second, farthest, settings))
    return sorted(found, key=lambda fact: (position[fact.one.name], position[fact.other.name]))


def _neighbours(
    members: Sequence[Member], finals: Mapping[str, dict[str, float]], key: str
) -> Iterator[tuple[Member, Member]]:
    """Yield pairs that are close in one metric: sorting keeps this from growing by squares."""
    order = sorted((m for m in members if key in finals[m.name]), key=lambda m: finals[m.name][key])
    for place, one in enumerate(order):
        value = finals[one.name][key]
        for other in order[place + 1 : place + 1 + MOST_NEIGHBOURS]:
            if abs(finals[other.name][key] - value) > _close(value, finals[other.name][key]):
                break
            yield one, other


def _finals(member: Member) -> dict[str, float]:
    """Return the judged results of a run: no log, no count, no time."""
    readings = member.run.readings.values() if member.run else ()
    return {
        reading.name: reading.value
        for reading in readings
        if reading.kind is Kind.FINAL
        and role(reading.name) is Role.METRIC
        and isfinite(reading.value)
    }


def _moving(finals: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the metrics that most runs have and that differ between some, with their range."""
    names = {name: None for one in finals for name in one}
    return {
        name: max(values) - min(values)
        for name in names
        if len(values := [one[name] for one in finals if name in one]) * 2 > len(finals)
        and max(values) - min(values) > CLOSE * max(map(abs, values))
    }


def _farthest(
    one: dict[str, float], other: dict[str, float], moving: Mapping[str, float]
) -> float | None:
    """Return the largest difference; None where one is too large for twins, or nothing is known."""
    if one.keys() != other.keys():
        return None
    farthest = None
    for name in moving.keys() & one.keys():
        difference = abs(one[name] - other[name])
        if difference > min(_close(one[name], other[name]), OF_RANGE * moving[name]):
            return None
        farthest = max(farthest or 0.0, difference)
    return farthest


def _close(one: float, other: float) -> float:
    return CLOSE * max(1.0, abs(one), abs(other))


def _telling(member: Member, finals: dict[str, float], moving: Mapping[str, float]) -> bool:
    return any(
        levels(name, finals[name], (member,)) >= TELLING for name in moving if name in finals
    )


def _different_settings(one: Member, other: Member) -> tuple[str, ...]:
    if one.run is None or other.run is None or not configured_differently((one, other)):
        return ()
    params, others = one.run.params, other.run.params
    names = dict.fromkeys([*params, *others])
    return tuple(name for name in names if matters(name) and params.get(name) != others.get(name))

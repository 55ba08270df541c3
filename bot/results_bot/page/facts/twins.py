"""Pairs of runs that agree in everything though configured differently: the change did nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import inf, isfinite, nan

import msgspec

from results_bot.metric_names import Role, role, split_of
from results_bot.model import Kind, Run, Section
from results_bot.numbers import are_finite
from results_bot.page.facts.chance import levels
from results_bot.page.facts.identical import configured_differently
from results_bot.page.readings import Readings
from results_bot.page.seeds import matters
from results_bot.page.siblings import Member, Siblings

CLOSE = 1e-4
OF_RANGE = 0.01
"""Of a metric's range in the section: small numbers are not alike for being small."""
TELLING = 100
"""Values that one metric at least must be spread over; accuracies on few samples tell nothing."""
MOST_NEIGHBOURS = 20


class Twins(msgspec.Struct, frozen=True):
    """One such pair."""

    one: Member
    other: Member
    farthest: float
    """The largest difference in any metric."""
    settings: tuple[str, ...]
    """Names of the settings that differ."""

    @property
    def section(self) -> Section:
        """The section that they stand in."""
        return self.one.section


def twins(siblings: Siblings) -> list[Twins]:
    """Return the pairs whose final metrics all agree within 1e-4, in the page's order."""
    places = [at for at, run in enumerate(siblings.runs) if run]
    columns = _columns(siblings.readings)
    moving = _moving(columns)
    if not moving:
        return []
    found = []
    for one, other in _neighbours(*(columns[name] for name in list(moving)[:2])):
        farthest = _farthest(columns, moving, one, other)
        if farthest is None:
            continue
        own, its = (siblings.member_at(places[at]) for at in (one, other))
        if not _telling(columns, moving, own, one):
            continue
        if len({_final_names(member.run) for member in (own, its)}) > 1:
            continue
        first, second = (own, its) if one < other else (its, own)
        settings = _different_settings(own, its)
        if settings:
            found.append(Twins(first, second, farthest, settings))
    return sorted(found, key=lambda fact: (fact.one.at, fact.other.at))


def _columns(readings: Readings) -> dict[str, Sequence[float | None]]:
    """Return the results that most runs have, no log, no count, no time, as they come."""
    runs = readings.runs
    times: Counter[str] = Counter()
    for kind, count in readings.shapes.items():
        times.update(dict.fromkeys(filter(_is_result, kind), count))
    having = len(runs)
    columns = {name: _finals(readings, name) for name in times if times[name] * 2 > having}
    if all(None in column for column in columns.values()):
        having = sum(1 for run in runs if _final_names(run))
        columns = {name: _finals(readings, name) for name in times if times[name] * 2 > having}

    def first(name: str) -> tuple[int, int]:
        at = next(at for at, value in enumerate(columns[name]) if value is not None)
        return at, list(runs[at].readings).index(name)

    known = {name: len(runs) - column.count(None) for name, column in columns.items()}
    shared = [name for name in columns if known[name] * 2 > having]
    return {name: columns[name] for name in sorted(shared, key=first)}


def _finals(readings: Readings, name: str) -> Sequence[float | None]:
    """Return each run's final value that is an ordinary number, None where it has none."""
    column = readings.finals(name)
    if are_finite(column):
        return column
    return [None if value is None or not isfinite(value) else value for value in column]


def _final_names(run: Run | None) -> frozenset[str]:
    """Return the names of all results of a run."""
    return frozenset(
        name
        for name, one in (run.readings if run else {}).items()
        if one.kind is Kind.FINAL and isfinite(one.value) and _is_result(name)
    )


def _is_result(name: str) -> bool:
    return role(name) is Role.METRIC


def _moving(columns: Mapping[str, Sequence[float | None]]) -> dict[str, float]:
    """Return the metrics that differ between some runs, with their range."""
    out = {}
    for name, column in columns.items():
        values = [value for value in column if value is not None]
        low, high = min(values), max(values)
        if high - low > CLOSE * max(abs(low), abs(high)):
            out[name] = high - low
    return out


def _neighbours(
    column: Sequence[float | None], beside: Sequence[float | None] = ()
) -> Iterator[tuple[int, int]]:
    """Yield pairs that are close in one metric: sorting keeps this from growing by squares.

    Of these some that are far apart in another metric, `beside`, are left out already.
    """
    known = sorted((value, at) for at, value in enumerate(column) if value is not None)
    others = [nan if value is None else value for value in beside] or [nan] * len(column)
    # No two values may be farther apart than the largest allow, which is told without a call.
    most, apart = (_most(values) for values in (column, beside))
    following = [*(value for value, _ in known[1:]), inf][: len(known)]
    for place, ((value, one), following_value) in enumerate(zip(known, following, strict=True)):
        if following_value - value > most:
            continue  # Mostly the next one is too far already.
        other_value = others[one]
        for near, other in known[place + 1 : place + 1 + MOST_NEIGHBOURS]:
            if near - value > most or near - value > _close(value, near):
                break
            if not abs(others[other] - other_value) > apart:
                yield one, other


def _most(values: Sequence[float | None]) -> float:
    """Return how far apart two of the values may be at most."""
    return CLOSE * max(1.0, max((abs(value) for value in values if value is not None), default=0))


def _farthest(
    columns: Mapping[str, Sequence[float | None]],
    moving: Mapping[str, float],
    one: int,
    other: int,
) -> float | None:
    """Return the largest difference; None where one is too large for twins, or nothing is known."""
    farthest = None
    for name, extent in moving.items():
        own, its = columns[name][one], columns[name][other]
        if own is None or its is None:
            if own is not its:
                return None
            continue
        difference = abs(own - its)
        if difference > min(_close(own, its), OF_RANGE * extent):
            return None
        farthest = max(farthest or 0.0, difference)
    return farthest


def _close(one: float, other: float) -> float:
    return CLOSE * max(1.0, abs(one), abs(other))


def _telling(
    columns: Mapping[str, Sequence[float | None]],
    moving: Mapping[str, float],
    member: Member,
    at: int,
) -> bool:
    return any(
        levels(name, value, member.samples_in(split_of(name))) >= TELLING
        for name in moving
        if (value := columns[name][at]) is not None
    )


def _different_settings(one: Member, other: Member) -> tuple[str, ...]:
    if one.run is None or other.run is None or not configured_differently((one, other)):
        return ()
    params, others = one.run.params, other.run.params
    names = dict.fromkeys([*params, *others])
    return tuple(name for name in names if matters(name) and params.get(name) != others.get(name))

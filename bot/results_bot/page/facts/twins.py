"""Pairs of runs that agree in every metric although their settings differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from math import isfinite

import msgspec

from results_bot.metric_names import Role, role, split_of
from results_bot.model import Kind
from results_bot.page.facts.chance import levels
from results_bot.page.facts.identity import different_settings
from results_bot.page.facts.test_sets import sample_count
from results_bot.page.material import SectionView

CLOSE = 1e-4
OF_RANGE = 0.01
"""Of a metric's range in the section: small numbers are not alike for being small."""
TELLING = 100
"""Values over which chance must spread one metric at least: equal accuracies on few samples mean
nothing."""
MOST_NEIGHBOURS = 20


class Twins(msgspec.Struct, frozen=True):
    """One such pair."""

    section: str
    one: str
    other: str
    farthest: float
    """The largest difference in any metric."""
    settings: tuple[str, ...]
    """Names of the settings that differ."""


def twins(view: SectionView) -> list[Twins]:
    """Return the pairs whose final metrics all agree within 1e-4, in the table's order."""
    results = {
        name: {
            one.name: one.value
            for one in run.readings.values()
            if one.kind is Kind.FINAL and isfinite(one.value) and role(one.name) is Role.METRIC
        }
        for name, run in view.runs.items()
    }
    moving = _moving(results)
    place = {name: at for at, name in enumerate(view.names)}
    found = []
    for pair in _neighbours(results, next(iter(moving), "")):
        one, other = sorted(pair, key=place.__getitem__)
        farthest = _farthest(results[one], results[other], moving)
        if farthest is None:
            continue
        run = view.runs[one]
        spread = (
            levels(name, value, sample_count(run, split_of(name)))
            for name, value in results[one].items()
            if name in moving
        )
        settings = different_settings((run, view.runs[other]))
        if settings and any(count >= TELLING for count in spread):
            found.append(Twins(view.section.id, one, other, farthest, settings))
    return sorted(found, key=lambda fact: (place[fact.one], place[fact.other]))


def _moving(results: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the metrics that most runs have and that differ between some, with their range."""
    having = Counter(name for own in results.values() for name in own)
    most = sum(map(bool, results.values())) / 2
    out = {}
    for name in (name for name, count in having.items() if count > most):
        values = [own[name] for own in results.values() if name in own]
        low, high = min(values), max(values)
        if high - low > CLOSE * max(abs(low), abs(high)):
            out[name] = high - low
    return out


def _neighbours(results: Mapping[str, Mapping[str, float]], name: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs that are close in one metric; sorting by it spares comparing all pairs."""
    known = sorted((own[name], run) for run, own in results.items() if name in own)
    for at, (value, one) in enumerate(known):
        for near, other in known[at + 1 : at + 1 + MOST_NEIGHBOURS]:
            if near - value > _close(value, near):
                break
            yield one, other


def _farthest(
    one: Mapping[str, float], other: Mapping[str, float], moving: Mapping[str, float]
) -> float | None:
    """Return the largest difference in any metric; None where one is too large for twins."""
    if one.keys() != other.keys():
        return None
    farthest = 0.0
    for name in moving.keys() & one.keys():
        difference = abs(one[name] - other[name])
        if difference > min(_close(one[name], other[name]), OF_RANGE * moving[name]):
            return None
        farthest = max(farthest, difference)
    return farthest


def _close(one: float, other: float) -> float:
    return CLOSE * max(1.0, abs(one), abs(other))

"""Runs whose loss is another function, so that its values do not compare.

Where the configuration does not say, the ratio tells: under one loss function the ratio of loss to
another metric of the same split stays nearly the same from run to run; a run that leaves it was
trained with another.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from math import inf
from operator import truediv

import msgspec

from results_bot.metric_names import Role, direction, role, split_of, tokens
from results_bot.model import Direction, Kind, Run, Scalar
from results_bot.numbers import median
from results_bot.page.readings import Readings
from results_bot.page.siblings import Member, Siblings

FEWEST = 6
STEADY = 0.03
"""Relative spread (robust) up to which siblings are said to keep a ratio."""
KEPT = 1 / 3
"""Of the spread of the loss itself: what hardly moves keeps its ratio to anything."""
LIMIT = 6.0
"""Robust z-score beyond which a run has left it."""
_TO_SIGMA = 1.4826
_LEAST_SPREAD = 0.005
_DOUBLE = 8
"""Bytes."""


class OtherLoss(msgspec.Struct, frozen=True):
    """One such run."""

    member: Member
    loss: str
    """Canonical name of the loss metric."""
    beside: str
    """The metric whose ratio to the loss is kept; empty where the configuration told."""
    ratio: float
    usual: tuple[float, float]
    """Range of the ratio among the siblings."""
    kept_by: int
    """Number of siblings that keep it."""
    setting: str = ""
    """`name = value` of the configuration that names another loss."""


class Losses(msgspec.Struct, frozen=True, array_like=True):
    """What one section has to say of it."""

    places: list[int]
    """Which rows of the section are looked at, from 0."""
    names: list[str]
    """Final metrics that get better downwards and are no spread, as the runs tell them."""
    columns: dict[str, bytes]
    """A value for each of these rows, 0 for those that no ratio can be told of, by name: as C has
    them, for they travel from process to process.
    """
    named: list[tuple[int, str, str]]
    """Row, name and value of settings that name a loss."""


def losses(siblings: Siblings, left_out: Container[int]) -> Losses:
    """Return what a section tells of its losses.

    `left_out` are rows of another regime or test set, which tell nothing of the others.
    """
    behind = siblings.runs
    places = [at for at, run in enumerate(behind) if run is not None and at not in left_out]
    runs = [run for at in places if (run := behind[at]) is not None]
    lower = [
        *dict.fromkeys(
            name for kind in siblings.readings.shapes for name in kind if _is_lower(name)
        )
    ]
    paired = [*dict.fromkeys(chain.from_iterable(_pairs(lower)))]
    readings = siblings.readings if len(runs) == len(siblings.readings.runs) else Readings(runs)
    return Losses(places, _finals(runs, lower), _columns(readings, paired), _named(places, runs))


def other_losses(sections: Sequence[Siblings], told: Sequence[Losses]) -> list[OtherLoss]:
    """Return the runs whose losses do not compare with their siblings', in the page's order.

    Each of the sections has `told` of its own.
    """
    found = _by_ratio(sections, told) | _by_setting(sections, told)
    return [found[place] for place in sorted(found)]


_Place = tuple[int, int]
"""Number of a section in the page, and of a row in it."""


def _by_setting(sections: Sequence[Siblings], told: Sequence[Losses]) -> dict[_Place, OtherLoss]:
    named = [(number, one) for number, losses in enumerate(told) for one in losses.named]
    counted = Counter(value for _, (_, _, value) in named)
    usual = max(counted, key=counted.__getitem__, default="")
    times = counted[usual]
    if times * 2 <= len(named):
        return {}
    return {
        (number, at): OtherLoss(
            sections[number].member_at(at), "loss", "", 0.0, (0.0, 0.0), times, f"{name} = {value}"
        )
        for number, (at, name, value) in named
        if value != usual
    }


def loss_setting(params: Mapping[str, Scalar]) -> tuple[str, str] | None:
    """Return name and value of the setting that names the loss function, or None."""
    for name in _loss_settings(tuple(params)):
        value = params[name]
        if isinstance(value, str):
            return name, value
    return None


@lru_cache(maxsize=1_024)
def _loss_settings(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those settings that may name the loss function; runs of one kind have the same."""
    return tuple(name for name in names if _names_loss(tokens(name)))


def _names_loss(words: tuple[str, ...]) -> bool:
    return words[-1:] in (("loss",), ("criterion",)) or (
        "loss" in words and words[-1] in ("type", "name", "function", "fn")
    )


def _by_ratio(sections: Sequence[Siblings], told: Sequence[Losses]) -> dict[_Place, OtherLoss]:
    names = dict.fromkeys(name for one in told for name in one.names)
    best: _Ratios | None = None
    for loss, beside in _pairs(names):
        tried = _ratios(_joined(told, loss), _joined(told, beside), loss, beside)
        if tried is not None and (best is None or tried.spread < best.spread):
            best = tried
    if best is None or best.all_keep_it:
        return {}
    places = [(number, at) for number, one in enumerate(told) for at in one.places]
    return dict(best.left(sections, places))


def _pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return each loss with each other metric of its split."""
    names = list(names)
    losses = [name for name in names if "loss" in tokens(name)]
    others = [name for name in names if "loss" not in tokens(name)]
    return [(loss, one) for loss in losses for one in others if split_of(one) == split_of(loss)]


def _joined(told: Iterable[Losses], name: str) -> list[float]:
    """Return one column over all sections."""
    columns = (one.columns.get(name) or bytes(_DOUBLE * len(one.places)) for one in told)
    return [*array("d", b"".join(columns))]


class _Ratios(msgspec.Struct, frozen=True):
    """The ratio of a loss to another metric, which most runs keep."""

    loss: str
    beside: str
    values: Sequence[float]
    """One for each run; 0 where there is none."""
    middle: float
    spread: float
    """Relative and robust."""

    @property
    def _off(self) -> float:
        return LIMIT * max(self.spread, _LEAST_SPREAD) * self.middle

    @property
    def all_keep_it(self) -> bool:
        """Tell whether there is nobody whose ratio is another."""
        return all(abs(ratio - self.middle) <= self._off for ratio in self._ends if ratio)

    @property
    def _ends(self) -> tuple[float, float]:
        known = [ratio for ratio in self.values if ratio]
        return min(known), max(known)

    def left(
        self, sections: Sequence[Siblings], places: Sequence[_Place]
    ) -> Iterator[tuple[_Place, OtherLoss]]:
        """Yield the runs whose ratio is another, with their places."""
        off, middle = self._off, self.middle
        kept = [ratio for ratio in self.values if ratio and abs(ratio - middle) <= off]
        usual = (min(kept), max(kept))
        for place, ratio in zip(places, self.values, strict=True):
            if ratio and not abs(ratio - middle) <= off:
                member = sections[place[0]].member_at(place[1])
                yield place, OtherLoss(member, self.loss, self.beside, ratio, usual, len(kept))


def _ratios(
    losses: Sequence[float], others: Sequence[float], loss: str, beside: str
) -> _Ratios | None:
    """Return the ratios of two metrics; None where nobody keeps them."""
    if not losses:
        return None
    if min(losses) > 0 < min(others):
        values = list(map(truediv, losses, others))
    else:
        both = zip(losses, others, strict=True)
        values = [one / other if one and other else 0.0 for one, other in both]
    if inf in values:
        values = [ratio if ratio < inf else 0.0 for ratio in values]
    ordered = sorted(values)
    del ordered[: bisect_right(ordered, 0.0)]
    if len(ordered) < FEWEST or not _may_be_steady(ordered):
        return None
    middle, spread = _spread(ordered)
    known = sorted([one for one, ratio in zip(losses, values, strict=True) if ratio])
    if spread > min(STEADY, KEPT * _spread(known)[1]):
        return None
    return _Ratios(loss, beside, values, middle, spread)


def _may_be_steady(ordered: Sequence[float]) -> bool:
    """Tell whether half of the values are near the middle one: much sooner told than the spread."""
    middle = median(ordered)
    near = middle * (STEADY / _TO_SIGMA + 1e-9)
    return bisect_right(ordered, middle + near) - bisect_left(ordered, middle - near) > (
        (len(ordered) - 1) // 2
    )


def _spread(ordered: Sequence[float]) -> tuple[float, float]:
    """Return the median of positive values, and how far they lie from it, relative and robust."""
    middle = median(ordered)
    return middle, _TO_SIGMA * median(sorted([abs(value - middle) for value in ordered])) / middle


def _columns(readings: Readings, names: Iterable[str]) -> dict[str, bytes]:
    """Return a value for each run, 0 for those that a ratio cannot be told of, by name."""
    columns = {name: readings.numbers(name) for name in names}
    return {
        name: array("d", [one if one and 0 < one < inf else 0.0 for one in column]).tobytes()
        for name, column in columns.items()
    }


def _named(places: Sequence[int], runs: Sequence[Run]) -> list[tuple[int, str, str]]:
    """Return what the settings call the loss of each run that has such a setting."""
    if not _loss_settings(tuple(set[str]().union(*[run.params for run in runs]))):
        return []
    both = zip(places, runs, strict=True)
    return [(at, *said) for at, run in both if (said := loss_setting(run.params))]


def _finals(runs: Sequence[Run], names: Iterable[str]) -> list[str]:
    """Return those of the names that are final metrics of any run, as the runs tell them."""
    missing = set(names)
    found: list[str] = []
    for run in runs:
        if not missing:
            break
        own = [n for n, one in run.readings.items() if n in missing and one.kind is Kind.FINAL]
        found += own
        missing.difference_update(own)
    return found


def _is_lower(name: str) -> bool:
    return (
        role(name) is Role.METRIC
        and direction(name) is Direction.LOWER
        and not {"best", "mean", "std"}.intersection(tokens(name))
    )

"""Runs whose loss is another function, so that its values do not compare.

Where the configuration does not say, the ratio tells: under one loss function the ratio of loss to
another metric of the same split stays nearly the same from run to run; a run that leaves it was
trained with another.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from math import inf
from operator import truediv

import msgspec

from bot.metric_names import Role, direction, role, split_of, tokens
from bot.model import Direction, Kind, Scalar
from bot.numbers import median
from bot.summary.material import Material
from bot.summary.siblings import Member

FEWEST = 6
STEADY = 0.03
"""Relative spread (robust) up to which siblings are said to keep a ratio."""
KEPT = 1 / 3
"""Of the spread of the loss itself: what hardly moves keeps its ratio to anything."""
LIMIT = 6.0
"""Robust z-score beyond which a run has left it."""
_TO_SIGMA = 1.4826
_LEAST_SPREAD = 0.005


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


def other_losses(material: Material, left_out: Iterable[Member]) -> list[OtherLoss]:
    """Return the runs whose losses do not compare with their siblings', in the page's order.

    `left_out` are runs of another regime or test set, which tell nothing of the others.
    """
    apart = {id(member) for member in left_out}
    members = [member for member in material.members if member.run and id(member) not in apart]
    kinds = {kind for siblings in material.sections for kind in siblings.kinds}
    found = {id(fact.member): fact for fact in _by_ratio(members, kinds)}
    found |= {id(fact.member): fact for fact in _by_setting(members)}
    return [found[id(member)] for member in material.members if id(member) in found]


def _by_setting(members: Sequence[Member]) -> list[OtherLoss]:
    kinds = {tuple(member.run.params) for member in members if member.run}
    if not any(map(_loss_settings, kinds)):
        return []
    named = [(member, *said) for member in members if (said := loss_setting(_params(member)))]
    counted = Counter(value for _, _, value in named).most_common(1)
    usual, times = counted[0] if counted else ("", 0)
    if times * 2 <= len(named):
        return []
    return [
        OtherLoss(member, "loss", "", 0.0, (0.0, 0.0), times, f"{name} = {value}")
        for member, name, value in named
        if value != usual
    ]


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


def _by_ratio(members: Sequence[Member], kinds: Iterable[tuple[str, ...]]) -> list[OtherLoss]:
    names = _names(members, kinds)
    losses = [name for name in names if "loss" in tokens(name)]
    others = [name for name in names if name not in losses]
    pairs = [(loss, one) for loss in losses for one in others if split_of(one) == split_of(loss)]
    columns = _columns(members, list(dict.fromkeys(chain.from_iterable(pairs))))
    best: _Ratios | None = None
    for loss, beside in pairs:
        tried = _ratios(columns, loss, beside)
        if tried is not None and (best is None or tried.spread < best.spread):
            best = tried
    return best.left(members) if best else []


class _Ratios(msgspec.Struct, frozen=True):
    """The ratio of a loss to another metric, which most runs keep."""

    loss: str
    beside: str
    values: Sequence[float]
    """One for each run; 0 where there is none."""
    middle: float
    spread: float
    """Relative and robust."""

    def left(self, members: Sequence[Member]) -> list[OtherLoss]:
        """Return those of the members whose ratio is another."""
        off = LIMIT * max(self.spread, _LEAST_SPREAD) * self.middle
        known = [ratio for ratio in self.values if ratio]
        kept = [ratio for ratio in known if abs(ratio - self.middle) <= off]
        if len(kept) == len(known):
            return []
        usual = (min(kept), max(kept))
        return [
            OtherLoss(member, self.loss, self.beside, ratio, usual, len(kept))
            for member, ratio in zip(members, self.values, strict=True)
            if ratio and not abs(ratio - self.middle) <= off
        ]


def _ratios(columns: Mapping[str, Sequence[float]], loss: str, beside: str) -> _Ratios | None:
    """Return the ratios of two metrics; None where nobody keeps them."""
    losses, others = columns[loss], columns[beside]
    if min(losses) > 0 < min(others):
        values = list(map(truediv, losses, others))
    else:
        both = zip(losses, others, strict=True)
        values = [one / other if one and other else 0.0 for one, other in both]
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


def _columns(members: Sequence[Member], names: Sequence[str]) -> dict[str, Sequence[float]]:
    """Return a value for each run, 0 for those that a ratio cannot be told of, by name."""
    rows = [
        [one.value if one and 0 < one.value < inf else 0.0 for one in map(readings.get, names)]
        for readings in [member.run.readings for member in members if member.run]
    ]
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _names(members: Sequence[Member], kinds: Iterable[tuple[str, ...]]) -> list[str]:
    """Return final metrics that get better downwards and are no spread."""
    missing = {name for kind in kinds for name in kind if _is_lower(name)}
    names: list[str] = []
    for member in members:
        if not missing:
            break
        readings = member.run.readings if member.run else {}
        found = [n for n, one in readings.items() if n in missing and one.kind is Kind.FINAL]
        names += found
        missing.difference_update(found)
    return names


def _is_lower(name: str) -> bool:
    return (
        role(name) is Role.METRIC
        and direction(name) is Direction.LOWER
        and not {"best", "mean", "std"}.intersection(tokens(name))
    )


def _params(member: Member) -> Mapping[str, Scalar]:
    return member.run.params if member.run else {}

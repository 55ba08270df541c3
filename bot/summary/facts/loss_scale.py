"""Runs whose loss is another function, so that its values do not compare.

Where the configuration does not say, the ratio tells: under one loss function the ratio of loss to
another metric of the same split stays nearly the same from run to run; a run that leaves it was
trained with another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

from bot.metric_names import Role, direction, role, split_of, tokens
from bot.model import Direction, Kind, Scalar
from bot.summary.material import Material, Member

FEWEST = 6
STEADY = 0.03
"""Relative spread (robust) up to which siblings are said to keep a ratio."""
KEPT = 1 / 3
"""Of the spread of the loss itself: what hardly moves keeps its ratio to anything."""
LIMIT = 6.0
"""Robust z-score beyond which a run has left it."""
_TO_SIGMA = 1.4826
_LEAST_SPREAD = 0.005


@dataclass(frozen=True, slots=True)
class OtherLoss:
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
    found = {id(fact.member): fact for fact in _by_ratio(members)}
    found |= {id(fact.member): fact for fact in _by_setting(members)}
    return [found[id(member)] for member in material.members if id(member) in found]


def _by_setting(members: Sequence[Member]) -> list[OtherLoss]:
    named = [(member, *said) for member in members if (said := loss_setting(_params(member)))]
    if not named:
        return []
    usual, times = Counter(value for _, _, value in named).most_common(1)[0]
    if times * 2 <= len(named):
        return []
    return [
        OtherLoss(member, "loss", "", 0.0, (0.0, 0.0), times, f"{name} = {value}")
        for member, name, value in named
        if value != usual
    ]


def loss_setting(params: Mapping[str, Scalar]) -> tuple[str, str] | None:
    """Return name and value of the setting that names the loss function, or None."""
    for name, value in params.items():
        words = tokens(name)
        says = words[-1:] in (("loss",), ("criterion",)) or (
            "loss" in words and words[-1] in ("type", "name", "function", "fn")
        )
        if says and isinstance(value, str):
            return name, value
    return None


def _by_ratio(members: Sequence[Member]) -> list[OtherLoss]:
    best: tuple[float, list[OtherLoss]] | None = None
    names = _names(members)
    losses = [name for name in names if "loss" in tokens(name)]
    for loss in losses:
        for beside in names:
            if beside in losses:
                continue
            if split_of(beside) == split_of(loss):
                tried = _left_ratio(members, loss, beside)
                if tried is not None and (best is None or tried[0] < best[0]):
                    best = tried
    return best[1] if best else []


def _left_ratio(
    members: Sequence[Member], loss: str, beside: str
) -> tuple[float, list[OtherLoss]] | None:
    """Return the ratio's relative spread and who left it; None where nobody keeps it."""
    ratios = [(m, _ratio(m, loss, beside)) for m in members]
    known = [(member, ratio) for member, ratio in ratios if ratio is not None]
    if len(known) < FEWEST:
        return None
    middle, spread = _spread([ratio for _, ratio in known])
    losses = [value for member, _ in known if (value := _final(member, loss)) is not None]
    if spread > min(STEADY, KEPT * _spread(losses)[1]):
        return None
    scale = max(spread, _LEAST_SPREAD) * middle
    kept = [ratio for _, ratio in known if abs(ratio - middle) <= LIMIT * scale]
    left = [
        OtherLoss(member, loss, beside, ratio, (min(kept), max(kept)), len(kept))
        for member, ratio in known
        if abs(ratio - middle) > LIMIT * scale
    ]
    return spread, left


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the median of positive values, and how far they lie from it, relative and robust."""
    middle = median(values)
    return middle, _TO_SIGMA * median(abs(value - middle) for value in values) / middle


def _ratio(member: Member, loss: str, beside: str) -> float | None:
    one, other = _final(member, loss), _final(member, beside)
    if one is None or other is None or other <= 0 or one <= 0:
        return None
    return one / other


def _final(member: Member, name: str) -> float | None:
    found = member.run.readings.get(name) if member.run else None
    return found.value if found and isfinite(found.value) else None


def _names(members: Sequence[Member]) -> list[str]:
    """Return final metrics that get better downwards and are no spread."""
    names: dict[str, None] = {}
    for member in members:
        for name, reading in (member.run.readings if member.run else {}).items():
            if name not in names and reading.kind is Kind.FINAL:
                names[name] = None
    return [
        name
        for name in names
        if role(name) is Role.METRIC
        and direction(name) is Direction.LOWER
        and not {"best", "mean", "std"}.intersection(tokens(name))
    ]


def _params(member: Member) -> Mapping[str, Scalar]:
    return member.run.params if member.run else {}

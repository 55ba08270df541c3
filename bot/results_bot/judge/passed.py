"""Why a value that changed is neither a regression nor an improvement, in a word or two.

What is found stands in the rules; this is for whoever asks why there is no finding.
"""

from __future__ import annotations

from results_bot.judge.case import Case
from results_bot.judge.comparisons import Comparison, members_of, other_loss, other_unit
from results_bot.judge.evidence.decide import Outcome
from results_bot.judge.sides import same_test_set
from results_bot.metric_names import tokens
from results_bot.model import Change, ChangeKind, Direction, Tolerance

Place = tuple[str, str, str]


def passed(case: Case) -> dict[Place, str]:
    """Return the reason for every changed value that no verdict was reached on."""
    compared = {_place(one.change): one for one in case.comparisons}
    out = {}
    for change in case.changes:
        if change.kind is ChangeKind.VALUE_CHANGED and change.metric is not None:
            one = compared.get(_place(change))
            why = _incomparable(change, case) if one is None else _quiet(one)
            if why:
                out[_place(change)] = why
    return out


def _place(change: Change) -> Place:
    return change.section, change.run or "", change.metric.key if change.metric else ""


def _quiet(one: Comparison) -> str:
    if one.outcome is Outcome.WITHIN_TOLERANCE:
        return f"within {_floor(one.change, one.metric.tolerance)}"
    if one.outcome is Outcome.NOISE and one.evidence.adjusted_p is not None:
        return f"noise, p={one.evidence.adjusted_p:.2f}"
    return ""


def _floor(change: Change, tolerance: Tolerance) -> str:
    """Return the floor that the change does not pass, the relative one where it is both."""
    before = change.before.number if change.before else None
    if abs(change.difference or 0.0) <= tolerance.relative * abs(before or 0.0):
        return f"{100 * tolerance.relative:g}%"
    return f"{tolerance.absolute:g}"


def _incomparable(change: Change, case: Case) -> str:
    pair = members_of(change, case.base, case.head)
    if change.metric is None or change.metric.direction is Direction.UNKNOWN or pair is None:
        return ""
    if not same_test_set(*pair, case.base, case.head):
        return "other test set"
    if other_unit(change):
        return "other unit"
    if "loss" in tokens(change.metric.key) and other_loss(*pair):
        return "other loss"
    return ""

"""Judge every changed value: which evidence there is, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from math import isfinite

import msgspec
from msgspec.structs import replace

from results_bot.judge.measurements import measurements, same_test_set, strongest
from results_bot.metric_names import Role, is_fraction, role, tokens
from results_bot.model import Change, ChangeKind, Direction, Evidence, Metric, Tolerance
from results_bot.page.facts.other_losses import loss_setting
from results_bot.page.section import RunRow, Summary

ALPHA = 0.05


class Outcome(StrEnum):
    """What one comparison comes to."""

    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    WITHIN_TOLERANCE = "within tolerance"
    """Equal, or no further apart than the metric's tolerance."""
    NOISE = "not told from noise"
    """Further apart than the tolerance, but not significant."""
    UNJUDGED = "not judged"
    """The direction is unknown, or a value is not finite."""


class Comparison(msgspec.Struct, frozen=True):
    """One value before and after."""

    change: Change
    metric: Metric
    evidence: Evidence
    outcome: Outcome


def comparisons(changes: Iterable[Change], base: Summary, head: Summary) -> list[Comparison]:
    """Return the changes that can be judged, with evidence and outcome.

    Left out are counts, metrics without a direction, values that are not finite, and values that
    do not compare (`incomparable`); rules of their own report those. The p-values are adjusted
    over every value of a run that was measured again, including those that came out the same: to
    count only what moved would be to look first and choose the tests then.
    """
    found: list[tuple[Change, Metric, Evidence]] = []
    moved: dict[tuple[str, str], set[str]] = {}
    for change in changes:
        metric, pair = change.metric, rows_of(change, base, head)
        if change.kind is not ChangeKind.VALUE_CHANGED or metric is None or pair is None:
            continue
        finite = change.difference is not None and isfinite(change.difference)
        if finite and _is_judged(metric) and not incomparable(change, base, head):
            found.append((change, metric, strongest(*measurements(metric, *pair, base, head))))
            moved.setdefault((change.section, change.run or ""), set()).add(metric.key)
    steady = [
        evidence.p_value
        for place, keys in moved.items()
        for evidence in _steady(place, keys, base, head)
    ]
    adjusted = adjust([*(evidence.p_value for *_, evidence in found), *steady])
    out = []
    for (change, metric, plain), p_value in zip(found, adjusted, strict=False):
        evidence = replace(plain, adjusted_p=p_value)
        before, after = (value.number if value else None for value in (change.before, change.after))
        outcome = Outcome.UNJUDGED
        if before is not None and after is not None:
            outcome = classify(before, after, metric.direction, metric.tolerance, evidence)
        out.append(Comparison(change, metric, evidence, outcome))
    return out


def _is_judged(metric: Metric) -> bool:
    return metric.direction is not Direction.UNKNOWN and role(metric.key) is not Role.COUNT


def _steady(
    place: tuple[str, str], moved: set[str], base: Summary, head: Summary
) -> Iterator[Evidence]:
    """Yield the evidence on the values that stayed the same in a run in which others moved."""
    before, after = base.row(*place), head.row(*place)
    if before is None or after is None:
        return
    for metric in after.section.metrics:
        values = [member.row.values.get(metric.key) for member in (before, after)]
        numbers = [value.number for value in values if value and value.number is not None]
        if metric.key in moved or not _is_judged(metric) or len(numbers) < 2:
            continue
        if all(map(isfinite, numbers)):
            yield strongest(*measurements(metric, before, after, base, head))


def adjust(p_values: Sequence[float | None]) -> list[float | None]:
    """Return the p-values after Benjamini and Hochberg (1995), in their order.

    None marks a comparison without a test; it stays None and does not count. A report that calls
    real what is at most 0.05 here expects at most 5 % of such calls to be noise, and where
    nothing changed at all, raises anything in at most 5 % of cases: for independent tests and
    for positively dependent ones (Benjamini, Yekutieli 2001), as metrics of one test set are.
    Raises ValueError for a p-value outside [0, 1], NaN included.
    """
    known = [p for p in p_values if p is not None]
    if not all(0 <= p <= 1 for p in known):
        raise ValueError("a p-value lies outside 0 to 1")
    if len(known) < 2:
        return list(p_values)
    from scipy.stats import false_discovery_control

    adjusted = iter(false_discovery_control(known).tolist())
    return [None if p is None else next(adjusted) for p in p_values]


def classify(
    before: float, after: float, direction: Direction, tolerance: Tolerance, evidence: Evidence
) -> Outcome:
    """Call a difference real if it exceeds the tolerance and is significant.

    The p-value is the adjusted one, or the plain one where none was adjusted. Without any
    p-value the tolerance alone decides; with one, only a tolerance that the owner set counts.
    """
    if direction is Direction.UNKNOWN or not (isfinite(before) and isfinite(after)):
        return Outcome.UNJUDGED
    p_value = evidence.p_value if evidence.adjusted_p is None else evidence.adjusted_p
    floor = tolerance if p_value is None else tolerance.where_tested()
    if not floor.exceeded(before, after):
        return Outcome.WITHIN_TOLERANCE
    if p_value is not None and p_value > ALPHA:
        return Outcome.NOISE
    worse = (after < before) == (direction is Direction.HIGHER)
    return Outcome.REGRESSION if worse else Outcome.IMPROVEMENT


def incomparable(change: Change, base: Summary, head: Summary) -> str:
    """Return why the two values of a change measure different things; empty if they compare."""
    pair = rows_of(change, base, head)
    if change.metric is None or pair is None:
        return ""
    if not same_test_set(*pair, base, head):
        return "other test set"
    if other_unit(change):
        return "other unit"
    if "loss" in tokens(change.metric.key) and other_loss(*pair):
        return "other loss"
    return ""


def rows_of(change: Change, base: Summary, head: Summary) -> tuple[RunRow, RunRow] | None:
    """Return the run of a change on both sides; None where it is missing on one."""
    one, other = (side.row(change.section, change.run or "") for side in (base, head))
    return None if one is None or other is None else (one, other)


def other_loss(before: RunRow, after: RunRow) -> bool:
    """Return True if the configuration of a run names another loss function than before."""
    if before.run is None or after.run is None:
        return False
    one, other = loss_setting(before.run.params), loss_setting(after.run.params)
    return one is not None and other is not None and one[1] != other[1]


def other_unit(change: Change) -> bool:
    """Return True if a fraction became a percentage or the other way round: 0.84 and 83.5."""
    if change.metric is None or not is_fraction(change.metric.key):
        return False
    numbers = [value.number for value in (change.before, change.after) if value is not None]
    if len(numbers) < 2 or any(number is None or number <= 0 for number in numbers):
        return False
    low, high = sorted(number for number in numbers if number is not None)
    return low <= 1 < high <= 100 and 0.5 <= high / (100 * low) <= 2

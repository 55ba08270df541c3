"""Changed values with the evidence for each, adjusted over the whole report, and the outcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite

import msgspec
from msgspec.structs import replace

from results_bot.judge.evidence.adjust import adjust
from results_bot.judge.evidence.choose import strongest
from results_bot.judge.evidence.decide import Outcome, judge
from results_bot.judge.sides import same_test_set, sides
from results_bot.metric_names import Role, is_fraction, role, tokens
from results_bot.model import Change, ChangeKind, Direction, Evidence, Metric
from results_bot.page.facts.other_losses import loss_setting
from results_bot.page.material import Material, RunRow


class Comparison(msgspec.Struct, frozen=True):
    """One value before and after."""

    change: Change
    metric: Metric
    evidence: Evidence
    outcome: Outcome


def comparisons(changes: Iterable[Change], base: Material, head: Material) -> list[Comparison]:
    """Return the changes that can be judged, with evidence and outcome.

    Left out are counts, metrics without a direction, values that are not finite, and what does not
    compare because test set, loss function or unit are others; rules of their own report those.
    The adjustment counts every value of a run that was measured again, those that came out the
    same included: to count only what moved would be to look first and choose the tests then.
    """
    judged = list(_judged(changes, base, head))
    steady = _steady(judged, base, head)
    adjusted = adjust([*(evidence.p_value for _, _, evidence in judged), *steady])
    return [
        _decided(change, metric, replace(evidence, adjusted_p=p))
        for (change, metric, evidence), p in zip(judged, adjusted[: len(judged)], strict=True)
    ]


def members_of(change: Change, base: Material, head: Material) -> tuple[RunRow, RunRow] | None:
    """Return the run of a change on both sides."""
    one, other = _member(change, base), _member(change, head)
    return None if one is None or other is None else (one, other)


def other_loss(before: RunRow, after: RunRow) -> bool:
    """Tell whether the configuration of one and the same run names another loss now."""
    if before.run is None or after.run is None:
        return False
    one, other = loss_setting(before.run.params), loss_setting(after.run.params)
    return one is not None and other is not None and one[1] != other[1]


def other_unit(change: Change) -> bool:
    """Tell whether a fraction became a percentage, or the other way round: 0.84 and 83.5."""
    if change.metric is None or not is_fraction(change.metric.key):
        return False
    numbers = [value.number for value in (change.before, change.after) if value is not None]
    if len(numbers) < 2 or any(number is None or number <= 0 for number in numbers):
        return False
    low, high = sorted(number for number in numbers if number is not None)
    return low <= 1 < high <= 100 and 0.5 <= high / (100 * low) <= 2


def _judged(
    changes: Iterable[Change], base: Material, head: Material
) -> Iterator[tuple[Change, Metric, Evidence]]:
    for change in changes:
        metric, pair = change.metric, members_of(change, base, head)
        if change.kind is not ChangeKind.VALUE_CHANGED or metric is None or pair is None:
            continue
        if not _has_direction(metric) or not _finite(change) or other_unit(change):
            continue
        if not same_test_set(*pair, base, head):
            continue
        if "loss" in tokens(metric.key) and other_loss(*pair):
            continue
        yield change, metric, strongest(*sides(metric, *pair, base, head))


def _steady(
    judged: Sequence[tuple[Change, Metric, Evidence]], base: Material, head: Material
) -> list[float | None]:
    """Return the p-values of what did not move in the runs in which something did."""
    moved: dict[tuple[str, str], set[str]] = {}
    for change, metric, _ in judged:
        moved.setdefault((change.section, change.run or ""), set()).add(metric.key)
    out = []
    for place, keys in moved.items():
        before, after = base.row(*place), head.row(*place)
        if before is None or after is None:
            continue
        for metric in after.section.metrics:
            if metric.key not in keys and _has_direction(metric) and _both(metric, before, after):
                out.append(strongest(*sides(metric, before, after, base, head)).p_value)
    return out


def _both(metric: Metric, before: RunRow, after: RunRow) -> bool:
    """Tell whether there is a number on both sides."""
    values = before.row.values.get(metric.key), after.row.values.get(metric.key)
    numbers = [value.number for value in values if value is not None and value.number is not None]
    return len(numbers) == 2 and all(map(isfinite, numbers))


def _decided(change: Change, metric: Metric, evidence: Evidence) -> Comparison:
    before = change.before.number if change.before else None
    after = change.after.number if change.after else None
    if before is None or after is None:
        return Comparison(change, metric, evidence, Outcome.UNJUDGED)
    outcome = judge(before, after, metric.direction, metric.tolerance, evidence)
    return Comparison(change, metric, evidence, outcome)


def _has_direction(metric: Metric) -> bool:
    return metric.direction is not Direction.UNKNOWN and role(metric.key) is not Role.COUNT


def _finite(change: Change) -> bool:
    return change.difference is not None and isfinite(change.difference)


def _member(change: Change, material: Material) -> RunRow | None:
    return material.row(change.section, change.run or "")

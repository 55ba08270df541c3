"""Judge whether each changed value is really better or worse, or within noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from math import isfinite

import msgspec
from msgspec.structs import replace

from results_bot.judge.evidence.strongest import same_test_set, strongest, untested
from results_bot.judge.noise import PastPage, earlier_values, is_huge, spreads_of_seeds
from results_bot.metric_names import is_cost, is_fraction, is_share, split_of, tokens
from results_bot.model import Change, Direction, Evidence, EvidenceKind, Metric
from results_bot.page.facts.other_losses import loss_setting
from results_bot.page.section import Place, RunRow, Summary

ALPHA = 0.05
FEW = 8
"""Trainings behind a test from which it may excuse what the size alone would call."""


class Judgement(StrEnum):
    """What one comparison comes to."""

    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    WITHIN_TOLERANCE = "within tolerance"
    """Equal, or no further apart than the metric's tolerance."""
    NOISE = "not told from noise"
    """Further apart than the tolerance, but not significant."""
    NOISE_UNKNOWN = "noise unknown"
    """Further apart than the default tolerance, and nothing is known about noise."""
    UNJUDGED = "not judged"
    """The direction is unknown, or a value is not finite."""


class Comparison(msgspec.Struct, frozen=True):
    """One value before and after."""

    change: Change
    metric: Metric
    evidence: Evidence
    judgement: Judgement


def judge_changes(
    changes: Iterable[Change], base: Summary, head: Summary, past: Iterable[PastPage] = ()
) -> list[Comparison]:
    """Return the changes that can be judged, with evidence and judgement.

    Left out are counts, metrics without a direction, values that are not finite, and values that
    do not compare (`incomparable`); rules of their own report those. `past` are the versions of
    the page on the base branch, the newest first. The p-values are adjusted over every value of a
    run that was measured again, including those that came out the same: to count only what moved
    would be to look first and choose the tests then. What may block is adjusted by itself: a log
    with many metrics of the training must not hide a drop in the test.
    """
    found = list(_evidence(changes, base, head, past))
    out = []
    tested: dict[bool, list[Evidence]] = {True: [], False: []}
    for _, metric, evidence in found:
        tested[is_quality(metric)].append(evidence)
    adjusted = {family: iter(_adjusted(own)) for family, own in tested.items()}
    for change, metric, _ in found:
        evidence = next(adjusted[is_quality(metric)])
        if change is not None and change.numbers is not None:
            if _is_weak(evidence) and _is_huge_fall(*change.numbers, metric):
                evidence = untested(metric)
            judgement = judge(*change.numbers, metric, evidence)
            out.append(Comparison(change, metric, evidence, judgement))
    return out


def _adjusted(found: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence with adjusted p-values, where there is more than one."""
    p_values = adjust([one.p_value for one in found])
    several = sum(one is not None for one in p_values) > 1
    pairs = zip(found, p_values, strict=True)
    return [replace(one, adjusted_p=p if several else None) for one, p in pairs]


def is_quality(metric: Metric) -> bool:
    """Return True if a worse value may block: in training and of a cost only where tolerated."""
    return metric.tolerated or not (split_of(metric.key) == "train" or is_cost(metric.key))


def _evidence(
    changes: Iterable[Change], base: Summary, head: Summary, past: Iterable[PastPage]
) -> Iterator[tuple[Change | None, Metric, Evidence]]:
    """Yield the evidence on every value of the runs that were measured again.

    The change is None for values that stayed the same, or that do not compare.
    """
    moved: dict[Place, dict[str, Change]] = {}
    was: dict[Place, Place] = {}
    for change in changes:
        if change.was is not None:
            was[change.place] = change.was
        row = head.row(*change.place)
        if row is None or change.metric is None or change.metric not in row.section.all_judged:
            continue
        step = change.difference
        if step is not None and isfinite(step) and not incomparable(change, base, head):
            moved.setdefault(change.place, {})[change.metric.key] = change
    rows = {place: (base.row(*place), head.row(*place)) for place in moved}
    sections = {was.get(at, at): before.section for at, (before, _) in rows.items() if before}
    history = earlier_values(past, sections) if sections else {}
    spreads = {one.id: spreads_of_seeds(one) for one in base.sections} if sections else {}
    for place, (before, after) in rows.items():
        if before is None or after is None:
            continue
        for metric in after.section.all_judged:
            numbers = before.row.number(metric.key), after.row.number(metric.key)
            unmoved = all(one is not None and isfinite(one) for one in numbers)
            if metric.key in moved[place] or unmoved:
                levels = history.get((*was.get(place, place), metric.key), ())
                spread = spreads[place[0]].get(metric.key)
                evidence = strongest(metric, before, after, base, head, levels, spread)
                yield moved[place].get(metric.key), metric, evidence


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
    import numpy as np

    # scipy has this too, in a package that takes a second to import.
    order = np.argsort(known)[::-1]
    scaled = np.array(known)[order] * (len(known) / np.arange(len(known), 0, -1))
    smallest = np.empty(len(known))
    smallest[order] = np.minimum.accumulate(scaled)
    adjusted = iter(np.minimum(smallest, 1.0).tolist())
    return [None if p is None else next(adjusted) for p in p_values]


def judge(before: float, after: float, metric: Metric, evidence: Evidence) -> Judgement:
    """Call a difference real if it exceeds the tolerance and is significant.

    The p-value is the adjusted one, or the plain one where none was adjusted. Without any, the
    tolerance that the owner set decides; or else only a change far beyond any noise is real.
    """
    if metric.direction is Direction.UNKNOWN or not (isfinite(before) and isfinite(after)):
        return Judgement.UNJUDGED
    p_value = evidence.decisive_p
    tolerance = metric.tolerance if p_value is None else metric.tolerance.where_tested()
    if not tolerance.exceeded(before, after):
        return Judgement.WITHIN_TOLERANCE
    if p_value is not None and p_value > ALPHA:
        return Judgement.NOISE
    if p_value is None and tolerance.is_default and not is_huge(before, after, metric):
        return Judgement.NOISE_UNKNOWN
    return Judgement.IMPROVEMENT if metric.better(after - before) else Judgement.REGRESSION


def _is_weak(evidence: Evidence) -> bool:
    """Return True if a test of a few trainings calls a change noise.

    With two seeds a side, hardly any change is significant. What spreads may be the seeds of the
    change itself: the wider, the more it would excuse.
    """
    trained = evidence.kind in (EvidenceKind.SEEDS, EvidenceKind.SIBLINGS)
    p_value = evidence.decisive_p
    return trained and (evidence.n or 0) < FEW and p_value is not None and p_value > ALPHA


def _is_huge_fall(before: float, after: float, metric: Metric) -> bool:
    return metric.better(after - before) is False and is_huge(before, after, metric)


def incomparable(change: Change, base: Summary, head: Summary) -> str:
    """Return why the two values of a change measure different things; empty if they compare."""
    pair = rows_of(change, base, head)
    if change.metric is None or pair is None:
        return ""
    if pair[1].name in pair[1].section.baselines:
        return "published result"
    if not same_test_set(*pair, base, head, change.metric):
        return "other test set"
    if (is_certain := other_unit(change, base)) or other_size(change, base, head):
        return "other unit" if is_certain else "other unit?"
    if "loss" in tokens(change.metric.key) and other_loss(*pair):
        return "other loss"
    return ""


def rows_of(change: Change, base: Summary, head: Summary) -> tuple[RunRow, RunRow] | None:
    """Return the run of a change on both sides; None where it is missing on one."""
    one, other = base.row(*change.place), head.row(*change.place)
    return None if one is None or other is None else (one, other)


def other_loss(before: RunRow, after: RunRow) -> bool:
    """Return True if the configuration of a run names another loss function than before."""
    if before.run is None or after.run is None:
        return False
    one, other = loss_setting(before.run.params), loss_setting(after.run.params)
    return one is not None and other is not None and one[1] != other[1]


def other_unit(change: Change, base: Summary) -> bool:
    """Return True if a fraction became a percentage or the other way round: 0.84 and 83.5.

    So is 0.84 and 39.7, which compares as better, and an accuracy of 0.84 and 1.91. A rate of
    errors is no percentage above 1: more words may be wrong than there are. Where all other rows of
    the base are in percent, so is 0.84.
    """
    metric = change.metric
    if metric is None or not is_fraction(metric.key) or change.numbers is None:
        return False
    low, high = sorted(change.numbers)
    if not 0 < low <= 1 < high <= 100 or high > 200 * low:
        return False
    least = 1.01 if is_share(metric.key) else 2
    if high < 50 * low and (high < least or metric.direction is not Direction.HIGHER):
        return False
    others = _others(change, base)
    return change.numbers[0] == high or not others or min(others) <= 1


def other_size(change: Change, base: Summary, head: Summary) -> bool:
    """Return True if a value got better a thousandfold, while others of its section did not.

    Metres in place of millimetres do that, and seldom a training. A value that got as much worse
    is judged: a question must not hide a training that failed.
    """
    metric = change.metric
    if metric is None or is_fraction(metric.key) or change.numbers is None or not change.better:
        return False
    small, large = sorted(map(abs, change.numbers))
    if min(change.numbers) < 0 < max(change.numbers) or not 600 * small < large < 1500 * small:
        return False

    def is_as_before(number: float) -> bool:
        was = abs((change.numbers or (0.0,))[0])
        return was < 30 * abs(number) < 900 * was

    return all(map(is_as_before, _others(change, base))) and any(
        map(is_as_before, _others(change, head))
    )


def _others(change: Change, side: Summary) -> list[float]:
    """Return the values that other runs of the section have in the metric of a change."""
    section = side.section(change.section)
    column = section.numbers(change.metric.key) if section and change.metric else {}
    return [number for run, number in column.items() if run != change.run]

"""Collect what is known of one metric on both sides of a change, and choose the best evidence.

The column of a prediction file that belongs to a metric is the one whose mean is the metric's
value on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from results_bot.judge.evidence.independent import (
    Moments,
    Rate,
    mirrored,
    moments,
    one_against_several,
    proportions,
    replicates,
    two_means,
)
from results_bot.judge.evidence.paired import mcnemar, paired_means
from results_bot.metric_names import is_share, split_of, tokens
from results_bot.model import Evidence, EvidenceKind, Metric
from results_bot.numbers import decimals
from results_bot.page import cells
from results_bot.page.facts.identity import sample_count
from results_bot.page.section import RunRow, Summary
from results_bot.table import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from results_bot.collect.samples import Samples

_CLOSE = 1e-4
"""Relative slack between a mean and a metric: jobs add in single precision, the page rounds."""
_HUGE = 1e150
"""Squares of larger numbers overflow."""

TOLERANCE_ALONE = Evidence(EvidenceKind.TOLERANCE, "tolerance alone")
"""No test is possible: there is no p-value and no interval."""


class Measurement(msgspec.Struct, frozen=True):
    """What is known of one metric of one run; everything may be missing.

    Sample arrays have shape (n,) and hold the same samples in the same order on both sides.
    """

    correct: Sequence[bool] | NDArray[np.bool_] | None = None
    """Right or wrong per sample, where the metric is the share of right ones."""
    per_sample: Sequence[float] | NDArray[np.float64] | None = None
    """A number per sample, where the metric is their mean."""
    seeds: Sequence[float] = ()
    """The metric's value for every replicate; one where there was a single training."""
    over_seeds: Moments | None = None
    """Over replicates, where only the page remembers them."""
    rate: Rate | None = None
    """The value, where it is a share of a known number of samples."""
    over_samples: Moments | None = None
    """Over samples, where the artifact gives the metric's standard deviation."""
    whole: float = 1.0
    """What a share of one is in the metric's own unit: 100 where that is percent."""


def strongest(before: Measurement, after: Measurement) -> Evidence:
    """Return the first evidence that both sides support.

    In order: paired samples, replicate seeds, sample counts, else the tolerance alone. Sample
    arrays of unequal length are not pairs.
    """
    return next(found for found in _attempts(before, after) if found is not None)


def _attempts(before: Measurement, after: Measurement) -> Iterator[Evidence | None]:
    one, other = before.correct, after.correct
    if one is not None and other is not None and len(one) == len(other):
        yield _in_units(mcnemar(one, other), before.whole)
    first, second = before.per_sample, after.per_sample
    if first is not None and second is not None and len(first) == len(second):
        yield paired_means(first, second)

    yield replicates(before.seeds, after.seeds)
    old, new = (
        moments(side.seeds) if len(side.seeds) >= 2 else side.over_seeds for side in (before, after)
    )
    if old is not None and new is not None:
        yield two_means(old, new, EvidenceKind.SEEDS)
    elif new is not None and len(before.seeds) == 1:
        yield one_against_several(before.seeds[0], new)
    elif old is not None and len(after.seeds) == 1:
        yield mirrored(one_against_several(after.seeds[0], old))

    if before.rate is not None and after.rate is not None:
        yield _in_units(proportions(before.rate, after.rate), before.whole)
    if before.over_samples is not None and after.over_samples is not None:
        yield two_means(before.over_samples, after.over_samples)
    yield TOLERANCE_ALONE


def _in_units(evidence: Evidence | None, whole: float) -> Evidence | None:
    """Return evidence on shares with its interval in the metric's own unit."""
    if evidence is None or evidence.interval is None or whole == 1:
        return evidence
    low, high = evidence.interval
    return replace(evidence, interval=(low * whole, high * whole))


def measurements(
    metric: Metric, before: RunRow, after: RunRow, base: Summary, head: Summary
) -> tuple[Measurement, Measurement]:
    """Return what is known of `metric` on each side."""
    rows = before, after
    values = before.row.values[metric.key], after.row.values[metric.key]
    # Seeds describe a recipe, the samples of one training only a model.
    folded = any(row.row.replicates or row.row.values[metric.key].n for row in rows)
    pairs = None if folded else _pairs(base.samples_of(before.run), head.samples_of(after.run))
    # Many training codes write a share in percent.
    largest = max(abs(value.number or 0.0) for value in values)
    whole = 100.0 if is_share(metric.key) and 1 < largest <= 100 else 1.0
    correct = _correct(pairs, values, metric, whole)
    columns = _column(pairs, values, metric)
    # Of the metric's own split: more samples than it was measured on would make noise look real.
    # Where only one side's artifacts are here, its count is taken for both.
    split = split_of(metric.key)
    one, other = sample_count(before.run, split), sample_count(after.run, split)
    counts = one or other, other or one
    first, second = (
        Measurement(
            correct=correct[side] if correct else None,
            per_sample=columns[side] if columns else None,
            seeds=_seeds(row, metric),
            over_seeds=_over_seeds(values[side]),
            rate=_rate(metric, row, counts[side], whole),
            over_samples=_over_samples(metric, row, counts[side]),
            whole=whole,
        )
        for side, row in enumerate(rows)
    )
    return first, second


def same_test_set(before: RunRow, after: RunRow, base: Summary, head: Summary) -> bool:
    """Return False if the two sides are known to be measured on different samples."""
    one, other = sample_count(before.run), sample_count(after.run)
    if one is not None and other is not None and one != other:
        return False
    first, second = base.samples_of(before.run), head.samples_of(after.run)
    if first is None or second is None:
        return True
    if len(first) != len(second):
        return False
    # Without keys the same samples may stand in another order.
    shuffled = (first.keys is None or second.keys is None) and first.shares() == second.shares()
    return shuffled or _pairs(first, second) is not None


def _pairs(one: Samples | None, other: Samples | None) -> tuple[Samples, Samples] | None:
    """Return both with the same samples in the same order; None where they are not the same."""
    import numpy as np

    if one is None or other is None or len(one) != len(other):
        return None
    if one.keys is not None and other.keys is not None:
        order, other_order = np.argsort(one.keys), np.argsort(other.keys)
        if not bool((one.keys[order] == other.keys[other_order]).all()):
            return None
        one, other = one.taken(order), other.taken(other_order)
    return (one, other) if bool((one.target == other.target).all()) else None


def _correct(
    pairs: tuple[Samples, Samples] | None, values: tuple[Value, Value], metric: Metric, whole: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Return right or wrong per sample where the metric is the share of either."""
    if pairs is None:
        return None
    right = pairs[0].right, pairs[1].right
    for arrays in (right, (~right[0], ~right[1])):
        means = [whole * float(one.mean()) for one in arrays]
        if all(_is(mean, value, metric) for mean, value in zip(means, values, strict=True)):
            return arrays
    return None


def _column(
    pairs: tuple[Samples, Samples] | None, values: tuple[Value, Value], metric: Metric
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the per-sample column whose mean is the metric on both sides."""
    for name, first in pairs[0].values.items() if pairs else ():
        second = pairs[1].values.get(name) if pairs else None
        if second is None:
            continue
        means = float(first.mean()), float(second.mean())
        if all(_is(mean, value, metric) for mean, value in zip(means, values, strict=True)):
            return first, second
    return None


def _is(mean: float, value: Value, metric: Metric) -> bool:
    """Return True if `mean` equals the value at the precision in which the value is known."""
    if value.number is None:
        return False
    slack = _CLOSE * abs(value.number)
    if not value.exact:
        slack = max(slack, 0.51 * cells.last_digit(value.text, metric.format))
    return abs(mean - value.number) <= slack


def _seeds(row: RunRow, metric: Metric) -> tuple[float, ...]:
    """Return the value of every replicate if all of them have one; of a single run its own."""
    own = row.row.values[metric.key]
    # A page may hold mean and spread without the single values.
    rows = row.row.replicates or ((row.row,) if own.n is None and own.std is None else ())
    values = [row.values.get(metric.key) for row in rows]
    numbers = [value.number for value in values if value is not None and value.number is not None]
    usable = len(numbers) == len(values) and all(abs(number) < _HUGE for number in numbers)
    return tuple(numbers) if usable else ()


def _over_seeds(value: Value) -> Moments | None:
    return None if value.n is None or value.n < 2 else _moments(value.number, value.std, value.n)


def _over_samples(metric: Metric, row: RunRow, count: int | None) -> Moments | None:
    """Return mean and standard deviation if the artifact gives both for this metric."""
    value = row.row.values[metric.key]
    for name, reading in row.run.readings.items() if row.run and count else ():
        if "mean" in tokens(name) and _is(reading.value, value, metric):
            spread = row.run.readings.get(name.replace("mean", "std")) if row.run else None
            if spread is not None and spread.name != name:
                return _moments(value.number, spread.value, count or 0)
    return None


def _moments(mean: float | None, std: float | None, n: int) -> Moments | None:
    """Return the moments unless a number is unusable: anybody may write a page."""
    if mean is None or std is None or not 0 <= std < _HUGE or not abs(mean) < _HUGE:
        return None
    return Moments(mean, std, n)


def _rate(metric: Metric, row: RunRow, count: int | None, whole: float) -> Rate | None:
    """Return the value as a share of `count` samples if it can be one."""
    value = row.row.values[metric.key]
    if count is None or value.number is None or value.std is not None or not is_share(metric.key):
        return None
    exact = value.number if value.exact else _reading(metric, row)
    share = (value.number if exact is None else exact) / whole
    if not 0 <= share <= 1:
        return None
    if exact is not None:
        # A macro average over classes is no share of the samples: it is not k of n, as far as it
        # is written out.
        right = share * count
        rounding = 0.5001 * 10.0 ** -decimals(exact) / whole * count
        if abs(right - round(right)) > max(1e-3, rounding):
            return None
    return Rate(share, count)


def _reading(metric: Metric, row: RunRow) -> float | None:
    """Return the artifact's own number behind a value that the page rounds."""
    value = row.row.values[metric.key]
    for source in metric.sources if row.run else ():
        found = row.run.readings.get(source) if row.run else None
        if found is not None:
            return found.value if _is(found.value, value, metric) else None
    return None

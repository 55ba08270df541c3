"""What is known of one metric on both sides of a change, for the evidence to choose from.

Which column of a prediction file belongs to which metric is told by the numbers: the column whose
mean is the metric's value, on both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from results_bot.judge.evidence.choose import Side
from results_bot.judge.evidence.counts import Rate
from results_bot.judge.evidence.means import Moments
from results_bot.metric_names import is_share, split_of, tokens
from results_bot.model import Metric
from results_bot.numbers import decimals
from results_bot.page import cells
from results_bot.page.facts.test_sets import sample_count
from results_bot.page.material import Material, RunRow
from results_bot.table import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from results_bot.collect.samples import Samples

_CLOSE = 1e-4
"""Relative: jobs add in single precision, and the page rounds."""
_HUGE = 1e150
"""Squares of larger numbers overflow."""


def sides(
    metric: Metric, before: RunRow, after: RunRow, base: Material, head: Material
) -> tuple[Side, Side]:
    """Return what both sides know of `metric`."""
    values = before.row.values[metric.key], after.row.values[metric.key]
    counts = _counts(metric, before, after)
    # A row of several trainings speaks of the recipe; the samples of one would speak of one model.
    single = not any(
        member.row.replicates or member.row.values[metric.key].n for member in (before, after)
    )
    pairs = _paired(base.samples_of(before.run), head.samples_of(after.run)) if single else None
    whole = _whole(metric, values)
    correct = _correct(pairs, values, metric, whole)
    columns = _columns(pairs, values, metric)
    return tuple(  # type: ignore[return-value]
        Side(
            correct=correct[side] if correct else None,
            per_sample=columns[side] if columns else None,
            seeds=_seeds(member, metric),
            over_seeds=_over_seeds(values[side]),
            rate=_rate(metric, member, counts[side], whole),
            over_samples=_over_samples(metric, member, values[side], counts[side]),
            whole=whole,
        )
        for side, member in enumerate((before, after))
    )


def same_test_set(before: RunRow, after: RunRow, base: Material, head: Material) -> bool:
    """Tell whether both sides were, as far as is known, measured on the same samples."""
    one, other = sample_count(before.run), sample_count(after.run)
    if one is not None and other is not None and one != other:
        return False
    first, second = base.samples_of(before.run), head.samples_of(after.run)
    if first is None or second is None:
        return True
    if len(first) != len(second):
        return False
    return _aligned(first, second) is not None or _shuffled(first, second)


def _paired(one: Samples | None, other: Samples | None) -> tuple[Samples, Samples] | None:
    if one is None or other is None or len(one) != len(other):
        return None
    return _aligned(one, other)


def _aligned(one: Samples, other: Samples) -> tuple[Samples, Samples] | None:
    """Return both with the same samples in the same order; None where they are not the same."""
    import numpy as np

    if one.keys is not None and other.keys is not None:
        order, other_order = np.argsort(one.keys), np.argsort(other.keys)
        if not bool((one.keys[order] == other.keys[other_order]).all()):
            return None
        one, other = one.taken(order), other.taken(other_order)
    return (one, other) if bool((one.target == other.target).all()) else None


def _shuffled(one: Samples, other: Samples) -> bool:
    """Tell whether the samples may be the same in another order: without keys nobody can say."""
    return (one.keys is None or other.keys is None) and one.shares() == other.shares()


def _whole(metric: Metric, values: tuple[Value, Value]) -> float:
    """Return 100 where a share is given in percent, as many training codes do, else 1."""
    largest = max(abs(value.number or 0.0) for value in values)
    return 100.0 if is_share(metric.key) and 1 < largest <= 100 else 1.0


def _correct(
    pairs: tuple[Samples, Samples] | None,
    values: tuple[Value, Value],
    metric: Metric,
    whole: float,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Return right or wrong per sample where the metric is their share."""
    if pairs is None:
        return None
    right = pairs[0].right, pairs[1].right
    for arrays in (right, (~right[0], ~right[1])):
        means = [whole * float(one.mean()) for one in arrays]
        if all(_is(mean, value, metric) for mean, value in zip(means, values, strict=True)):
            return arrays
    return None


def _columns(
    pairs: tuple[Samples, Samples] | None, values: tuple[Value, Value], metric: Metric
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the per-sample column whose mean is the metric on both sides."""
    if pairs is None:
        return None
    for name, first in pairs[0].values.items():
        second = pairs[1].values.get(name)
        if second is None:
            continue
        means = float(first.mean()), float(second.mean())
        if all(_is(mean, value, metric) for mean, value in zip(means, values, strict=True)):
            return first, second
    return None


def _is(mean: float, value: Value, metric: Metric) -> bool:
    """Tell whether `mean` is the value, at the precision in which the value is known."""
    if value.number is None:
        return False
    slack = _CLOSE * abs(value.number)
    if not value.exact:
        slack = max(slack, 0.51 * cells.last_digit(value.text, metric.format))
    return abs(mean - value.number) <= slack


def _counts(metric: Metric, before: RunRow, after: RunRow) -> tuple[int | None, int | None]:
    """Return both sample counts; where only one side's artifacts are here, its count is both's.

    Of the metric's own split: more samples than it was measured on would make noise look real.
    """
    split = split_of(metric.key)
    one, other = sample_count(before.run, split), sample_count(after.run, split)
    return one or other, other or one


def _seeds(member: RunRow, metric: Metric) -> tuple[float, ...]:
    """Return the value of every replicate, where all of them have one; of one run its own."""
    own = member.row.values[metric.key]
    # A page may remember mean and spread without the single values.
    rows = member.row.replicates or ((member.row,) if own.n is None and own.std is None else ())
    values = [row.values.get(metric.key) for row in rows]
    numbers = [value.number for value in values if value is not None and value.number is not None]
    usable = len(numbers) == len(values) and all(abs(number) < _HUGE for number in numbers)
    return tuple(numbers) if usable else ()


def _over_seeds(value: Value) -> Moments | None:
    if value.number is None or value.n is None or value.n < 2:
        return None
    return _moments(value.number, value.std, value.n)


def _moments(mean: float, std: float | None, n: int) -> Moments | None:
    """Return the moments unless they are no numbers to reckon with: anybody may write a page."""
    if std is None or not 0 <= std < _HUGE or not abs(mean) < _HUGE:
        return None
    return Moments(mean, std, n)


def _rate(metric: Metric, member: RunRow, count: int | None, whole: float) -> Rate | None:
    value = member.row.values[metric.key]
    if count is None or value.number is None or value.std is not None or not is_share(metric.key):
        return None
    exact = value.number if value.exact else _reading(metric, member)
    share = (value.number if exact is None else exact) / whole
    if not 0 <= share <= 1 or (exact is not None and not _k_of_n(exact, count, whole)):
        return None
    return Rate(share, count)


def _k_of_n(value: float, count: int, whole: float) -> bool:
    """Tell whether so many of `count` samples give the value, as far as it is written out.

    A macro average over classes is no share of the samples, and its count no sample size.
    """
    right = value / whole * count
    rounding = 0.5001 * 10.0 ** -decimals(value) / whole * count
    return abs(right - round(right)) <= max(1e-3, rounding)


def _reading(metric: Metric, member: RunRow) -> float | None:
    """Return the artifact's own number behind a value that the page rounds."""
    value = member.row.values[metric.key]
    for source in metric.sources if member.run else ():
        found = member.run.readings.get(source) if member.run else None
        if found is not None:
            return found.value if _is(found.value, value, metric) else None
    return None


def _over_samples(
    metric: Metric, member: RunRow, value: Value, count: int | None
) -> Moments | None:
    """Return mean and standard deviation where the artifact gives both for this metric."""
    if member.run is None or count is None or value.number is None:
        return None
    for name, reading in member.run.readings.items():
        if "mean" in tokens(name) and _is(reading.value, value, metric):
            spread = member.run.readings.get(name.replace("mean", "std"))
            if spread is not None and spread.name != name:
                return _moments(value.number, spread.value, count)
    return None

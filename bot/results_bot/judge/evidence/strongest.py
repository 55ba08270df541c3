"""Find the best evidence on one metric of a run that was measured twice.

Paired samples tell two models apart, and trainings that were repeated tell two recipes apart. The
column of a prediction file that belongs to a metric is the one whose mean is the metric's value on
both sides.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from results_bot.judge import noise
from results_bot.judge.evidence.independent import (
    Moments,
    by_former_spread,
    known_moments,
    moments,
    proportions,
    replicates,
    two_means,
)
from results_bot.judge.evidence.paired import (
    OF_CLASSES,
    OF_LOSSES,
    mcnemar,
    paired_means,
    randomisation,
    with_training_noise,
)
from results_bot.judge.seeds import far_seed, grown_spread, seeds_of
from results_bot.metric_names import is_share, tokens
from results_bot.model import Evidence, EvidenceKind, Metric, Reading, Run, Value
from results_bot.numbers import decimals
from results_bot.page import cells
from results_bot.page.facts.identity import other_test, sample_count
from results_bot.page.replicates import unit
from results_bot.page.section import RunRow, Summary

if TYPE_CHECKING:
    from results_bot.collect.samples import Samples

_CLOSE = 1e-4
"""Relative slack between a mean and a metric: jobs add in single precision, the page rounds."""
_FEW_SEEDS = 4
"""Seeds up to which their spread is hardly known."""
_MANY = 1_000
"""Samples behind a standard error, of which only that they are many is known."""


def untested(metric: Metric) -> Evidence:
    """Return what decides where no test is possible: the owner's tolerance, else the size alone."""
    by = "size alone" if metric.tolerance.is_default else "tolerance alone"
    return Evidence(EvidenceKind.TOLERANCE, by)


def strongest(
    metric: Metric,
    before: RunRow,
    after: RunRow,
    base: Summary,
    head: Summary,
    earlier: noise.Levels = (),
    spread: noise.Spread | None = None,
) -> Evidence:
    """Return the first evidence there is: seeds, samples, earlier values, counts, sibling rows.

    `spread` is that of the siblings' seeds. Where pairs of samples show that two models differ, and
    it is known how far two trainings differ, both have to show it: the weaker one is returned.
    """
    values = before.row.values[metric.key], after.row.values[metric.key]
    # Seeds describe a recipe, the samples of one training only a model.
    one, other = seeds_of(before.row, metric), seeds_of(after.row, metric)
    sides = (before.section, after.section)
    far = far_seed(after.row, metric, sides) if one and other else None
    if far is not None and other is not None:
        # A seed that failed must not pass for noise.
        rest = [seed for seed in after.row.replicates if seed.run != far[0]]
        other = other._replace(std=moments([seed.number(metric.key) or 0.0 for seed in rest]).std)
    found = replicates(one, other) if one and other else None
    if far is not None and found is not None:
        found = replace(found, test=f"{found.test} by the other seeds' spread", interval=None)
    elif one and other and before.name == after.name and grown_spread(before, after, metric):
        # Nor must several: what they spread would excuse what they lost.
        found = by_former_spread(one, other)
    old, new = (value.number or 0.0 for value in values)
    history = noise.history(old, new, earlier, metric)
    if one and other and one.n == 1 < other.n <= _FEW_SEEDS:
        # The first seeds of a row show less than what single trainings are judged by.
        found = history or _counted(metric, before, after) or found
    if found is not None:
        names = [name for row in (before, after) for name in row.row.seeds]
        folds = found.kind is EvidenceKind.SEEDS and unit(names) == "fold"
        return replace(found, unit="folds") if folds else found
    if any(row.row.replicates or row.row.values[metric.key].n for row in (before, after)):
        return _counted(metric, before, after) or untested(metric)
    siblings = noise.siblings(old, new, spread)
    trained = history or siblings
    pairs = _pairs(base.samples_of(before.run), head.samples_of(after.run))
    paired = _paired(metric, values, pairs, trained=trained is not None) if pairs else None
    if paired is not None:
        return max(paired, trained or paired, key=lambda one: one.p_value or 0.0)
    return history or _counted(metric, before, after) or siblings or untested(metric)


def same_test_set(
    before: RunRow, after: RunRow, base: Summary, head: Summary, metric: Metric
) -> bool:
    """Return False if both sides of a metric are known to be of other samples or another test."""
    if other_test(before.run, after.run, metric):
        return False
    one, other = (sample_count(row.run, metric.key) for row in (before, after))
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


def _paired(
    metric: Metric, values: tuple[Value, Value], pairs: tuple[Samples, Samples], *, trained: bool
) -> Evidence | None:
    """Compare the samples of both sides where the metric is the mean of one of their columns.

    `trained` where it is known how far two trainings differ.
    """

    def means(columns: tuple[Any, Any], scale: float = 1.0) -> bool:
        return all(
            _is(scale * float(column.mean()), value, metric)
            for column, value in zip(columns, values, strict=True)
        )

    whole = _whole(metric, values)
    right = pairs[0].right, pairs[1].right
    names = (name for name in pairs[0].values if name in pairs[1].values)
    columns = ((pairs[0].values[name], pairs[1].values[name]) for name in names)
    wrong = ~right[0], ~right[1]
    factor = OF_CLASSES
    if flags := next((both for both in (right, wrong) if means(both, whole)), None):
        found = _in_units(mcnemar(*flags), whole)
    elif both := next((both for both in columns if means(both)), None):
        found, factor = paired_means(*both), OF_LOSSES
    else:

        def fits(*scores: float) -> bool:
            return all(_is(*one, metric) for one in zip(scores, values, strict=True))

        found = randomisation(metric.key, pairs, fits)
    return found if trained or found is None else with_training_noise(found, factor)


def _counted(metric: Metric, before: RunRow, after: RunRow) -> Evidence | None:
    """Compare both sides by the number of samples they were measured on."""
    # Of the metric's own split: more samples than it was measured on would make noise look real.
    if found := _by_standard_errors(metric, before, after):
        return found
    # A run that no longer states a count may have been measured on a part of the samples. Only
    # artifacts that are not here are taken to state what those of the other side do.
    runs = before.run or after.run, after.run or before.run
    n, m = (_folds(metric, run) or sample_count(run, metric.key) for run in runs)
    if n is None or m is None:
        return None
    values = before.row.values[metric.key], after.row.values[metric.key]
    whole = _whole(metric, values)
    shares = _share(metric, before, n, whole), _share(metric, after, m, whole)
    if shares[0] is not None and shares[1] is not None:
        return _in_units(proportions(shares[0], n, shares[1], m), whole)
    first, second = _over_samples(metric, before, n), _over_samples(metric, after, m)
    return two_means(first, second) if first and second else None


def _by_standard_errors(metric: Metric, before: RunRow, after: RunRow) -> Evidence | None:
    """Compare both sides by the standard errors that the artifacts give, as `acc_stderr`."""
    one, other = _standard_error(metric, before), _standard_error(metric, after)
    if one is None or other is None:
        return None
    # The change itself states the newer error: a large one must not hide what got worse.
    errors = one, min(other, 2 * one)
    means = (row.row.values[metric.key].number for row in (before, after))
    sides = [
        known_moments(mean, error * sqrt(_MANY), _MANY)
        for mean, error in zip(means, errors, strict=True)
    ]
    if sides[0] is None or sides[1] is None:
        return None
    found = two_means(sides[0], sides[1])
    test = "two means by their standard errors"
    return found and replace(found, test=test, n=None, sides=None)


def _standard_error(metric: Metric, row: RunRow) -> float | None:
    """Return the standard error that the artifact gives beside the value of a row."""
    mean = _reading(metric, row)
    for name, reading in row.run.readings.items() if row.run and mean else ():
        if mean and "_stderr" in name and name.replace("_stderr", "", 1) == mean.name:
            return reading.value
    return None


def _folds(metric: Metric, run: Run | None) -> int | None:
    """Return over how many folds of a cross-validation the metric is a mean, if the run has it."""
    found = run.readings.get("n_folds") if run and "mean" in tokens(metric.key) else None
    return int(found.value) if found and 2 <= found.value < _MANY else None


def _whole(metric: Metric, values: tuple[Value, Value]) -> float:
    """Return what a share of one is in the metric's unit: many training codes write percent."""
    largest = max(abs(value.number or 0.0) for value in values)
    return 100.0 if is_share(metric.key) and 1 < largest <= 100 else 1.0


def _in_units(evidence: Evidence | None, whole: float) -> Evidence | None:
    """Return evidence on shares with its interval in the metric's own unit."""
    if evidence is None or evidence.interval is None or whole == 1:
        return evidence
    low, high = evidence.interval
    return replace(evidence, interval=(low * whole, high * whole))


def _is(mean: float, value: Value, metric: Metric) -> bool:
    """Return True if `mean` equals the value at the precision in which the value is known."""
    if value.number is None:
        return False
    slack = _CLOSE * abs(value.number)
    if not value.exact:
        slack = max(slack, 0.51 * cells.last_digit(value.text, metric.format))
    return abs(mean - value.number) <= slack


def _over_samples(metric: Metric, row: RunRow, count: int) -> Moments | None:
    """Return mean and standard deviation if the artifact gives both for this metric."""
    value = row.row.values[metric.key]
    readings = row.run.readings if row.run else {}
    for name, reading in readings.items():
        if "mean" in tokens(name) and _is(reading.value, value, metric):
            spread = readings.get(name.replace("mean", "std"))
            if spread is not None and spread.name != name:
                return known_moments(value.number, spread.value, count)
    return None


def _share(metric: Metric, row: RunRow, count: int, whole: float) -> float | None:
    """Return the value as a share of `count` samples if it can be one."""
    value = row.row.values[metric.key]
    seeds = len(row.row.replicates) or 1
    folded = value.std is not None and seeds == 1
    if value.number is None or folded or not is_share(metric.key):
        return None
    # The page rounds what the artifact gives.
    read = None if value.exact else _reading(metric, row)
    exact = read.value if read else value.number if value.exact else None
    share = (value.number if exact is None else exact) / whole
    if not 0 <= share <= 1:
        return None
    if exact is not None:
        # A macro average over classes is no share of the samples: it is not k of n, as far as it
        # is written out.
        right = share * count * seeds
        rounding = 0.5001 * 10.0 ** -decimals(exact) / whole * count * seeds
        if abs(right - round(right)) > max(1e-3, rounding):
            return None
    return share


def _reading(metric: Metric, row: RunRow) -> Reading | None:
    """Return the artifact's own number behind a value."""
    found = row.run.reading(metric.sources) if row.run else None
    return found if found and _is(found.value, row.row.values[metric.key], metric) else None

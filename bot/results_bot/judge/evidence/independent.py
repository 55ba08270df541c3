"""Tests of sides that share no samples: replicate seeds, means with a spread, shares of n."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import hypot, isfinite, sqrt
from typing import NamedTuple

from msgspec.structs import replace

from results_bot.model import Evidence, EvidenceKind

LEVEL = 0.05
"""Two-sided level of the intervals."""
FEW = 8
"""Values on the smaller side up to which both sides share one variance."""


class Moments(NamedTuple):
    """Mean, sample standard deviation (divided by n - 1) and count of one side."""

    mean: float
    std: float
    n: int


class Rate(NamedTuple):
    """A share of samples, in [0, 1], and the number of samples it is a share of."""

    value: float
    n: int


def moments(values: Sequence[float]) -> Moments:
    """Return the moments of at least two finite values."""
    from statistics import mean, stdev

    return Moments(float(mean(values)), stdev(values), len(values))


def replicates(before: Sequence[float], after: Sequence[float]) -> Evidence | None:
    """Compare the values of one metric over the seeds of either side.

    Several values a side: `two_means`. One value against several: Student with the only variance
    there is (Crawford, Howell 1998). `n` is the number of seeds on both sides together. None for
    two single values, an empty side, a value that is not finite, and where neither side spreads:
    deterministic trainings are one value each, however often they are repeated.
    """
    sizes = len(before), len(after)
    if min(sizes) < 1 or max(sizes) < 2 or not all(map(isfinite, chain(before, after))):
        return None
    if sizes[0] == 1:
        return one_against_several(before[0], moments(after))
    if sizes[1] == 1:
        return mirrored(one_against_several(after[0], moments(before)))
    return two_means(moments(before), moments(after), EvidenceKind.SEEDS)


def two_means(
    before: Moments, after: Moments, kind: EvidenceKind = EvidenceKind.COUNTS
) -> Evidence | None:
    """Compare two independent means: Welch (1947), and Student where a side has 2 to 8 values.

    So few values cannot tell two variances apart, and Welch pays for trying. At the small p-values
    that Benjamini-Hochberg asks for, it misses half the drops that Student finds with 3 seeds a
    side, and raises an alarm in 8 % of unchanged reports with 10 seeds against 3 (figures in
    docs/verdicts.md; de Winter 2013). Where nothing changed, both sides do have one variance.
    Equal sizes make Student robust: where one side spreads twice as far, its 5 % become 6 %. A
    permutation test could never show anything with three seeds, nor among seven comparisons with
    five: its smallest two-sided p-value is 2 / C(2n, n).

    Two models measured on one test set are positively correlated, so that the variance of their
    difference is overstated here: the test is then conservative.
    None where a count is below 2, a number is not finite, or neither side varies.
    Raises ValueError for a negative standard deviation.
    """
    if before.std < 0 or after.std < 0:
        raise ValueError("a standard deviation is negative")
    numbers = (before.mean, before.std, after.mean, after.std)
    if min(before.n, after.n) < 2 or not all(map(isfinite, numbers)):
        return None
    if before.std == after.std == 0:
        return None
    if min(before.n, after.n) <= FEW:
        test, freedom = "Student", float(before.n + after.n - 2)
        scatter = (before.n - 1) * before.std**2 + (after.n - 1) * after.std**2
        variance = scatter / freedom * (1 / before.n + 1 / after.n)
    else:
        test = "Welch"
        parts = before.std**2 / before.n, after.std**2 / after.n
        variance = sum(parts)
        first, second = (part / variance for part in parts)
        freedom = 1 / (first**2 / (before.n - 1) + second**2 / (after.n - 1))
    p_value, interval = _student(after.mean - before.mean, sqrt(variance), freedom)
    return Evidence(kind, test, p_value, None, interval, before.n + after.n)


def one_against_several(before: float, after: Moments) -> Evidence | None:
    """Test whether a single value could be one more seed of the other side."""
    if after.std == 0 or after.n < 2:
        return None
    error = after.std * sqrt(1 + 1 / after.n)
    p_value, interval = _student(after.mean - before, error, after.n - 1)
    test = "Student, one value against replicates"
    return Evidence(EvidenceKind.SEEDS, test, p_value, None, interval, after.n + 1)


def mirrored(evidence: Evidence | None) -> Evidence | None:
    """Return the same evidence with the sides swapped."""
    if evidence is None or evidence.interval is None:
        return evidence
    low, high = evidence.interval
    return replace(evidence, interval=(-high, -low))


def proportions(before: Rate, after: Rate) -> Evidence | None:
    """Compare two shares of independent samples.

    Chi-square with the factor (N - 1) / N where every expected count is at least 1, else
    Fisher's exact test by Irwin's rule, as Campbell (2007, Statistics in Medicine 26:3661)
    recommends. The interval joins two Wilson intervals (Newcombe 1998, method 10).

    Two models on one test set agree on most samples. This test takes them for independent, which
    overstates the noise: it misses changes that a paired test finds, and raises fewer false alarms
    than its level. `n` is the samples of both sides together.
    None where a count is below 1 or a rate is not finite; ValueError for a rate outside [0, 1].
    """
    import numpy as np
    from scipy import special, stats

    if min(before.n, after.n) < 1 or not (isfinite(before.value) and isfinite(after.value)):
        return None
    if not (0 <= before.value <= 1 and 0 <= after.value <= 1):
        raise ValueError("a rate lies outside 0 to 1")
    total, difference = before.n + after.n, after.value - before.value
    mean = (before.value * before.n + after.value * after.n) / total
    if min(before.n, after.n) * min(mean, 1 - mean) >= 1:
        variance = mean * (1 - mean) * (1 / before.n + 1 / after.n) * total / (total - 1)
        test, p_value = (
            "two proportions",
            2 * float(special.ndtr(-abs(difference) / sqrt(variance))),
        )
    else:
        right = [round(side.value * side.n) for side in (before, after)]
        table = np.array([right, [before.n - right[0], after.n - right[1]]])
        test, p_value = "Fisher, exact", min(1.0, float(stats.fisher_exact(table).pvalue))
    z = float(special.ndtri(1 - LEVEL / 2))
    (low_before, high_before), (low_after, high_after) = _wilson(before, z), _wilson(after, z)
    down = hypot(after.value - low_after, high_before - before.value)
    up = hypot(high_after - after.value, before.value - low_before)
    interval = difference - down, difference + up
    return Evidence(EvidenceKind.COUNTS, test, p_value, None, interval, total)


def _wilson(rate: Rate, z: float) -> tuple[float, float]:
    """Return Wilson's interval of a share."""
    middle = rate.value + z * z / (2 * rate.n)
    reach = z * sqrt(rate.value * (1 - rate.value) / rate.n + z * z / (4 * rate.n**2))
    scale = 1 + z * z / rate.n
    return (middle - reach) / scale, (middle + reach) / scale


def _student(difference: float, error: float, freedom: float) -> tuple[float, tuple[float, float]]:
    """Return the two-sided p-value and 95 % interval of a difference with this standard error.

    scipy's `ttest_ind_from_stats` gives neither the interval nor one value against several.
    """
    from scipy.special import stdtr, stdtrit

    reach = float(stdtrit(freedom, 1 - LEVEL / 2)) * error
    p_value = 2 * float(stdtr(freedom, -abs(difference) / error))
    return p_value, (difference - reach, difference + reach)

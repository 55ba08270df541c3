"""Tests of sides that share no samples: trainings that were repeated, shares of n samples."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, hypot, isfinite, sqrt
from statistics import NormalDist
from typing import NamedTuple

from msgspec.structs import replace

from results_bot.model import Evidence, EvidenceKind

LEVEL = 0.05
"""Two-sided level of the intervals."""
FEW = 8
"""Values on the smaller side up to which both sides share one variance."""
HUGE = 1e150
"""Squares of larger numbers overflow."""


class Moments(NamedTuple):
    """Mean, sample standard deviation (divided by n - 1) and count of one side."""

    mean: float
    std: float
    n: int


def moments(values: Sequence[float]) -> Moments:
    """Return the moments of at least one finite value."""
    from statistics import mean, stdev

    return Moments(float(mean(values)), stdev(values) if len(values) > 1 else 0.0, len(values))


def known_moments(mean: float | None, std: float | None, n: int) -> Moments | None:
    """Return the moments unless a number is unusable: anybody may write a page."""
    if mean is None or std is None or not 0 <= std < HUGE or not abs(mean) < HUGE:
        return None
    return Moments(mean, std, n)


def replicates(before: Moments, after: Moments) -> Evidence | None:
    """Compare one metric over the seeds of either side, of which one may have a single seed.

    `n` is the number of seeds on both sides together. None for two single values, a number that is
    not finite, and where neither side spreads: deterministic trainings are one value each, however
    often they are repeated.
    """
    if min(before.n, after.n) > 1:
        return two_means(before, after, EvidenceKind.SEEDS)
    if before.n == 1:
        return one_against_several(before.mean, after)
    return mirrored(one_against_several(after.mean, before))


def two_means(
    before: Moments, after: Moments, kind: EvidenceKind = EvidenceKind.COUNTS
) -> Evidence | None:
    """Compare two independent means: Welch (1947), and Student where a side has 2 to 8 values.

    So few values cannot tell two variances apart, and Welch pays for trying: at the small p-values
    that Benjamini-Hochberg asks for, it misses drops that Student finds (de Winter 2013). Where
    nothing changed, both sides do have one variance. Equal sizes make Student robust. A permutation
    test could never show anything with three seeds, nor among seven comparisons with five: its
    smallest two-sided p-value is 2 / C(2n, n).

    Two models measured on one test set are positively correlated, so that the variance of their
    difference is overstated here: the test is then conservative.
    None where a count is below 2, a number is not finite, or neither side varies.
    """
    numbers = (before.mean, before.std, after.mean, after.std)
    if min(before.n, after.n) < 2 or not all(map(isfinite, numbers)):
        return None
    if before.std == after.std == 0:
        return None
    if min(before.n, after.n) <= FEW:
        test, freedom = "Student's t-test", float(before.n + after.n - 2)
        scatter = (before.n - 1) * before.std**2 + (after.n - 1) * after.std**2
        variance = scatter / freedom * (1 / before.n + 1 / after.n)
    else:
        test = "Welch's t-test"
        parts = before.std**2 / before.n, after.std**2 / after.n
        variance = sum(parts)
        first, second = (part / variance for part in parts)
        freedom = 1 / (first**2 / (before.n - 1) + second**2 / (after.n - 1))
    p_value, interval = _student(after.mean - before.mean, sqrt(variance), freedom)
    n = before.n + after.n
    return Evidence(kind, test, p_value, None, interval, n, sides=(before.n, after.n))


def one_against_several(
    before: float, after: Moments, freedom: int | None = None, caution: int = 1
) -> Evidence | None:
    """Test whether a single value could be one more training of the other side.

    Student with the only variance there is (Crawford, Howell 1998); `freedom` where the standard
    deviation was pooled over more trainings than the mean. `caution` multiplies the p-value. None
    where neither side varies.
    """
    freedom = after.n - 1 if freedom is None else freedom
    if freedom < 1 or not after.std > 0 or not all(map(isfinite, (before, *after))):
        return None
    error = after.std * sqrt(1 + 1 / after.n)
    p_value, interval = _student(after.mean - before, error, freedom, caution)
    test = "Crawford-Howell t-test"
    seeds, sides = EvidenceKind.SEEDS, (1, after.n)
    return Evidence(seeds, test, p_value, None, interval, sum(sides), sides, after.std)


def by_former_spread(before: Moments, after: Moments) -> Evidence:
    """Compare two means by the spread of the former side alone, which has at least two values."""
    error = before.std * sqrt(1 / before.n + 1 / after.n)
    p_value, _ = _student(after.mean - before.mean, error, before.n - 1)
    test, sides = "Student's t-test by the former spread", (before.n, after.n)
    return Evidence(EvidenceKind.SEEDS, test, p_value, n=sum(sides), sides=sides)


def mirrored(evidence: Evidence | None) -> Evidence | None:
    """Return the same evidence with the sides swapped."""
    if evidence is None or evidence.interval is None:
        return evidence
    low, high = evidence.interval
    sides = evidence.sides and evidence.sides[::-1]
    return replace(evidence, interval=(-high, -low), sides=sides)


def proportions(before: float, n: int, after: float, m: int) -> Evidence | None:
    """Compare a share of n samples with one of m others; both are in [0, 1].

    Chi-square with the factor (N - 1) / N where every expected count is at least 1, else
    Fisher's exact test by Irwin's rule, as Campbell (2007, Statistics in Medicine 26:3661)
    recommends. The interval joins two Wilson intervals (Newcombe 1998, method 10).

    Two models on one test set agree on most samples. This test takes them for independent, which
    overstates the noise: it misses changes that a paired test finds, and raises fewer false alarms
    than its level. `n` of the evidence is the samples of both sides together.
    None where a count is below 1 or a share is not finite.
    """
    if min(n, m) < 1 or not (isfinite(before) and isfinite(after)):
        return None
    total, difference = n + m, after - before
    mean = (before * n + after * m) / total
    if min(n, m) * min(mean, 1 - mean) >= 1:
        variance = mean * (1 - mean) * (1 / n + 1 / m) * total / (total - 1)
        test = "two proportions"
        p_value = erfc(abs(difference) / sqrt(2 * variance))
    else:
        import numpy as np
        from scipy.stats import fisher_exact

        right = [round(before * n), round(after * m)]
        table = np.array([right, [n - right[0], m - right[1]]])
        test, p_value = "Fisher, exact", min(1.0, float(fisher_exact(table).pvalue))
    z = NormalDist().inv_cdf(1 - LEVEL / 2)
    (low_before, high_before), (low_after, high_after) = _wilson(before, n, z), _wilson(after, m, z)
    down = hypot(after - low_after, high_before - before)
    up = hypot(high_after - after, before - low_before)
    interval = difference - down, difference + up
    return Evidence(EvidenceKind.COUNTS, test, p_value, None, interval, total, (n, m))


def _wilson(share: float, n: int, z: float) -> tuple[float, float]:
    """Return Wilson's interval of a share."""
    middle = share + z * z / (2 * n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n**2))
    scale = 1 + z * z / n
    return (middle - reach) / scale, (middle + reach) / scale


def _student(
    difference: float, error: float, freedom: float, caution: int = 1
) -> tuple[float, tuple[float, float]]:
    """Return the two-sided p-value and 95 % interval of a difference with this standard error.

    scipy's `ttest_ind_from_stats` gives neither the interval nor one value against several.
    """
    from scipy.special import stdtr, stdtrit

    reach = float(stdtrit(freedom, 1 - LEVEL / 2 / caution)) * error
    p_value = min(1.0, caution * 2 * float(stdtr(freedom, -abs(difference) / error)))
    return p_value, (difference - reach, difference + reach)

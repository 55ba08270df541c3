"""Evidence from sample counts alone: what the size of a test set says about a rate."""

from __future__ import annotations

from math import erfc, isfinite, sqrt
from typing import NamedTuple

from results_bot.judge.evidence.means import Z
from results_bot.model import Evidence, EvidenceKind


class Rate(NamedTuple):
    """A share of samples, in [0, 1], and the number of samples it is a share of."""

    value: float
    n: int


def proportions(before: Rate, after: Rate) -> Evidence | None:
    """Compare two shares of independent samples.

    Chi-square with the factor (N - 1) / N where every expected count is at least 1, else
    Fisher's exact test by Irwin's rule, as Campbell (2007, Statistics in Medicine 26:3661)
    recommends. The interval joins two Wilson intervals (Newcombe 1998, method 10).

    Two models on one test set agree on most samples. This test cannot know and takes them for
    independent, which overstates the noise: it misses changes that a paired test finds, and
    raises fewer false alarms than its level. `n` is the samples of both sides together.
    None where a count is below 1 or a rate is not finite; ValueError for a rate outside [0, 1].
    """
    if min(before.n, after.n) < 1 or not (isfinite(before.value) and isfinite(after.value)):
        return None
    if not (0 <= before.value <= 1 and 0 <= after.value <= 1):
        raise ValueError("a rate lies outside 0 to 1")
    total = before.n + after.n
    mean = (before.value * before.n + after.value * after.n) / total
    if min(before.n, after.n) * min(mean, 1 - mean) >= 1:
        test, p_value = "two proportions", _chi_square(before, after, mean)
    else:
        test, p_value = "Fisher, exact", _fisher(before, after)
    return Evidence(EvidenceKind.COUNTS, test, p_value, None, _newcombe(before, after), total)


def _chi_square(before: Rate, after: Rate, mean: float) -> float:
    total = before.n + after.n
    variance = mean * (1 - mean) * (1 / before.n + 1 / after.n) * total / (total - 1)
    # Twice the normal distribution's tail; scipy has no more to say, and takes long to import.
    return erfc(abs(after.value - before.value) / sqrt(2 * variance))


def _fisher(before: Rate, after: Rate) -> float:
    import numpy as np
    from scipy import stats

    right = [round(side.value * side.n) for side in (before, after)]
    table = np.array([right, [before.n - right[0], after.n - right[1]]])
    return min(1.0, float(stats.fisher_exact(table).pvalue))


def _newcombe(before: Rate, after: Rate) -> tuple[float, float]:
    difference = after.value - before.value
    low_before, high_before = _wilson(before, Z)
    low_after, high_after = _wilson(after, Z)
    down = sqrt((after.value - low_after) ** 2 + (high_before - before.value) ** 2)
    up = sqrt((high_after - after.value) ** 2 + (before.value - low_before) ** 2)
    return difference - down, difference + up


def _wilson(rate: Rate, z: float) -> tuple[float, float]:
    middle = rate.value + z * z / (2 * rate.n)
    reach = z * sqrt(rate.value * (1 - rate.value) / rate.n + z * z / (4 * rate.n**2))
    scale = 1 + z * z / rate.n
    return (middle - reach) / scale, (middle + reach) / scale

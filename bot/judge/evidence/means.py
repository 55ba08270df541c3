"""Two means known by their standard deviations and counts: Welch's test and its interval.

Serves seeds and sample counts alike; which of the two it was is the caller's to say.
"""

from __future__ import annotations

from math import isfinite, sqrt
from typing import NamedTuple

from bot.model import Evidence, EvidenceKind

LEVEL = 0.05
"""Two-sided level of every interval."""


class Moments(NamedTuple):
    """Mean, sample standard deviation (divided by n - 1) and count of one side."""

    mean: float
    std: float
    n: int


def welch(
    before: Moments, after: Moments, kind: EvidenceKind = EvidenceKind.COUNTS
) -> Evidence | None:
    """Compare two independent means without supposing equal variances (Welch 1947).

    Two models measured on one test set are positively correlated, so that the variance of their
    difference is overstated here: the test is then conservative, never too eager.
    None where a count is below 2, a number is not finite, or neither side varies.
    Raises ValueError for a negative standard deviation.
    """
    if before.std < 0 or after.std < 0:
        raise ValueError("a standard deviation is negative")
    numbers = (before.mean, before.std, after.mean, after.std)
    if min(before.n, after.n) < 2 or not all(map(isfinite, numbers)):
        return None
    parts = before.std**2 / before.n, after.std**2 / after.n
    variance = sum(parts)
    if variance == 0:
        return None
    weights = [part / variance for part in parts]
    freedom = 1 / (weights[0] ** 2 / (before.n - 1) + weights[1] ** 2 / (after.n - 1))
    p_value, interval = student(after.mean - before.mean, sqrt(variance), freedom)
    return Evidence(kind, "Welch", p_value, interval=interval, n=before.n + after.n)


def student(difference: float, error: float, freedom: float) -> tuple[float, tuple[float, float]]:
    """Return the two-sided p-value and 95 % interval of a difference with this standard error."""
    from scipy import special

    p_value = 2 * float(special.stdtr(freedom, -abs(difference) / error))
    reach = float(special.stdtrit(freedom, 1 - LEVEL / 2)) * error
    return p_value, (difference - reach, difference + reach)

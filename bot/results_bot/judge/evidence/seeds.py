"""Replicate seeds: the same configuration trained several times on each side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, combinations
from math import comb, fsum, isfinite, sqrt
from typing import TYPE_CHECKING

from msgspec.structs import replace

from results_bot.judge.evidence.means import FEW, Moments, student, two_means
from results_bot.model import Evidence, EvidenceKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_ARRANGEMENTS = 200_000


def replicates(before: Sequence[float], after: Sequence[float]) -> Evidence | None:
    """Compare the values of one metric over the seeds of either side.

    - 2 to 8 on one side: Student. The smallest two-sided p-value that n against n seeds can
      reach by permutation is 2 / C(2n, n): 0.1 for 3, 0.029 for 4, 0.0079 for 5, 0.00016 for 8.
      By permutation three seeds could never show anything, five never among seven comparisons.
    - 9 against 9 to 10 against 10: exact permutation.
    - more: Welch.
    - one value against several: Student with the only variance there is (Crawford, Howell 1998).
    - no spread within either side: the exact permutation p-value, however coarse, because
      the others would claim certainty from two equal numbers.

    With the permutation comes Welch's interval. `n` is the number of seeds on both sides together.
    None for two single values or an empty side, and where a value is not finite.
    """
    sizes = len(before), len(after)
    if min(sizes) < 1 or max(sizes) < 2 or not all(map(isfinite, chain(before, after))):
        return None
    if len(set(before)) == len(set(after)) == 1:
        return _without_spread(before, after)
    if sizes[0] == 1:
        return one_against_several(before[0], moments(after))
    if sizes[1] == 1:
        return mirrored(one_against_several(after[0], moments(before)))
    evidence = two_means(moments(before), moments(after), EvidenceKind.SEEDS)
    if evidence is None or min(sizes) <= FEW or comb(sum(sizes), sizes[0]) > MOST_ARRANGEMENTS:
        return evidence
    p_value = _permutation(before, after)
    return Evidence(
        evidence.kind, "permutation, exact", p_value, None, evidence.interval, evidence.n
    )


def moments(values: Sequence[float]) -> Moments:
    """Return mean, sample standard deviation and count of at least two finite values."""
    mean = fsum(values) / len(values)
    squares = fsum((value - mean) ** 2 for value in values)
    return Moments(mean, sqrt(squares / (len(values) - 1)), len(values))


def smallest_p(before: int, after: int) -> float:
    """Return the smallest two-sided p-value a permutation of so many seeds can reach.

    With sides of equal size every arrangement has a mirror image that is as extreme.
    """
    return (2 if before == after else 1) / comb(before + after, before)


def _without_spread(before: Sequence[float], after: Sequence[float]) -> Evidence:
    """Judge sides that repeat one number each: only the arrangement seen is as extreme."""
    p_value = 1.0 if before[0] == after[0] else smallest_p(len(before), len(after))
    n = len(before) + len(after)
    return Evidence(EvidenceKind.SEEDS, "permutation, exact", p_value, n=n)


def one_against_several(before: float, after: Moments) -> Evidence | None:
    """Ask whether a single value could be one more seed of the other side."""
    if after.std == 0 or after.n < 2:
        return None
    error = after.std * sqrt(1 + 1 / after.n)
    p_value, interval = student(after.mean - before, error, after.n - 1)
    test = "Student, one value against replicates"
    return Evidence(EvidenceKind.SEEDS, test, p_value, None, interval, after.n + 1)


def mirrored(evidence: Evidence | None) -> Evidence | None:
    """Return the same evidence with the sides swapped."""
    if evidence is None or evidence.interval is None:
        return evidence
    low, high = evidence.interval
    return replace(evidence, interval=(-high, -low))


def _permutation(before: Sequence[float], after: Sequence[float]) -> float:
    """Return the share of all arrangements whose Welch statistic is as extreme as the one seen.

    The studentised statistic is exact for exchangeable seeds and stays valid, for many seeds,
    where the variances differ (Janssen 1997).
    """
    import numpy as np

    # Centred, so that the sums of squares keep their digits.
    pooled = np.array([*before, *after])
    pooled -= pooled.mean()
    first = pooled[_arrangements(pooled.size, len(before))]
    statistic = _squared_welch(first, pooled)
    # The first arrangement is the one seen; equal ones may differ in the last digits.
    return float(np.mean(statistic >= statistic[0] * (1 - 1e-9) - 1e-12))


@lru_cache(maxsize=4)
def _arrangements(total: int, size: int) -> NDArray[np.intp]:
    """Return every choice of `size` of `total` places, shape (C(total, size), size)."""
    import numpy as np

    places = chain.from_iterable(combinations(range(total), size))
    return np.fromiter(places, dtype=np.intp).reshape(-1, size)


def _squared_welch(first: NDArray[np.float64], pooled: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Welch's squared statistic of every arrangement of centred values, shape (rows,).

    Infinite where neither side varies.
    """
    import numpy as np

    n, m = first.shape[1], pooled.size - first.shape[1]
    sums, squares = first.sum(axis=1), np.einsum("ij,ij->i", first, first)
    first_part = np.maximum(squares - sums**2 / n, 0) / (n - 1) / n
    second_part = np.maximum(pooled @ pooled - squares - sums**2 / m, 0) / (m - 1) / m
    with np.errstate(divide="ignore"):
        statistic: NDArray[np.float64] = (sums / n + sums / m) ** 2 / (first_part + second_part)
    return statistic

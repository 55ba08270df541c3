"""Find progress in a series: what got better for a reason is no noise, and would excuse its loss.

It comes in steps, which an F test of levels finds, or bit by bit, which the rank test of Mann
(1945) and Kendall (1975) finds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise
from math import comb, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_STEPS = 4
"""Steps that are looked for at once."""
FEWEST = 4
"""Fewer values have no noise that steps would stand out of."""


class Steps(NamedTuple):
    """Where a series rises to another level, and how likely chance alone makes such steps."""

    starts: tuple[int, ...] = ()
    """Index of the first value of each level but the oldest."""
    p_value: float = 1.0
    std: float = 0.0
    """Standard deviation within the levels."""


def steps(values: Sequence[float]) -> Steps:
    """Return the steps that split finite `values` into rising levels best.

    The p-value is that of an F test against one level, times the number of ways to place as many
    steps. The noise is at least the smallest step between two values.
    """
    import numpy as np
    from scipy.special import fdtrc

    series = np.asarray(values, dtype=np.float64)
    series = series - series.mean()
    distinct = np.unique(series)
    if len(series) < FEWEST or len(distinct) < 2:
        return Steps()
    least, whole = np.diff(distinct).min() ** 2, float(series @ series)
    best = Steps()
    for starts in _best_splits(series, min(MOST_STEPS, len(series) - FEWEST + 1)):
        levels = [series[start:end] for start, end in pairwise([0, *starts, len(series)])]
        means = [float(one.mean()) for one in levels]
        freedom = len(series) - len(levels)
        rest = max(sum(float(((one - one.mean()) ** 2).sum()) for one in levels), freedom * least)
        if rest < whole and all(low < high for low, high in pairwise(means)):
            ratio = (whole - rest) / len(starts) / (rest / freedom)
            ways = comb(len(series) - 1, len(starts))
            p_value = ways * float(fdtrc(len(starts), freedom, ratio))
            found = Steps(tuple(starts), p_value, sqrt(rest / freedom))
            best = min(best, found, key=lambda one: one.p_value)
    return best


def _best_splits(series: Array, most: int) -> list[list[int]]:
    """Return the starts of the levels with the least squares: for 1 step, 2, up to `most`."""
    import numpy as np

    at = np.arange(len(series) + 1)
    sums, squares = (np.concatenate([[0.0], one.cumsum()]) for one in (series, series**2))
    lengths = at[None, :] - at[:, None]
    within = (squares[None, :] - squares[:, None]) - (sums[None, :] - sums[:, None]) ** 2 / (
        np.maximum(lengths, 1)
    )
    cost = np.where(lengths > 0, within, np.inf)
    best, last_starts, found = cost[0], [], []
    for _ in range(most):
        total = best[:, None] + cost
        last_starts.append(total.argmin(0))
        best = total.min(0)
        starts = [len(series)]
        for of_step in reversed(last_starts):
            starts.insert(0, int(of_step[starts[0]]))
        found.append(starts[:-1])
    return found


def p_of_trend(values: Sequence[float]) -> float:
    """Return the one-sided p-value of the rank test of Mann and Kendall for values that rise."""
    pairs = list(combinations(values, 2))
    excess = sum((late > early) - (late < early) for early, late in pairs)
    sizes = [len(values), *Counter(values).values()]
    whole, *ties = (size * (size - 1) * (2 * size + 5) / 18 for size in sizes)
    variance = whole - sum(ties)
    if excess <= 0 or not variance > 0:
        return 1.0
    return NormalDist().cdf((1 - excess) / sqrt(variance))

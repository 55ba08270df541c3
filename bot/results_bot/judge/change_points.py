"""Detect where a series changes its level: e-divisive (Matteson and James 2014).

The method that Apache Otava and MongoDB use, with its authors' permutation test on a fixed seed. It
assumes nothing of how the values are distributed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEVEL = 0.05
PERMUTATIONS = 199
SMALLEST = 2
"""Values that a level has at least; one alone is an outlier."""
FEWEST = 7
"""Fewer values have no order that is significant at LEVEL."""
MOST = 200
"""Only the last values are searched: the work grows with their square."""
_SEED = 20_140_101


class ChangePoint(msgspec.Struct, frozen=True):
    """A place in a series where its level changes."""

    at: int
    """Index of the first value of the new level."""
    before: float
    after: float
    """Means of the levels on both sides, each up to the next change."""
    p_value: float


def change_points(values: Sequence[float]) -> list[ChangePoint]:
    """Return the changes of level in finite `values`, in order."""
    import numpy as np

    skipped = max(0, len(values) - MOST)
    series = np.asarray(values[skipped:], dtype=np.float64)
    if len(series) < FEWEST or bool((series == series[0]).all()):
        return []
    distances = np.abs(series[:, None] - series[None, :])
    random = np.random.default_rng(_SEED)
    found: dict[int, float] = {}
    while True:
        ends = [0, *sorted(found), len(series)]
        gain, at = _best(distances, ends)
        p_value = _p_value(distances, ends, gain, random)
        if not at or p_value > LEVEL:
            break
        found[at] = p_value
    means = [float(series[start:end].mean()) for start, end in pairwise(ends)]
    return [
        ChangePoint(at + skipped, before, after, found[at])
        for at, before, after in zip(ends[1:-1], means, means[1:], strict=False)
    ]


def _best(distances: Array, ends: Sequence[int]) -> tuple[float, int]:
    """Return the largest gain of one more change point, and its place; 0 if there is none."""
    best = (0.0, 0)
    for start, end in pairwise(ends):
        if end - start >= 2 * SMALLEST:
            gain, at = _split(distances[start:end, start:end])
            best = max(best, (gain, start + at), key=lambda one: one[0])
    return best


def _split(distances: Array) -> tuple[float, int]:
    """Return the largest energy statistic Q(tau, kappa) of a cluster, and its tau.

    Q compares the first tau values with those up to kappa; all tau < kappa are computed at once.
    """
    import numpy as np

    size = len(distances)
    sums = np.zeros((size + 1, size + 1))
    distances.cumsum(0).cumsum(1, out=sums[1:, 1:])
    ends = sums.diagonal()
    crossing, left, right = _weights(size)
    gains = sums[SMALLEST : size - SMALLEST + 1, 2 * SMALLEST :] * crossing
    gains += ends[SMALLEST : size - SMALLEST + 1, None] * left
    gains += ends[2 * SMALLEST :] * right
    row, column = divmod(int(gains.argmax()), gains.shape[1])
    return float(gains[row, column]), row + SMALLEST


@lru_cache(maxsize=64)
def _weights(size: int) -> tuple[Array, Array, Array]:
    """Return the weights of sums of distances in Q, by tau and kappa; 0 where those do not fit.

    With S(a, b) the sum over the first a and the first b values, Q is a weighted sum of
    S(tau, kappa), S(tau, tau) and S(kappa, kappa).
    """
    import numpy as np

    tau = np.arange(SMALLEST, size - SMALLEST + 1)[:, None]
    kappa = np.arange(2 * SMALLEST, size + 1)[None, :]
    right = np.maximum(kappa - tau, SMALLEST)
    scale = np.where(kappa - tau >= SMALLEST, tau * right / (tau + right), 0.0)
    between = 2 / (tau * right)
    in_left, in_right = 1 / (tau * (tau - 1)), 1 / (right * (right - 1))
    return (
        scale * (between + 2 * in_right),
        -scale * (between + in_left + in_right),
        -scale * in_right,
    )


def _p_value(
    distances: Array, ends: Sequence[int], gain: float, random: np.random.Generator
) -> float:
    """Return the share of permutations within clusters that gain as much; 1 above LEVEL."""
    import numpy as np

    extreme = 1
    for _ in range(PERMUTATIONS):
        order = np.concatenate([random.permutation(np.arange(*pair)) for pair in pairwise(ends)])
        # Sums in another order differ in the last digit.
        extreme += _best(distances[np.ix_(order, order)], ends)[0] >= gain * (1 - 1e-9)
        if extreme > LEVEL * (PERMUTATIONS + 1):
            return 1.0  # It cannot fall below the level again.
    return extreme / (PERMUTATIONS + 1)

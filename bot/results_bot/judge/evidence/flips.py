"""A mean of differences judged by turning their signs: p-value and interval from one distribution.

Chooses between all sign patterns, a fixed sample of them, and Student's t where n is huge.
"""

from __future__ import annotations

from math import inf, isinf, sqrt
from typing import TYPE_CHECKING

from results_bot.judge.evidence.means import LEVEL, student

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_ENUMERATED = 13
MOST_RESAMPLED = 100_000
FIRST_RESAMPLES, ALL_RESAMPLES = 1_000, 10_000
_SEED = 20_260_101
_CELLS = 1 << 18  # signs in one block of resamples: 2 MB as floats, which stay in the cache


def mean_by_flips(
    differences: NDArray[np.float64], mean: float
) -> tuple[str, float, tuple[float, float] | None]:
    """Return test, p-value and interval; no interval where so few pairs bound nothing."""
    n = differences.size
    if n > MOST_RESAMPLED:
        error = float(differences.std(ddof=1)) / sqrt(n)
        if error == 0:
            return "paired t", float(mean == 0), (mean, mean)
        return "paired t", *student(mean, error, n - 1)
    if n <= MOST_ENUMERATED:
        sums = _subset_sums(differences, 2**n)
        test, p_value = "sign flips, exact", float(_as_far(sums, differences, mean).mean())
    else:
        # Most comparisons have nothing to show: a hundred resamples as far out settle that
        # (sequential Monte Carlo: Besag, Clifford 1991), at a tenth of the cost.
        sums = _subset_sums(differences, FIRST_RESAMPLES)
        if _as_far(sums, differences, mean).sum() <= 100:
            sums = _subset_sums(differences, ALL_RESAMPLES)
        test, p_value = "paired bootstrap", _tail(sums, differences, mean)
    return test, p_value, _typical_values(sums, differences)


def _subset_sums(differences: NDArray[np.float64], resamples: int) -> NDArray[np.float64]:
    """Return count and sum of the differences that keep their sign, shape (resamples, 2).

    The first row keeps all: it is the sample seen. Up to 13 pairs and 2**n rows, each choice of
    signs comes once; otherwise they are drawn, in blocks of bounded size.
    """
    import numpy as np

    n, rng = differences.size, np.random.default_rng(_SEED)
    columns = np.column_stack([np.ones(n), differences])
    rows = min(resamples, max(1, _CELLS // n))
    # One buffer for all blocks: fresh memory for each would cost five times the arithmetic.
    floats = np.empty((rows, n))
    sums = [columns.sum(axis=0, keepdims=True)]
    for start in range(1, resamples, rows):
        size = min(rows, resamples - start)
        kept = _every_choice(n) if n <= MOST_ENUMERATED else _some_choices(size, n, rng)
        floats[:size] = kept
        sums.append(floats[:size] @ columns)
    return np.concatenate(sums)


def _every_choice(n: int) -> NDArray[np.uint8]:
    """Return all choices of n things but the one that keeps all, shape (2**n - 1, n)."""
    import numpy as np

    numbers = np.arange(2**n - 1, dtype=">u2").view(np.uint8).reshape(-1, 2)
    return np.unpackbits(numbers, axis=1)[:, -n:]


def _some_choices(rows: int, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    import numpy as np

    width = (n + 7) // 8
    bits = np.frombuffer(rng.bytes(rows * width), dtype=np.uint8).reshape(rows, width)
    return np.unpackbits(bits, axis=1, count=n)


def _as_far(
    sums: NDArray[np.float64], differences: NDArray[np.float64], mean: float
) -> NDArray[np.bool_]:
    """Tell which sign flips bring the mean as far from zero as it is, but for rounding."""
    flipped = abs(2 * sums[:, 1] / differences.size - mean)
    as_far: NDArray[np.bool_] = flipped >= mean - 1e-12 * abs(differences).mean()
    return as_far


def _tail(sums: NDArray[np.float64], differences: NDArray[np.float64], mean: float) -> float:
    """Return the share of sign flips as far out, or an estimate where there is nothing to count.

    A report of a thousand comparisons asks a lone change for p below 0.00005. Beyond the tenth
    of the resamples the tail is the normal one, stretched to pass through that tenth. A mean of
    numbers whose signs are turned has lighter tails than that (Hoeffding 1963), so that the
    estimate errs on the cautious side; and one pattern of signs is never less likely than it is.
    """
    from scipy import special

    resamples, n = len(sums), differences.size
    as_far = int(_as_far(sums, differences, mean).sum())
    if as_far > 10:
        return as_far / resamples
    tenth = float(sorted(abs(2 * sums[1:, 1] / n - mean))[-10])
    p_value = 2 * float(special.ndtr(special.ndtri(5 / resamples) * mean / tenth))
    return max(p_value, 2.0 ** (1 - n))


def _typical_values(
    sums: NDArray[np.float64], differences: NDArray[np.float64]
) -> tuple[float, float] | None:
    """Return the true differences that the sign flips do not reject at 5 %.

    A flip brings the mean as far from a supposed value as it is exactly if that value lies
    between the mean of the kept differences and that of the turned ones (Hartigan 1969).
    """
    import numpy as np

    count, total = sums[:, 0], differences.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.stack([sums[:, 1] / count, (total - sums[:, 1]) / (differences.size - count)])
    whole = (count == 0) | (count == differences.size)
    low = np.where(whole, -inf, means.min(axis=0))
    high = np.where(whole, inf, means.max(axis=0))
    rank = int(LEVEL * len(sums))
    ends = float(np.sort(low)[rank]), float(np.sort(high)[-1 - rank])
    return None if isinf(ends[0]) or isinf(ends[1]) else ends

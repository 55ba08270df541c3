"""The tests that ours are held against, as textbooks have them, for many comparisons at once."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def two_sided(z: Floats) -> Floats:
    return np.asarray(2 * special.ndtr(-np.abs(z)), np.float64)


def t_p(difference: Floats, error: Floats, freedom: Floats | float) -> Floats:
    return np.asarray(
        2 * special.stdtr(freedom, -np.abs(difference) / np.maximum(error, 1e-300)), np.float64
    )


def student_p(before: Floats, after: Floats) -> Floats:
    """Student with one variance, the strongest test of two normal samples; shape (c, n)."""
    n, m = before.shape[1], after.shape[1]
    scatter = before.var(1) * n + after.var(1) * m
    error = np.sqrt(scatter / (n + m - 2) * (1 / n + 1 / m))
    return t_p(after.mean(1) - before.mean(1), error, n + m - 2)


def welch_p(before: Floats, after: Floats) -> Floats:
    """Welch from mean, std and n of the two sides, shape (c, n); 1 where a side is one value."""
    n, m = before.shape[1] - 1, after.shape[1] - 1
    if min(n, m) == 0:
        return np.ones(len(before))
    first, second = before.var(1) / n, after.var(1) / m
    freedom = (first + second) ** 2 / np.maximum(first**2 / n + second**2 / m, 1e-300)
    return t_p(after.mean(1) - before.mean(1), np.sqrt(first + second), freedom)


def paired_t_p(difference: Floats) -> Floats:
    n = difference.shape[1]
    return t_p(difference.mean(1), difference.std(1, ddof=1) / sqrt(n), n - 1)


def wilcoxon_p(difference: Floats) -> Floats:
    """Signed ranks by their normal limit, without ties."""
    n = difference.shape[1]
    ranks = np.abs(difference).argsort(1).argsort(1) + 1.0
    total = (ranks * np.sign(difference)).sum(1)
    return two_sided(total / sqrt(n * (n + 1) * (2 * n + 1) / 6))


def mid_p(gained: NDArray[np.int_], lost: NDArray[np.int_]) -> Floats:
    """McNemar's mid-p test whatever the number of discordant pairs."""
    both, fewer = gained + lost, np.minimum(gained, lost)
    below = np.where(fewer > 0, special.bdtr(np.maximum(fewer - 1, 0), both, 0.5), 0.0)
    return np.minimum(1.0, special.bdtr(fewer, both, 0.5) + below)


def hochberg(p_values: Floats) -> Floats:
    """Adjust as Benjamini and Hochberg, written apart from ours."""
    order = np.argsort(-p_values)
    stepped = p_values[order] * len(p_values) / np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum.accumulate(stepped)
    return adjusted

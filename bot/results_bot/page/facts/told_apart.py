"""Whether two runs differ by more than what is known of noise: seeds, sample counts."""

from __future__ import annotations

from math import inf, sqrt
from statistics import NormalDist

import msgspec

from results_bot.metric_names import is_share, split_of
from results_bot.model import Metric
from results_bot.page.facts.test_sets import sample_count
from results_bot.page.material import SectionView
from results_bot.table import Value

ALPHA = 0.05


class Difference(msgspec.Struct, frozen=True):
    """What is known of the difference between two runs."""

    is_real: bool
    """Chance alone makes so large a difference in less than 5 % of cases."""
    by: str
    """The evidence in words: `5 seeds`, `500 samples`."""


def told_apart(view: SectionView, metric: Metric, one: str, other: str) -> Difference | None:
    """Compare two runs of a section; None where nothing is known about the noise of the metric."""
    first, second = (view.rows[name].values.get(metric.key) for name in (one, other))
    if first is None or second is None:
        return None
    if first.std is not None and second.std is not None:
        return _by_seeds(first, second)
    if first.std is None and second.std is None and is_share(metric.key):
        split = split_of(metric.key)
        counts = {sample_count(view.runs.get(name), split) for name in (one, other)}
        count = counts.pop() if len(counts) == 1 else None
        return _by_counts(first, second, count) if count else None
    return None


def _by_seeds(one: Value, other: Value) -> Difference | None:
    """Compare two means by Welch's test."""
    first, second = ((v.number, v.std or 0.0, v.n or 0) for v in (one, other))
    if first[0] is None or second[0] is None or min(first[2], second[2]) < 2:
        return None
    difference, by = abs(first[0] - second[0]), f"{min(first[2], second[2])} seeds"
    squares = [std**2 / n for _, std, n in (first, second)]
    if not sum(squares):
        return Difference(difference > 0, by)
    terms = zip(squares, (first[2], second[2]), strict=True)
    freedom = sum(squares) ** 2 / sum(square**2 / (n - 1) for square, n in terms)
    from scipy.special import stdtr

    p_value = 2 * float(stdtr(freedom, -difference / sqrt(sum(squares))))
    return Difference(p_value < ALPHA, by)


def _by_counts(one: Value, other: Value, count: int) -> Difference | None:
    """Compare two shares of `count` samples, as if measured on two test sets.

    That is careful: on one and the same test set a smaller difference may be real.
    """
    numbers = [value.number for value in (one, other) if value.number is not None]
    whole = 100.0 if max(numbers, default=0.0) > 1 else 1.0
    shares = [number / whole for number in numbers]
    if len(shares) < 2 or not all(0 <= share <= 1 for share in shares):
        return None
    variance = sum(share * (1 - share) for share in shares) / count
    z = abs(shares[0] - shares[1]) / sqrt(variance) if variance else inf
    return Difference(2 * (1 - NormalDist().cdf(z)) < ALPHA, f"{count:,} samples")

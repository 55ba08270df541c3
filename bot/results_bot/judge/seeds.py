"""Measure the seeds of a row, and find those that failed: one far off, or a spread that grew."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from results_bot.judge.evidence.independent import HUGE, Moments, known_moments, moments
from results_bot.judge.noise import is_huge
from results_bot.model import Direction, Metric, Row
from results_bot.page.section import RunRow, Section

FEWEST_SEEDS = 3
"""Seeds of which one can be far from the others, and whose spread can be compared."""
FAR = 10
"""Times the spread of the others that such a seed is from the next."""
RARE = 0.001
"""How likely chance alone may make the spreads of the others so small, or one so much wider."""
LEAST_SPREAD = 0.05
"""As a share of the values: two of three seeds often agree by chance."""


def seeds_of(row: Row, metric: Metric) -> Moments | None:
    """Return the moments over the finite replicates of a row; of a single run its value alone."""
    own = row.values[metric.key]
    if not row.replicates and (own.n is not None or own.std is not None):
        # A page may hold mean and spread without the single values.
        return None if own.n is None or own.n < 2 else known_moments(own.number, own.std, own.n)
    values = [one.number(metric.key) for one in row.replicates or (row,)]
    numbers = [one for one in values if one is not None and isfinite(one)]
    usable = None not in values and all(abs(number) < HUGE for number in numbers)
    return moments(numbers) if numbers and usable else None


def grown_spread(before: RunRow, after: RunRow, metric: Metric) -> tuple[float, float] | None:
    """Return how far the seeds of a row spread before and now, where some of them failed.

    Their mean got worse, and they spread wider than before beyond chance, by the ratio of the
    variances, and wider than those of any row did. Seeds that were equal show no spread.
    """
    for row in (before.row, after.row):
        value = row.values.get(metric.key)
        if value is None or max(value.n or 1, len(row.replicates)) < FEWEST_SEEDS:
            return None
    was, now = seeds_of(before.row, metric), seeds_of(after.row, metric)
    if was is None or now is None or min(was.n, now.n) < FEWEST_SEEDS or not was.std > 0:
        return None
    is_worse = metric.better(now.mean - was.mean) is False
    if not (is_worse and metric.tolerance.exceeded(was.mean, now.mean)):
        return None
    from scipy.special import fdtrc

    ratio = now.std / was.std
    if fdtrc(now.n - 1, was.n - 1, ratio * ratio) > RARE:
        return None
    rows = [one for one in before.section.rows if metric.key in one.values]
    usual = max(one.std for row in rows if (one := seeds_of(row, metric)))
    return (was.std, now.std) if now.std > usual else None


def far_seed(row: Row, metric: Metric, sections: Iterable[Section]) -> tuple[str, float] | None:
    """Return the worst seed of a row and its value, if it is far from the others.

    That is beyond what the others of every row spread, in the `sections` of both sides, and either
    beyond noise by its size or beyond what those of this row spread; or by half of its value.
    """
    if len(row.replicates) < FEWEST_SEEDS or not (seeds := _worst_first(row, metric)):
        return None
    (worst, name), (second, _), *_, (best, _) = seeds
    gap, spread = abs(second - worst), abs(best - second)
    if gap > FAR * max(spread, LEAST_SPREAD * abs(best)) > 0:
        return name, worst
    if gap <= FAR * spread or not metric.tolerance.exceeded(second, worst):
        return None
    others = [
        (one.run == row.run, tuple(number for number, _ in found[1:]))
        for section in sections
        for one in section.rows
        if (found := _worst_first(one, metric))
    ]
    of_row = {numbers for is_own, numbers in others if is_own}
    is_far = _is_beyond(gap, {numbers for _, numbers in others})
    far = is_far and (is_huge(second, worst, metric) or _is_beyond(gap, of_row))
    return (name, worst) if far else None


def _is_beyond(gap: float, groups: Iterable[tuple[float, ...]]) -> bool:
    """Return True if a gap is far beyond what any of these groups of sorted values spreads.

    All but one of n normal values are k times closer together than usual in about one of
    k ** (n - 2) draws: the fewer they are, the farther the gap must be.
    """
    spreads = {one: spread for one in groups if (spread := abs(one[-1] - one[0]))}
    freedom = sum(len(one) - 1 for one in spreads)
    return bool(freedom) and gap > max(FAR, RARE ** (-1 / freedom)) * max(spreads.values())


def _worst_first(row: Row, metric: Metric) -> list[tuple[float, str]]:
    """Return value and name of a row's seeds; nothing where they are too few or not all finite."""
    values = ((one.number(metric.key), one.run) for one in row.replicates)
    found = [(number, run) for number, run in values if number is not None]
    finite = len(found) >= FEWEST_SEEDS and all(isfinite(number) for number, _ in found)
    return sorted(found, reverse=metric.direction is Direction.LOWER) if finite else []

"""Find a seed that failed: far worse than all others of its row."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from results_bot.judge.noise import is_huge
from results_bot.model import Direction, Metric, Row
from results_bot.page.section import Section

FEWEST_SEEDS = 3
"""Seeds of which one can be far from the others."""
FAR = 10
"""Times the spread of the others that such a seed is from the next."""
RARE = 0.001
"""How likely chance alone may make the spreads of the others so small."""
LEAST_SPREAD = 0.05
"""As a share of the values: two of three seeds often agree by chance."""


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

"""Changes of level: the statistic by its formula, false alarms counted, and known steps found."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results_bot.judge.change_points import FEWEST, LEVEL, MOST, SMALLEST, _split, change_points

Values = list[float]


def steps(*levels: tuple[int, float], noise: float = 0.0, seed: int = 0) -> Values:
    random = np.random.default_rng(seed)
    return [level + noise * float(random.normal()) for count, level in levels for _ in range(count)]


def places(values: Values) -> list[int]:
    return [one.at for one in change_points(values)]


def energy(left: Values, right: Values) -> float:
    """Q of Matteson and James (2014), formulas 5 and 7, with alpha = 1, word for word."""
    n, m = len(left), len(right)
    between = sum(abs(x - y) for x, y in product(left, right)) * 2 / (m * n)
    in_left = sum(abs(x - y) for x, y in combinations(left, 2)) / (n * (n - 1) / 2)
    in_right = sum(abs(x - y) for x, y in combinations(right, 2)) / (m * (m - 1) / 2)
    return (between - in_left - in_right) * m * n / (m + n)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=4, max_size=14))
def test_the_statistic_is_the_papers(numbers: list[int]) -> None:
    values = [number / 10 for number in numbers]
    size = len(values)
    splits = {
        (tau, kappa): energy(values[:tau], values[tau:kappa])
        for tau in range(SMALLEST, size - SMALLEST + 1)
        for kappa in range(tau + SMALLEST, size + 1)
    }
    best = max(splits.values())
    series = np.array(values)
    gain, at = _split(np.abs(series[:, None] - series[None, :]))
    assert max(gain, 0.0) == pytest.approx(max(best, 0.0), abs=1e-9)
    if best > 1e-9:
        assert max(q for (tau, _), q in splits.items() if tau == at) == pytest.approx(best)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (steps((4, 1.0), (4, 2.0)), [4]),
        (steps((3, 1.0), (4, 2.0)), [3]),
        (steps((3, 1.0), (3, 2.0)), []),  # Too few for any order to be rare.
        (steps((20, 1.0)), []),
        (steps((10, 1.0), (1, 5.0), (10, 1.0)), []),  # One outlier is no level.
        (steps((10, 0.40), (10, 0.31), (10, 0.36), noise=0.008), [10, 20]),
        (steps((15, 0.9), (15, 0.7), (15, 0.9), (15, 0.8), noise=0.02), [15, 30, 45]),
        ([], []),
    ],
)
def test_steps_are_found_where_they_are(values: Values, expected: list[int]) -> None:
    assert places(values) == expected


def test_a_change_tells_both_levels_and_how_rare_it_is() -> None:
    first, second = change_points(steps((10, 1.0), (10, 3.0), (10, 2.0)))
    assert (first.before, first.after, second.before, second.after) == (1.0, 3.0, 3.0, 2.0)
    assert first.p_value == pytest.approx(0.005)
    assert second.p_value <= LEVEL


@pytest.mark.parametrize("size", [FEWEST, 12, 30])
def test_false_alarms_stay_at_the_level(size: int) -> None:
    """Of 400 series without a change 5 % are 20; over 33 would come up once in a thousand times."""
    random = np.random.default_rng(size)
    alarms = sum(bool(places(list(random.normal(size=size)))) for _ in range(400))
    assert alarms <= 33


def test_skewed_and_heavy_tails_raise_no_more_alarms() -> None:
    random = np.random.default_rng(7)
    alarms = sum(bool(places(list(random.standard_cauchy(size=15)))) for _ in range(400))
    assert alarms <= 33


def test_the_same_values_give_the_same_answer() -> None:
    values = steps((9, 0.0), (9, 1.0), noise=0.6, seed=3)
    assert change_points(values) == change_points(values)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=8, max_size=20),
    st.floats(0.1, 10),
    st.integers(-5, 5),
)
def test_the_unit_does_not_matter(values: list[int], scale: float, shift: int) -> None:
    moved = [scale * value + shift for value in values]
    assert places([float(value) for value in values]) == places(moved)


def test_only_the_last_values_of_a_long_history_are_looked_at() -> None:
    values = steps((40, 9.0), (MOST // 2, 1.0), (MOST // 2, 2.0))
    assert places(values) == [40 + MOST // 2]

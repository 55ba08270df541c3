"""When two written numbers are the same number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.numbers import agree, decimals

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (0.3484, 0.34838274932614555, True),
        (0.35, 0.34838, True),
        (0.3484, 0.3485, False),
        (0.3483, 0.34838274932614555, False),
        (1484.0, 1484.3, True),
        (13.0, 12.7, True),
        (1.0, 0.6, False),
        (0.0, 0.4, False),
        (0.0, -0.0, True),
        (0.1, 0.10000000149011612, True),
        (1e20, 1.00000001e20, True),
        (NAN, NAN, True),
        (NAN, 0.5, False),
        (INF, 5.0, False),
        (INF, -INF, False),
        (INF, INF, True),
    ],
)
def test_rounding_is_no_disagreement(one: float, other: float, same: bool) -> None:
    assert agree(one, other) is same
    assert agree(other, one) is same


@given(st.floats(-1e6, 1e6), st.integers(1, 12))
def test_a_rounded_number_agrees_with_itself(value: float, digits: int) -> None:
    assert agree(value, round(value, digits))


@pytest.mark.parametrize(
    ("value", "digits"), [(1.0, 0), (0.25, 2), (1e-7, 7), (1.5e-7, 8), (1e22, -22), (-0.125, 3)]
)
def test_decimals(value: float, digits: int) -> None:
    assert decimals(value) == digits

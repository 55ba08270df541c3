"""Evidence against figures worked out elsewhere: books, R and scipy, never this code."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np
import pytest
from results_bot.judge.evidence.independent import (
    Rate,
    proportions,
    replicates,
)
from results_bot.model import Evidence
from scipy import stats

# Extra hours of sleep after two drugs, ten patients (Student 1908; `sleep` in R).
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def near(value: float, rel: float | None = None, abs: float | None = None) -> Any:  # noqa: A002
    return pytest.approx(value, rel=rel, abs=abs)


def flags(both: int, gained: int, lost: int, neither: int) -> tuple[list[bool], list[bool]]:
    """Return right or wrong before and after for the four counts of a paired table."""
    before = [True] * both + [False] * gained + [True] * lost + [False] * neither
    after = [True] * both + [True] * gained + [False] * lost + [False] * neither
    return before, after


def found(evidence: Evidence | None) -> tuple[str, float, float, float]:
    assert evidence is not None
    assert evidence.p_value is not None
    assert evidence.interval is not None
    return evidence.test, evidence.p_value, *evidence.interval


# Fagerland, Lydersen, Laake, Statistical Analysis of Contingency Tables (2017), chapter 8, and
# BMC Medical Research Methodology 13:91 (2013).
PAIRED_TABLES = [
    # Cavo 2012: Tango -0.1240 to -0.0054.
    ((59, 6, 16, 80), 0.034, -0.1240, -0.0054),
    # Bentur 2009: exact unconditional P = 0.035, Tango -0.517 to -0.026.
    ((1, 1, 7, 12), 0.0353, -0.5172, -0.0260),
    # All agree: nothing to test; Tango's limits are then z^2 / (n + z^2) either way.
    ((40, 0, 0, 60), 1.0, -0.0370, 0.0370),
    # Nobody agrees: there is nothing left to be unconditional about.
    ((0, 10, 0, 0), 2 / 2**10, 0.4449, 1.0),
    # 24 discordant pairs are the last that are exact.
    ((100, 6, 18, 100), 0.0142, None, None),
]


def test_one_value_is_compared_with_the_spread_of_the_others() -> None:
    """Crawford, Howell: t = (8 - 5) / (1 * sqrt(1 + 1/3)) = 2.598, two degrees of freedom."""
    name, p, low, high = found(replicates([4.0, 5.0, 6.0], [8.0]))
    assert name == "Student, one value against replicates"
    assert p == near(2 * stats.t.sf(2.598076, 2), abs=1e-7)
    assert (low, high) == (near(3 - 4.9683, abs=1e-3), near(7.9683, abs=1e-3))
    assert found(replicates([8.0], [4.0, 5.0, 6.0]))[1:] == (near(p), near(-high), near(-low))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [1.0, 2.0]),
        ([1.0], [2.0]),
        ([1.0, nan], [1.0, 2.0]),
        # Deterministic trainings: neither side spreads, so that each is one value.
        ([0.95] * 3, [0.50] * 3),
        ([0.95] * 5, [0.95] * 3),
        ([0.95], [0.50] * 4),
        ([0.95] * 4, [0.50]),
    ],
)
def test_too_few_seeds_are_no_evidence(before: list[float], after: list[float]) -> None:
    assert replicates(before, after) is None


def test_two_proportions_give_the_published_figures() -> None:
    """Newcombe 1998, table II, 56/70 against 48/80: 0.0524 to 0.3339 by method 10."""
    name, p, low, high = found(proportions(Rate(48 / 80, 80), Rate(56 / 70, 70)))
    assert name == "two proportions"
    assert (low, high) == (near(0.0524, abs=5e-5), near(0.3339, abs=5e-5))
    table = np.array([[56, 14], [48, 32]])
    chi_square = stats.chi2_contingency(table, correction=False).statistic
    assert p == near(stats.chi2.sf(chi_square * 149 / 150, 1))


def test_rare_events_are_judged_by_fisher() -> None:
    """The only error falls on the larger side in 3 of 5 ways, on the other in fewer: all count."""
    name, p, *_ = found(proportions(Rate(299 / 300, 300), Rate(1.0, 200)))
    assert (name, p) == ("Fisher, exact", near(1.0))
    # 0 of 1 against 4 of 4: one way in five.
    name, p, *_ = found(proportions(Rate(0.0, 1), Rate(1.0, 4)))
    assert (name, p) == ("Fisher, exact", near(0.2))


@pytest.mark.parametrize("value", [0.0, 1.0, 0.25])
def test_equal_rates_show_no_difference(value: float) -> None:
    assert found(proportions(Rate(value, 40), Rate(value, 60)))[1] == near(1.0)


def test_rates_outside_their_range_are_refused() -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        proportions(Rate(34.84, 1484), Rate(35.0, 1484))


@pytest.mark.parametrize("rate", [Rate(0.5, 0), Rate(nan, 10)])
def test_rates_of_nothing_are_no_evidence(rate: Rate) -> None:
    assert proportions(rate, Rate(0.5, 10)) is None
    assert proportions(Rate(0.5, 10), rate) is None

"""What holds of the evidence whatever the data: mirror images, order, the adjustment."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from results_bot.config import DEFAULT_TOLERANCE
from results_bot.judge.evidence.independent import (
    Moments,
    moments,
    proportions,
    replicates,
    two_means,
)
from results_bot.judge.evidence.paired import mcnemar, paired_means
from results_bot.judge.significance import Judgement, adjust, judge
from results_bot.model import Direction, Evidence, EvidenceKind, Metric, Tolerance
from scipy import stats

numbers = st.floats(-100, 100).map(lambda value: round(value, 3))
counts = st.integers(1, 400)


Test = Callable[..., Evidence | None]


@st.composite
def sides(draw: st.DrawFn) -> tuple[Test, tuple[object, ...], tuple[object, ...]]:
    """Draw a test and two sides for it."""
    n = draw(st.integers(2, 30))
    spread = st.lists(numbers, min_size=2, max_size=10).filter(lambda one: len({*one}) > 1)
    share = st.builds(lambda n, one: (round(one * n) / n, n), counts, st.floats(0, 1))
    test, side = draw(
        st.sampled_from(
            [
                (mcnemar, st.lists(st.booleans(), min_size=n, max_size=n).map(lambda one: (one,))),
                (paired_means, st.lists(numbers, min_size=n, max_size=n).map(lambda one: (one,))),
                (replicates, spread.map(lambda one: (moments(one),))),
                (proportions, share),
                (
                    two_means,
                    st.builds(Moments, numbers, st.floats(0.01, 9), st.integers(2, 400)).map(
                        lambda one: (one,)
                    ),
                ),
            ]
        )
    )
    return test, draw(side), draw(side)


ALL_TIED = (paired_means, ([0.0] * 18,), ([0.0] * 16 + [1.0, -1.0],))


@settings(deadline=None, max_examples=150)
@given(sides())
@example(ALL_TIED)
def test_swapping_the_sides_mirrors_the_interval_and_keeps_p(
    drawn: tuple[Test, tuple[object, ...], tuple[object, ...]],
) -> None:
    test, one, other = drawn
    there, back = test(*one, *other), test(*other, *one)
    assert there is not None
    assert back is not None
    assert (there.kind, there.test, there.n) == (back.kind, back.test, back.n)
    assert there.p_value == pytest.approx(back.p_value, rel=1e-9)
    assert there.p_value is not None
    assert 0 <= there.p_value <= 1
    if there.interval is None or back.interval is None:
        assert there.interval == back.interval
    else:
        assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]), abs=1e-9)


@settings(deadline=None, max_examples=150)
@given(sides())
def test_identical_sides_have_p_one(
    drawn: tuple[Test, tuple[object, ...], tuple[object, ...]],
) -> None:
    test, one, _ = drawn
    evidence = test(*one, *one)
    assert evidence is not None
    assert evidence.p_value == pytest.approx(1.0)
    if evidence.interval is not None:
        assert evidence.interval[0] <= 0 <= evidence.interval[1]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(numbers, numbers, st.booleans(), st.booleans()), min_size=2, max_size=40),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_samples_does_not_matter(
    samples: list[tuple[float, float, bool, bool]], random: object
) -> None:
    shuffled = list(samples)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for first, second, test in ((0, 1, paired_means), (2, 3, mcnemar)):
        found = [
            test([sample[first] for sample in order], [sample[second] for sample in order])
            for order in (samples, shuffled)
        ]
        assert found[0] == found[1]


p_values = st.lists(st.none() | st.floats(0, 1), max_size=40)


@given(p_values)
def test_adjusting_agrees_with_scipy_and_leaves_none_alone(values: list[float | None]) -> None:
    adjusted = adjust(values)
    known = [value for value in values if value is not None]
    assert [value is None for value in adjusted] == [value is None for value in values]
    expected = list(stats.false_discovery_control(known)) if known else []
    assert [value for value in adjusted if value is not None] == pytest.approx(expected)


@given(p_values)
def test_adjusting_keeps_the_order_and_never_lowers(values: list[float | None]) -> None:
    pairs = [(p, q) for p, q in zip(values, adjust(values), strict=True) if p is not None]
    assert all(q is not None and p <= q <= 1 for p, q in pairs)
    ranked = [q for _, q in sorted(pairs, key=lambda pair: pair[0]) if q is not None]
    assert all(low <= high for low, high in pairwise(ranked))


def test_adjusting_gives_the_figures_of_the_paper() -> None:
    """Benjamini, Hochberg 1995, section 4.2: four of fifteen stand at 5 %, three by Bonferroni."""
    paper = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324]
    paper += [0.4262, 0.5719, 0.6528, 0.759, 1.0]
    adjusted = adjust([*paper[7:], None, *paper[:7]])
    assert sum(value is not None and value <= 0.05 for value in adjusted) == 4
    assert adjusted[9] == pytest.approx(0.0001 * 15)
    assert adjust([]) == []


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_adjusting_refuses_what_is_no_p_value(wrong: float) -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        adjust([0.5, wrong, None])


def with_p(p_value: float | None, adjusted: float | None = None) -> Evidence:
    return Evidence(EvidenceKind.SEEDS, "Welch's t-test", p_value, adjusted)


def metric(direction: Direction, tolerance: Tolerance) -> Metric:
    return Metric("reward", "Reward", direction, tolerance=tolerance)


LOWER, HIGHER = Direction.LOWER, Direction.HIGHER
LOOSE = Tolerance(relative=0.05, absolute=0.02)
DECISIONS = [
    (0.50, 0.60, LOWER, Tolerance(), with_p(0.01), Judgement.REGRESSION),
    (0.50, 0.60, HIGHER, Tolerance(), with_p(0.01), Judgement.IMPROVEMENT),
    (0.60, 0.50, HIGHER, Tolerance(), with_p(0.01), Judgement.REGRESSION),
    (0.60, 0.50, LOWER, Tolerance(), with_p(0.01), Judgement.IMPROVEMENT),
    (0.50, 0.60, LOWER, Tolerance(), with_p(0.05), Judgement.REGRESSION),
    (0.50, 0.60, LOWER, Tolerance(), with_p(0.0501), Judgement.NOISE),
    # The adjusted p-value decides where there is one.
    (0.50, 0.60, LOWER, Tolerance(), with_p(0.01, 0.2), Judgement.NOISE),
    # Both floors must be passed: 0.02 and 5 %.
    (0.50, 0.53, LOWER, LOOSE, with_p(0.01), Judgement.REGRESSION),
    (0.50, 0.519, LOWER, LOOSE, with_p(0.0), Judgement.WITHIN_TOLERANCE),
    (0.10, 0.115, LOWER, LOOSE, with_p(0.0), Judgement.WITHIN_TOLERANCE),
    (0.90, 0.94, LOWER, LOOSE, with_p(0.0), Judgement.WITHIN_TOLERANCE),
    # The default tolerance counts only where there is no p-value.
    (0.995, 0.986, HIGHER, DEFAULT_TOLERANCE, with_p(0.01), Judgement.REGRESSION),
    (0.995, 0.986, HIGHER, DEFAULT_TOLERANCE, with_p(0.2), Judgement.NOISE),
    (0.995, 0.986, HIGHER, DEFAULT_TOLERANCE, with_p(None), Judgement.WITHIN_TOLERANCE),
    (0.995, 0.986, HIGHER, Tolerance(relative=0.01), with_p(0.01), Judgement.WITHIN_TOLERANCE),
    # Without a p-value the owner's tolerance decides; or else only what is far beyond noise.
    (0.50, 0.53, LOWER, DEFAULT_TOLERANCE, with_p(None), Judgement.NOISE_UNKNOWN),
    (0.50, 1.01, LOWER, DEFAULT_TOLERANCE, with_p(None), Judgement.REGRESSION),
    (-0.50, -1.01, HIGHER, DEFAULT_TOLERANCE, with_p(None), Judgement.REGRESSION),
    (9.00, 4.00, HIGHER, DEFAULT_TOLERANCE, with_p(None), Judgement.REGRESSION),
    (0.01, -0.09, HIGHER, DEFAULT_TOLERANCE, with_p(None), Judgement.NOISE_UNKNOWN),
    (0.00, 0.09, LOWER, DEFAULT_TOLERANCE, with_p(None), Judgement.NOISE_UNKNOWN),
    (0.50, 0.53, LOWER, LOOSE, with_p(None), Judgement.REGRESSION),
    (0.50, 0.51, LOWER, LOOSE, with_p(None), Judgement.WITHIN_TOLERANCE),
    (0.50, 0.50, LOWER, Tolerance(), with_p(0.0), Judgement.WITHIN_TOLERANCE),
    (0.50, 0.60, Direction.UNKNOWN, Tolerance(), with_p(0.0), Judgement.UNJUDGED),
    (0.50, float("nan"), LOWER, Tolerance(), with_p(0.0), Judgement.UNJUDGED),
    (float("inf"), 0.5, LOWER, Tolerance(), with_p(0.0), Judgement.UNJUDGED),
]


@pytest.mark.parametrize(
    ("before", "after", "direction", "tolerance", "evidence", "outcome"), DECISIONS
)
def test_decisions(
    before: float,
    after: float,
    direction: Direction,
    tolerance: Tolerance,
    evidence: Evidence,
    outcome: Judgement,
) -> None:
    assert judge(before, after, metric(direction, tolerance), evidence) is outcome


@given(numbers, numbers, st.sampled_from([LOWER, HIGHER]), st.none() | st.floats(0, 1))
def test_swapping_the_sides_swaps_regression_and_improvement(
    before: float, after: float, direction: Direction, p_value: float | None
) -> None:
    swapped = {
        Judgement.REGRESSION: Judgement.IMPROVEMENT,
        Judgement.IMPROVEMENT: Judgement.REGRESSION,
    }
    one = metric(direction, Tolerance(absolute=0.5))
    there = judge(before, after, one, with_p(p_value))
    back = judge(after, before, one, with_p(p_value))
    assert back is swapped.get(there, there)
    if (after < before) == (direction is LOWER):
        assert there is not Judgement.REGRESSION

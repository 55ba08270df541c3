"""What holds of the evidence whatever the data: mirror images, order, the adjustment."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from results_bot.config import DEFAULT_TOLERANCE
from results_bot.judge.comparisons import Outcome, adjust, classify
from results_bot.judge.evidence.independent import Moments, Rate
from results_bot.judge.measurements import Measurement, strongest
from results_bot.model import Direction, Evidence, EvidenceKind, Tolerance
from scipy import stats

numbers = st.floats(-100, 100).map(lambda value: round(value, 3))
counts = st.integers(1, 400)


@st.composite
def sides(draw: st.DrawFn) -> tuple[Measurement, Measurement]:
    """Draw two sides that support one kind of evidence."""
    n = draw(st.integers(2, 30))
    kind = draw(st.sampled_from(["correct", "per_sample", "seeds", "rate", "over_samples"]))
    make = {
        "correct": st.lists(st.booleans(), min_size=n, max_size=n),
        "per_sample": st.lists(numbers, min_size=n, max_size=n),
        "seeds": st.lists(numbers, min_size=2, max_size=10).filter(lambda one: len({*one}) > 1),
        "rate": st.builds(lambda n, share: Rate(round(share * n) / n, n), counts, st.floats(0, 1)),
        "over_samples": st.builds(Moments, numbers, st.floats(0.01, 9), st.integers(2, 400)),
    }[kind]
    first, second = draw(make), draw(make)
    return Measurement(**{kind: first}), Measurement(**{kind: second})  # type: ignore[arg-type]


@settings(deadline=None, max_examples=150)
@given(sides())
@example((Measurement(per_sample=[0.0] * 18), Measurement(per_sample=[0.0] * 16 + [1.0, -1.0])))
def test_swapping_the_sides_mirrors_the_interval_and_keeps_p(
    pair: tuple[Measurement, Measurement],
) -> None:
    there, back = strongest(*pair), strongest(*reversed(pair))
    assert (there.kind, there.test, there.n) == (back.kind, back.test, back.n)
    assert there.p_value == pytest.approx(back.p_value, rel=1e-9)
    if there.interval is None or back.interval is None:
        assert there.interval == back.interval
    else:
        assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]), abs=1e-9)


@settings(deadline=None, max_examples=150)
@given(sides())
def test_identical_sides_have_p_one(pair: tuple[Measurement, Measurement]) -> None:
    evidence = strongest(pair[0], pair[0])
    assert evidence.p_value == pytest.approx(1.0)
    if evidence.interval is not None:
        assert evidence.interval[0] <= 0 <= evidence.interval[1]


@settings(deadline=None, max_examples=150)
@given(sides())
def test_p_values_lie_between_zero_and_one(pair: tuple[Measurement, Measurement]) -> None:
    p_value = strongest(*pair).p_value
    assert p_value is not None
    assert 0 <= p_value <= 1


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
    for first, second, field in ((0, 1, "per_sample"), (2, 3, "correct")):
        found = [
            strongest(
                Measurement(**{field: [sample[first] for sample in order]}),  # type: ignore[arg-type]
                Measurement(**{field: [sample[second] for sample in order]}),  # type: ignore[arg-type]
            )
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
    return Evidence(EvidenceKind.SEEDS, "Welch", p_value, adjusted)


LOWER, HIGHER = Direction.LOWER, Direction.HIGHER
LOOSE = Tolerance(relative=0.05, absolute=0.02)
DECISIONS = [
    (0.50, 0.60, LOWER, Tolerance(), with_p(0.01), Outcome.REGRESSION),
    (0.50, 0.60, HIGHER, Tolerance(), with_p(0.01), Outcome.IMPROVEMENT),
    (0.60, 0.50, HIGHER, Tolerance(), with_p(0.01), Outcome.REGRESSION),
    (0.60, 0.50, LOWER, Tolerance(), with_p(0.01), Outcome.IMPROVEMENT),
    (0.50, 0.60, LOWER, Tolerance(), with_p(0.05), Outcome.REGRESSION),
    (0.50, 0.60, LOWER, Tolerance(), with_p(0.0501), Outcome.NOISE),
    # The adjusted p-value decides where there is one.
    (0.50, 0.60, LOWER, Tolerance(), with_p(0.01, 0.2), Outcome.NOISE),
    # Both floors must be passed: 0.02 and 5 %.
    (0.50, 0.53, LOWER, LOOSE, with_p(0.01), Outcome.REGRESSION),
    (0.50, 0.519, LOWER, LOOSE, with_p(0.0), Outcome.WITHIN_TOLERANCE),
    (0.10, 0.115, LOWER, LOOSE, with_p(0.0), Outcome.WITHIN_TOLERANCE),
    (0.90, 0.94, LOWER, LOOSE, with_p(0.0), Outcome.WITHIN_TOLERANCE),
    # The default tolerance counts only where there is no p-value.
    (0.995, 0.986, HIGHER, DEFAULT_TOLERANCE, with_p(0.01), Outcome.REGRESSION),
    (0.995, 0.986, HIGHER, DEFAULT_TOLERANCE, with_p(0.2), Outcome.NOISE),
    (0.995, 0.986, HIGHER, DEFAULT_TOLERANCE, with_p(None), Outcome.WITHIN_TOLERANCE),
    (0.995, 0.986, HIGHER, Tolerance(relative=0.01), with_p(0.01), Outcome.WITHIN_TOLERANCE),
    # Without a p-value the tolerance alone decides.
    (0.50, 0.53, LOWER, LOOSE, with_p(None), Outcome.REGRESSION),
    (0.50, 0.51, LOWER, LOOSE, with_p(None), Outcome.WITHIN_TOLERANCE),
    (0.50, 0.50, LOWER, Tolerance(), with_p(0.0), Outcome.WITHIN_TOLERANCE),
    (0.50, 0.60, Direction.UNKNOWN, Tolerance(), with_p(0.0), Outcome.UNJUDGED),
    (0.50, float("nan"), LOWER, Tolerance(), with_p(0.0), Outcome.UNJUDGED),
    (float("inf"), 0.5, LOWER, Tolerance(), with_p(0.0), Outcome.UNJUDGED),
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
    outcome: Outcome,
) -> None:
    assert classify(before, after, direction, tolerance, evidence) is outcome


@given(numbers, numbers, st.sampled_from([LOWER, HIGHER]), st.none() | st.floats(0, 1))
def test_swapping_the_sides_swaps_regression_and_improvement(
    before: float, after: float, direction: Direction, p_value: float | None
) -> None:
    swapped = {
        Outcome.REGRESSION: Outcome.IMPROVEMENT,
        Outcome.IMPROVEMENT: Outcome.REGRESSION,
    }
    there = classify(before, after, direction, Tolerance(absolute=0.5), with_p(p_value))
    back = classify(after, before, direction, Tolerance(absolute=0.5), with_p(p_value))
    assert back is swapped.get(there, there)
    if (after < before) == (direction is LOWER):
        assert there is not Outcome.REGRESSION


FLAGS = [True, False] * 10
CHOICES = [
    (
        Measurement(correct=FLAGS, seeds=[1.0, 2.0]),
        Measurement(correct=FLAGS, seeds=[1.0, 3.0]),
        "McNemar, exact unconditional",
    ),
    (
        Measurement(correct=FLAGS, per_sample=[1.0] * 20),
        Measurement(per_sample=[2.0] * 20),
        "paired bootstrap",
    ),
    (
        Measurement(correct=FLAGS, seeds=[1.0, 2.0]),
        Measurement(correct=[True], seeds=[1.0, 3.0]),
        "Student",
    ),
    (Measurement(per_sample=[1.0, 2.0]), Measurement(per_sample=[1.0]), "tolerance alone"),
    (
        Measurement(per_sample=[1.0, float("nan")], rate=Rate(0.5, 9)),
        Measurement(per_sample=[1.0, 2.0], rate=Rate(0.6, 9)),
        "two proportions",
    ),
    (Measurement(over_seeds=Moments(0.5, 0.1, 5)), Measurement(seeds=[0.4, 0.5, 0.7]), "Student"),
    (
        Measurement(seeds=[0.4, 0.5, 0.7], rate=Rate(0.5, 9)),
        Measurement(seeds=[0.5, 0.7], rate=Rate(0.5, 9)),
        "Student",
    ),
    (
        Measurement(seeds=[0.4], rate=Rate(0.5, 9)),
        Measurement(over_seeds=Moments(0.5, 0.1, 5), rate=Rate(0.5, 9)),
        "Student, one value against replicates",
    ),
    (
        Measurement(seeds=[0.4, 0.5]),
        Measurement(seeds=[0.7]),
        "Student, one value against replicates",
    ),
    (
        Measurement(seeds=[0.4], rate=Rate(0.5, 9)),
        Measurement(seeds=[0.5], rate=Rate(0.6, 9)),
        "two proportions",
    ),
    (
        Measurement(over_samples=Moments(0.5, 0.1, 50)),
        Measurement(over_samples=Moments(0.6, 0.1, 60)),
        "Welch",
    ),
    (
        Measurement(rate=Rate(0.5, 9)),
        Measurement(over_samples=Moments(0.6, 0.1, 5)),
        "tolerance alone",
    ),
    (Measurement(), Measurement(), "tolerance alone"),
]


@pytest.mark.parametrize(("before", "after", "test"), CHOICES)
def test_the_strongest_evidence_both_sides_have_is_taken(
    before: Measurement, after: Measurement, test: str
) -> None:
    assert strongest(before, after).test == test


def test_seeds_remembered_by_the_page_count_as_seeds() -> None:
    remembered = strongest(
        Measurement(over_seeds=Moments(0.5, 0.1, 5)), Measurement(seeds=[0.4, 0.5, 0.7])
    )
    assert (remembered.kind, remembered.n) == (EvidenceKind.SEEDS, 8)
    alone = strongest(Measurement(), Measurement())
    assert (alone.kind, alone.p_value, alone.interval) == (EvidenceKind.TOLERANCE, None, None)


def test_arrays_do_as_well_as_lists() -> None:
    right = np.array(FLAGS)
    assert strongest(Measurement(correct=right), Measurement(correct=~right)) == strongest(
        Measurement(correct=FLAGS), Measurement(correct=[not flag for flag in FLAGS])
    )

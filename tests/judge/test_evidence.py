"""Evidence against figures worked out elsewhere: books, R and scipy, never this code."""

from __future__ import annotations

import tracemalloc
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from results_bot.judge.evidence.independent import (
    Moments,
    moments,
    proportions,
    replicates,
    two_means,
)
from results_bot.judge.evidence.paired import (
    EXACT_BELOW,
    MOST_RESAMPLED,
    discordant_p,
    mcnemar,
    paired_means,
)
from results_bot.model import Evidence, EvidenceKind
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


@pytest.mark.parametrize(("counts", "p_value", "low", "high"), PAIRED_TABLES)
def test_mcnemar_gives_the_published_figures(
    counts: tuple[int, int, int, int],
    p_value: float,
    low: float | None,
    high: float | None,
) -> None:
    name, p, *interval = found(mcnemar(*flags(*counts)))
    assert (name, p) == ("McNemar, exact unconditional", near(p_value, abs=5e-5))
    if low is not None and high is not None:
        assert interval == [near(low, abs=6e-5), near(high, abs=6e-5)]


@pytest.mark.parametrize("n", [6, 15, 40, 200])
@pytest.mark.parametrize("level", [0.05, 0.01, 0.001])
def test_exact_mcnemar_never_exceeds_its_level(n: int, level: float) -> None:
    """Every outcome with its true probability, for every true share of pairs that disagree."""
    few = range(min(n, EXACT_BELOW - 1) + 1)
    rejected = {
        discordant: sum(
            stats.binom.pmf(gained, discordant, 0.5)
            for gained in range(discordant + 1)
            if discordant_p(gained, discordant - gained, n) <= level
        )
        for discordant in few
    }
    # With many samples only shares at which 25 pairs hardly ever disagree are of this test alone.
    for share in np.linspace(0.001, min(1.0, 8 / n) if n > 24 else 1.0, 60):
        chance = sum(float(stats.binom.pmf(d, n, share)) * rejected[d] for d in few)
        assert chance <= level + 1e-9


def test_exact_mcnemar_finds_what_the_binomial_test_cannot() -> None:
    """Five to none of a hundred: 0.0625 by the binomial test, though it is rarer than 5 %."""
    assert stats.binomtest(0, 5).pvalue == near(0.0625)
    # Of a hundred samples at most so many disagree by chance that five to none comes to 2.5 %.
    assert discordant_p(0, 5, 100) == near(0.02526, abs=1e-5)
    # Where the five are all there is, both say the same.
    assert discordant_p(0, 5, 5) == near(0.0625)
    assert discordant_p(5, 0, 100) == discordant_p(0, 5, 100)
    # A million samples take no longer, and say what a thousand say.
    assert discordant_p(4, 20, 10**6) == near(discordant_p(4, 20, 1000), rel=0.01)


@pytest.mark.parametrize(("gained", "lost"), [(7, 18), (25, 0), (13, 13), (60, 90), (4000, 4200)])
def test_mcnemar_is_mid_p_from_25_discordant_pairs(gained: int, lost: int) -> None:
    fewer, discordant = min(gained, lost), gained + lost
    exact = stats.binomtest(fewer, discordant).pvalue
    mid_p = min(1.0, exact) - stats.binom.pmf(fewer, discordant, 0.5)
    name, p, *_ = found(mcnemar(*flags(9, gained, lost, 9)))
    assert name == "McNemar, mid-p"
    assert p == near(1.0 if gained == lost else mid_p, rel=1e-9)


def test_tango_interval_agrees_with_the_score_test() -> None:
    """At its ends the uncorrected chi-square of the tables 10 and lost passes 3.84."""
    for lost in range(10, 31):
        _, _, _, high = found(mcnemar(*flags(200, 10, lost, 200)))
        chi_square = (lost - 10) ** 2 / (lost + 10)
        assert (high < 0) == (chi_square > stats.chi2.isf(0.05, 1))


def test_few_pairs_are_gone_through_exactly() -> None:
    """Nobody slept less, one no longer: all plus or all minus, that one either way, of 1024."""
    name, p, low, high = found(paired_means(SLEEP_1, SLEEP_2))
    assert (name, p) == ("sign flips, exact", 4 / 1024)
    # Fisher-Pitman limits lie near Student's 0.70 and 2.46 on the side without the outlier.
    assert 0.70 < low < 1.1
    assert 2.3 < high < 2.7


def test_exact_interval_is_where_the_exact_test_stops_rejecting() -> None:
    _, _, low, high = found(paired_means(SLEEP_1, SLEEP_2))

    def p_if(difference: float) -> float:
        shifted = [value - difference for value in SLEEP_2]
        return found(paired_means(SLEEP_1, shifted))[1]

    assert p_if(low - 1e-6) <= 0.05 < p_if(low + 1e-6)
    assert p_if(high + 1e-6) <= 0.05 < p_if(high - 1e-6)


@pytest.mark.parametrize("n", [14, 60, 1484])
def test_bootstrap_of_normal_differences_agrees_with_student(n: int) -> None:
    rng = np.random.default_rng(n)
    before = rng.gamma(2, size=n)
    for effect in (0.0, 1.0, 2.2, 3.0):
        after = before + rng.standard_normal(n) + effect / n**0.5
        reference = stats.ttest_rel(after, before)
        bounds = reference.confidence_interval(0.95)
        name, p, low, high = found(paired_means(before, after))
        assert name == "paired bootstrap"
        assert p == near(reference.pvalue, abs=0.04, rel=0.3)
        width = bounds.high - bounds.low
        assert low == near(bounds.low, abs=0.08 * width)
        assert high == near(bounds.high, abs=0.08 * width)


def test_bootstrap_keeps_telling_apart_beyond_its_resamples() -> None:
    """Ten thousand resamples cannot count below 1e-4; reports of a thousand values need to."""
    rng = np.random.default_rng(5)
    before = rng.standard_normal(400)
    noise = rng.standard_normal(400)
    seen = [
        (found(paired_means(before, before + noise + shift))[1], shift)
        for shift in (0.15, 0.2, 0.25, 0.3, 0.4)
    ]
    assert seen == sorted(seen, reverse=True)
    for p, shift in seen:
        student = stats.ttest_1samp(noise + shift, 0).pvalue
        assert 0.1 < np.log(p) / np.log(student) < 1.15
    assert seen[-1][0] < 1e-9


def test_the_tail_is_cautious_where_all_signs_could_be_gone_through() -> None:
    """All 262,144 patterns of 18 signs give the true p-value, which resamples cannot count."""
    signs = (np.arange(2**18)[:, np.newaxis] >> np.arange(18) & 1) * 2.0 - 1
    ratios = []
    for seed in range(10):
        differences = np.random.default_rng(seed).standard_normal(18) + 1.25
        as_far = np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9
        ratios.append(found(paired_means(np.zeros(18), differences))[1] / as_far.mean())
    assert min(ratios) > 0.9
    assert max(ratios) < 5


def test_bootstrap_p_value_and_interval_agree() -> None:
    rng = np.random.default_rng(11)
    sides = set()
    for effect in np.linspace(0.05, 0.35, 40):
        before = rng.gamma(0.5, size=80)
        _, p, low, high = found(paired_means(before, before * np.exp(rng.normal(effect, 0.8, 80))))
        assert (p <= 0.05) == (low > 0 or high < 0)
        sides.add(p <= 0.05)
    assert sides == {True, False}


def test_a_hundred_thousand_pairs_need_little_memory() -> None:
    rng = np.random.default_rng(0)
    before = rng.standard_normal(MOST_RESAMPLED)
    after = before + rng.standard_normal(MOST_RESAMPLED)
    paired_means(before[:20], after[:20])  # imports scipy
    tracemalloc.start()
    evidence = paired_means(before, after)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert evidence is not None
    assert evidence.test == "paired bootstrap"
    assert peak < 20e6


def test_more_pairs_than_that_are_judged_by_student() -> None:
    rng = np.random.default_rng(0)
    before = rng.standard_normal(MOST_RESAMPLED + 1)
    after = before + rng.standard_normal(MOST_RESAMPLED + 1)
    name, p, *_ = found(paired_means(before, after))
    assert name == "paired t"
    assert p == near(stats.ttest_rel(after, before).pvalue)


@pytest.mark.parametrize("n", [2, 5, 13, 14, 50, MOST_RESAMPLED + 1])
def test_identical_samples_show_no_difference(n: int) -> None:
    evidence = paired_means(np.linspace(0, 3, n), np.linspace(0, 3, n))
    assert evidence is not None
    assert evidence.p_value == 1.0
    assert evidence.interval == (None if n < 6 else (0.0, 0.0))


@pytest.mark.parametrize(("n", "p_value"), [(2, 0.5), (5, 2 / 32), (13, 2 / 2**13)])
def test_one_and_the_same_shift_is_as_sure_as_the_pairs_are_many(n: int, p_value: float) -> None:
    evidence = paired_means([0.0] * n, [0.25] * n)
    assert evidence is not None
    assert evidence.p_value == near(p_value)


def test_welch_gives_what_r_prints_for_sleep() -> None:
    """R: t.test(extra ~ group, sleep): p-value = 0.07939, -3.3654832 to 0.2054832."""
    sides = [Moments(float(np.mean(s)), float(np.std(s, ddof=1)), 10) for s in (SLEEP_2, SLEEP_1)]
    evidence = two_means(sides[0], sides[1], EvidenceKind.SEEDS)
    assert found(evidence) == (
        "Welch's t-test",
        near(0.07939, abs=5e-6),
        near(-3.3654832, abs=5e-8),
        near(0.2054832, abs=5e-8),
    )
    assert evidence is not None
    assert (evidence.kind, evidence.n) == (EvidenceKind.SEEDS, 20)


@pytest.mark.parametrize(
    ("sizes", "name"),
    [
        *((sizes, "Welch's t-test") for sizes in ((9, 9), (11, 11), (9, 30), (50, 20))),
        *((sizes, "Student's t-test") for sizes in ((2, 2), (3, 3), (8, 8), (3, 5), (7, 2))),
        *((sizes, "Student's t-test") for sizes in ((10, 3), (5, 40))),
    ],
)
def test_few_seeds_on_one_side_share_a_variance(sizes: tuple[int, int], name: str) -> None:
    rng = np.random.default_rng(sizes[0])
    before, after = rng.normal(0, 1, sizes[0]), rng.normal(1, 3, sizes[1])
    reference = stats.ttest_ind(after, before, equal_var=name.startswith("Student"))
    bounds = reference.confidence_interval(0.95)
    assert found(replicates(moments(before.tolist()), moments(after.tolist()))) == (
        name,
        near(reference.pvalue),
        near(bounds.low),
        near(bounds.high),
    )


def test_one_value_is_compared_with_the_spread_of_the_others() -> None:
    """Crawford, Howell: t = (8 - 5) / (1 * sqrt(1 + 1/3)) = 2.598, two degrees of freedom."""
    name, p, low, high = found(replicates(moments([4.0, 5.0, 6.0]), moments([8.0])))
    assert name == "Crawford-Howell t-test"
    assert p == near(2 * stats.t.sf(2.598076, 2), abs=1e-7)
    assert (low, high) == (near(3 - 4.9683, abs=1e-3), near(7.9683, abs=1e-3))
    assert found(replicates(moments([8.0]), moments([4.0, 5.0, 6.0])))[1:] == (
        near(p),
        near(-high),
        near(-low),
    )


def test_two_proportions_give_the_published_figures() -> None:
    """Newcombe 1998, table II, 56/70 against 48/80: 0.0524 to 0.3339 by method 10."""
    name, p, low, high = found(proportions(48 / 80, 80, 56 / 70, 70))
    assert name == "two proportions"
    assert (low, high) == (near(0.0524, abs=5e-5), near(0.3339, abs=5e-5))
    table = np.array([[56, 14], [48, 32]])
    chi_square = stats.chi2_contingency(table, correction=False).statistic
    assert p == near(stats.chi2.sf(chi_square * 149 / 150, 1))


def test_rare_events_are_judged_by_fisher() -> None:
    """The only error falls on the larger side in 3 of 5 ways, on the other in fewer: all count."""
    name, p, *_ = found(proportions(299 / 300, 300, 1.0, 200))
    assert (name, p) == ("Fisher, exact", near(1.0))
    # 0 of 1 against 4 of 4: one way in five.
    name, p, *_ = found(proportions(0.0, 1, 1.0, 4))
    assert (name, p) == ("Fisher, exact", near(0.2))


@pytest.mark.parametrize("value", [0.0, 1.0, 0.25])
def test_equal_rates_show_no_difference(value: float) -> None:
    assert found(proportions(value, 40, value, 60))[1] == near(1.0)


@pytest.mark.parametrize(
    ("test", "sides"),
    [
        (mcnemar, ([], [])),
        (paired_means, ([], [])),
        (paired_means, ([1.0], [2.0])),
        (paired_means, ([1, nan, 2], [1, 2, 3])),
        (paired_means, ([1, 2], [inf, 2])),
        (two_means, (Moments(0.5, 0.1, 1), Moments(0.6, 0.1, 30))),
        (two_means, (Moments(0.5, 0.0, 9), Moments(0.6, 0.0, 9))),
        (two_means, (Moments(nan, 0.1, 9), Moments(0.6, 0.1, 9))),
        (two_means, (Moments(0.5, 0.1, 9), Moments(0.6, inf, 9))),
        (replicates, (moments([1.0]), moments([2.0]))),
        # Deterministic trainings: neither side spreads, so that each is one value.
        (replicates, (moments([0.95] * 3), moments([0.50] * 3))),
        (replicates, (moments([0.95] * 5), moments([0.95] * 3))),
        (replicates, (moments([0.95]), moments([0.50] * 4))),
        (replicates, (moments([0.95] * 4), moments([0.50]))),
        (proportions, (0.5, 0, 0.5, 10)),
        (proportions, (0.5, 10, nan, 10)),
    ],
)
def test_too_little_is_no_evidence(test: Any, sides: Any) -> None:
    assert test(*sides) is None

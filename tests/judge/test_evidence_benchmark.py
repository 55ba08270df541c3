"""The simulation behind docs/verdicts.md: repeatable, and its truths are true."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks import verdicts


@pytest.mark.parametrize("name", verdicts.MAIN)
def test_a_case_repeats_and_a_great_loss_is_found_where_it_is(name: str) -> None:
    task = verdicts.Task(name, 2, 2, verdicts.REGIMES[name].effects[-1] * 3, 1, replays=5)
    tallies = verdicts.play(task)
    assert tallies == verdicts.play(task)
    assert [tallies[rule].hits for rule in (verdicts.OURS, verdicts.STRONGEST)] == [5, 5]
    assert tallies[verdicts.OURS].reports == 5


@pytest.mark.parametrize("name", verdicts.REGIMES)
def test_every_kind_of_data_can_be_drawn_and_judged(name: str) -> None:
    tallies = verdicts.play(verdicts.Task(name, 2, 2, replays=2))
    assert {tally.reports for tally in tallies.values()} == {2}
    assert tallies[verdicts.OURS].hits == 0


def test_the_reference_tests_are_those_of_scipy() -> None:
    rng = np.random.default_rng(4)
    before, after = rng.normal(0, 1, (6, 12)), rng.normal(0.5, 2, (6, 12))
    one, two = verdicts.student_p(before, after), verdicts.welch_p(before, after)
    paired = verdicts.paired_t_p(after - before)
    ranks = stats.wilcoxon((after - before)[0].tolist(), method="approx").pvalue
    assert one == pytest.approx(stats.ttest_ind(after, before, axis=1).pvalue)
    assert two == pytest.approx(stats.ttest_ind(after, before, axis=1, equal_var=False).pvalue)
    assert paired == pytest.approx(stats.ttest_rel(after, before, axis=1).pvalue)
    assert verdicts.wilcoxon_p(after - before)[0] == pytest.approx(ranks)
    assert verdicts.hochberg(one) == pytest.approx(stats.false_discovery_control(one))

"""The simulation behind docs/verdicts.md: repeatable, its truths are true, its aims are held."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks import verdicts
from benchmarks.simulation import reference
from benchmarks.simulation.aims import MOST_BEHIND, Aim, met
from benchmarks.simulation.data import ANY, OURS, STRONGEST
from benchmarks.simulation.figures import write_records
from benchmarks.simulation.play import Results, Task, play, tasks
from benchmarks.simulation.regimes import EDGES, MAIN, REGIMES
from benchmarks.simulation.rules import LEVEL


@pytest.mark.parametrize("name", MAIN)
def test_a_case_repeats_and_a_great_loss_is_found_where_it_is(name: str) -> None:
    task = Task(name, 2, 2, REGIMES[name].effects[-1] * 3, 1, replays=5)
    tallies = play(task)
    assert tallies == play(task)
    assert [tallies[rule].hits for rule in (OURS, STRONGEST)] == [5, 5]
    assert tallies[OURS].reports == 5


@pytest.mark.parametrize("name", REGIMES)
def test_every_kind_of_data_can_be_drawn_and_judged(name: str) -> None:
    tallies = play(Task(name, 2, 2, replays=2))
    assert {tally.reports for tally in tallies.values()} == {2}
    assert tallies[OURS].hits == 0


SLOW = {"seeds-10", "losses", "losses-heavy"}
REPORTS = 120


@pytest.mark.parametrize("name", [name for name in (*MAIN, *EDGES) if name not in SLOW])
def test_unchanged_reports_stay_quiet(name: str) -> None:
    """More alarms than this would come once in ten thousand if the rate were 5 %."""
    tallies = play(Task(name, 5, 4, replays=REPORTS))
    most = stats.binom.isf(1e-4, REPORTS, LEVEL)
    assert tallies[OURS].alarmed <= most
    # The limit does tell: whoever calls each change an alarm is far beyond it.
    assert tallies[ANY].alarmed > 3 * most


@pytest.mark.parametrize("name", [name for name in (*MAIN, *EDGES) if name not in SLOW])
def test_a_true_loss_is_found_about_as_often_as_by_the_strongest_test(name: str) -> None:
    effects = REGIMES[name].effects
    task = Task(name, 1, 1, effects[len(effects) // 2], 1, replays=200)
    tallies = play(task)
    found, possible = tallies[OURS].hits, tallies[STRONGEST].hits
    assert possible >= 20, "an effect that nobody finds tells nothing"
    # Both see the same data; the few on which they part vary by the square root of their number.
    assert possible - found <= MOST_BEHIND * 200 + 3


def test_an_aim_is_missed_where_it_is_missed() -> None:
    task = Task("flags", 1, 1)
    fine = Aim("flags", 0.05, task, 1000, 0.05, task)
    loud, weak = fine._replace(alarms=0.08), fine._replace(behind=0.06)
    assert [met([one]) for one in (fine, loud, weak)] == [True, False, False]
    assert not met([fine, loud])


def test_results_are_artifacts_like_any_others(tmp_path: Path) -> None:
    results: Results = {}
    for task in tasks(quick=True):
        small = task.case
        results[small] = play(Task(task.regime, 1, 1, task.effect, min(task.worse, 1), replays=1))
    write_records(tmp_path, results)
    assert {path.parent.name for path in tmp_path.glob("*/metrics.json")} == {*MAIN, *EDGES}
    record = json.loads((tmp_path / "flags" / "metrics.json").read_text("utf-8"))
    assert record["data"] == REGIMES["flags"].title
    assert 0 <= record["mean_power"] <= 1
    assert json.loads(verdicts.as_json(results))[0].keys() > {"regime", "rule", "alarmed"}


def test_the_reference_tests_are_those_of_scipy() -> None:
    rng = np.random.default_rng(4)
    before, after = rng.normal(0, 1, (6, 12)), rng.normal(0.5, 2, (6, 12))
    one, two = reference.student_p(before, after), reference.welch_p(before, after)
    paired = reference.paired_t_p(after - before)
    ranks = stats.wilcoxon((after - before)[0].tolist(), method="approx").pvalue
    assert one == pytest.approx(stats.ttest_ind(after, before, axis=1).pvalue)
    assert two == pytest.approx(stats.ttest_ind(after, before, axis=1, equal_var=False).pvalue)
    assert paired == pytest.approx(stats.ttest_rel(after, before, axis=1).pvalue)
    assert reference.wilcoxon_p(after - before)[0] == pytest.approx(ranks)
    assert reference.hochberg(one) == pytest.approx(stats.false_discovery_control(one))

"""Every rule, over a table of cases in which it must speak and of near-misses in which not."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from results_bot.judge.rule import Case, Rule, severity_of
from results_bot.judge.rules import BUILT_IN, metric_regressed, rule
from results_bot.judge.verdict import reach
from results_bot.model import Severity

from tests.judge import cases_facts, cases_page, cases_values
from tests.judge.build import Cases, assert_golden, case, config, found, material
from tests.judge.cases_facts import COLLAPSED, SEEDS, seeded
from tests.judge.cases_values import BASE, TOLERANCE, B, counted, loss


def listed(*tables: Cases) -> list[Any]:
    return [
        pytest.param(rule_id, one, id=f"{rule_id}: {name}")
        for table in tables
        for rule_id, cases in table.items()
        for name, one in cases.items()
    ]


FIRES = listed(cases_values.FIRES, cases_page.FIRES, cases_facts.FIRES)
NEAR = listed(cases_values.NEAR, cases_page.NEAR, cases_facts.NEAR)


def test_each_case_that_fires_is_one_finding() -> None:
    text = ""
    for each in FIRES:
        rule_id, one = each.values
        (finding,) = found(one, rule_id)
        assert finding.run == (finding.runs[0] if len(finding.runs) == 1 else None)
        assert finding.tip in (rule(rule_id).TIP, metric_regressed.UNKNOWN_TIP)
        about = (finding.section, *finding.runs, finding.metric, finding.before, finding.after)
        known = " (known)" * finding.known
        text += f"{each.id}\n  {finding.severity}{known}: {finding.message}\n"
        text += f"  {' | '.join(one or '-' for one in about)}\n"
    assert_golden("rules.txt", text)


@pytest.mark.parametrize(
    ("told", "test"),
    [
        (counted(0.8, 0.7, 1000, "[rules]\nmetric-regressed = false"), "two proportions"),
        (loss(0.7), "tolerance alone"),
        (case(BASE, {"main": {"b": B}}, TOLERANCE), "tolerance alone"),
        (case(BASE, {"main": {"b": B}}), "size alone"),
        (case(BASE, {"main": {}}), None),
    ],
    ids=["the same run", "another leads", "the best left", "no tolerance is set", "nothing left"],
)
def test_a_best_value_tells_how_sure_it_is(told: Case, test: str | None) -> None:
    (finding,) = found(told, "best-regressed")
    assert (finding.evidence and finding.evidence.test) == test


@pytest.mark.parametrize(("rule_id", "one"), NEAR)
def test_near_miss(rule_id: str, one: Case) -> None:
    assert found(one, rule_id) == []


@pytest.mark.parametrize("one", BUILT_IN, ids=lambda one: one.ID)
def test_rule_is_complete(one: Rule) -> None:
    assert [each.values[0] for each in FIRES].count(one.ID) >= 3
    assert [each.values[0] for each in NEAR].count(one.ID) >= 6
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", one.ID)
    doc = inspect.getdoc(one) or ""
    assert re.fullmatch(r"[A-Z].+\.", doc), "one line"
    assert one.EXPLANATION.endswith(".")
    assert not one.TIP or one.TIP.endswith(".")
    assert len(one.TIP) < 100


def test_ids_are_unique() -> None:
    assert len({one.ID for one in BUILT_IN}) == len(BUILT_IN)


@pytest.mark.parametrize("one", BUILT_IN, ids=lambda one: one.ID)
def test_every_rule_can_be_switched(one: Rule) -> None:
    assert severity_of(one.ID, one.SEVERITY, config(f"[rules]\n{one.ID} = false")) is None
    assert severity_of(one.ID, one.SEVERITY, config(f"[rules]\n{one.ID} = true")) is one.SEVERITY
    for severity in Severity:
        assert (
            severity_of(one.ID, one.SEVERITY, config(f'[rules]\n{one.ID} = "{severity}"'))
            is severity
        )


@pytest.mark.parametrize(("rule_id", "one"), FIRES)
def test_off_is_off_and_a_severity_holds_for_every_finding(rule_id: str, one: Case) -> None:
    for chosen, severities in (("false", set()), ('"failure"', {Severity.FAILURE})):
        rules = config(f"[rules]\n{rule_id} = {chosen}")
        # What guards the configuration goes by the one before.
        before = one.base_config and structs.replace(one.base_config, rules=rules.rules)
        again = structs.replace(one, config=rules, base_config=before)
        assert {finding.severity for finding in found(again, rule_id)} <= severities


def test_true_leaves_each_finding_as_loud_as_the_rule_has_it() -> None:
    odd = cases_page.FIRES["test-set-changed"]["one of the section"]
    same = structs.replace(odd, config=config("[rules]\ntest-set-changed = true"))
    assert [f.severity for f in found(same, "test-set-changed")] == [Severity.WARNING]


def test_a_failed_seed_hides_no_other() -> None:
    both = seeded(SEEDS, {**COLLAPSED, "b": [0.5, 0.8672, 0.8619]})
    assert [one.run for one in found(both, "uneven-seeds")] == ["a", "b"]
    assert {one.run for one in found(both, "metric-regressed")} == {"a", "b"}


@pytest.mark.parametrize("count", [3, 5, 10])
@pytest.mark.parametrize("noise", [0.002, 0.02, 0.05])
def test_seeds_that_vary_as_usual_are_even(count: int, noise: float) -> None:
    rng = np.random.default_rng(7)
    for _ in range(25):
        drawn = rng.normal(0.7, noise, (2, 12, count)).tolist()
        sides = [{f"r{at}": row for at, row in enumerate(side)} for side in drawn]
        assert found(seeded(*sides), "uneven-seeds") == []


def test_thousands_of_equal_values_are_one_finding() -> None:
    rows = {f"r{i}": {"test_accuracy": 517 / 1484, "test_num_samples": 1484} for i in range(5_000)}
    findings = found(case({}, material({"main": rows})), "identical-metrics")
    assert [len(finding.runs) for finding in findings] == [5_000]


def test_gravest_first_and_what_was_known_last() -> None:
    two = {"test_loss": 0.5, "test_accuracy": 0.8}
    before = {"main": {"a": two, "b": two, "c": {**two, "test_loss": float("nan")}}}
    after = {
        "main": {
            "a": {**two, "test_loss": 0.9},
            "c": before["main"]["c"],
            "d": {**two, "test_accuracy": 0.7},
        }
    }
    findings = reach(case(before, after)).findings
    assert [(finding.id, finding.known) for finding in findings] == [
        ("row-removed", False),
        ("metric-regressed", False),
        ("not-finite", True),
    ]

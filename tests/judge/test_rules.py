"""Every rule, over a table of cases in which it must speak and of near-misses in which not."""

from __future__ import annotations

import inspect
import re
from collections import Counter

import pytest
from msgspec import structs
from results_bot.judge.rule import Case, Rule, severity_of
from results_bot.judge.rules import BUILT_IN, rule
from results_bot.judge.verdict import reach
from results_bot.model import EvidenceKind, Severity

from tests.judge import cases_facts, cases_page, cases_values
from tests.judge.build import case, config, found, material
from tests.judge.cases_values import BASE, B, counted, loss
from tests.judge.rule_case import Fires, Quiet

FIRES = [*cases_values.FIRES, *cases_page.FIRES, *cases_facts.FIRES]
NEAR = [*cases_values.NEAR, *cases_page.NEAR, *cases_facts.NEAR]


def named(one: Fires | Quiet) -> str:
    return f"{one.rule}: {one.name}"


@pytest.mark.parametrize("one", FIRES, ids=named)
def test_fires(one: Fires) -> None:
    findings = found(one.case, one.rule)
    assert [finding.message for finding in findings] == [one.message]
    finding = findings[0]
    said = (finding.section, finding.runs, finding.metric, finding.before, finding.after)
    assert said == (one.section, one.runs, one.metric, one.before, one.after)
    assert finding.severity is (one.severity or rule(one.rule).SEVERITY)
    assert finding.known is one.known
    assert finding.run == (one.runs[0] if len(one.runs) == 1 else None)
    assert finding.tip == rule(one.rule).TIP


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (counted(0.8, 0.7, 1000, "[rules]\nmetric-regressed = false"), EvidenceKind.COUNTS),
        (loss(0.7), EvidenceKind.TOLERANCE),
        (case(BASE, {"main": {"b": B}}), EvidenceKind.TOLERANCE),
        (case(BASE, {"main": {}}), None),
    ],
    ids=["the same run", "another leads", "the best left", "nothing left"],
)
def test_a_best_value_tells_how_sure_it_is(told: Case, kind: EvidenceKind | None) -> None:
    (finding,) = found(told, "best-regressed")
    assert (finding.evidence and finding.evidence.kind) == kind


@pytest.mark.parametrize("one", NEAR, ids=named)
def test_near_miss(one: Quiet) -> None:
    assert found(one.case, one.rule) == []


@pytest.mark.parametrize("one", BUILT_IN, ids=lambda one: one.ID)
def test_rule_is_complete(one: Rule) -> None:
    assert Counter(each.rule for each in FIRES)[one.ID] >= 3
    assert Counter(each.rule for each in NEAR)[one.ID] >= 6
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


@pytest.mark.parametrize("one", FIRES, ids=named)
def test_off_is_off_and_a_severity_holds_for_every_finding(one: Fires) -> None:
    off = config(f"[rules]\n{one.rule} = false")
    loud = config(f'[rules]\n{one.rule} = "failure"')
    kept = (one.case.base, one.case.head)
    # What guards the configuration goes by the one before.
    old = [
        one.case.base_config and structs.replace(one.case.base_config, rules=each.rules)
        for each in (off, loud)
    ]
    again = [
        type(one.case)(*kept, each, before, one.case.page)
        for each, before in zip((off, loud), old, strict=True)
    ]
    assert found(again[0], one.rule) == []
    assert {finding.severity for finding in found(again[1], one.rule)} <= {Severity.FAILURE}


def test_true_leaves_each_finding_as_loud_as_the_rule_has_it() -> None:
    odd = next(one for one in FIRES if one.name == "one of the section")
    on = config("[rules]\ntest-set-changed = true")
    same = type(odd.case)(odd.case.base, odd.case.head, on)
    assert [f.severity for f in found(same, odd.rule)] == [Severity.WARNING]


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

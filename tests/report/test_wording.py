"""One meaning for words: every report counts, orders and names the same things alike."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from results_bot.console import Screen
from results_bot.judge.rules import metric_regressed
from results_bot.judge.verdict import reach
from results_bot.model import (
    Change,
    ChangeKind,
    Evidence,
    EvidenceKind,
    Finding,
    Problem,
    Row,
    Severity,
    Value,
    Verdict,
)
from results_bot.page.section import Section, Summary
from results_bot.report import check, comment, terminal, wording
from results_bot.report.html.tables import tables
from results_bot.report.review import Review

from tests.judge.build import case
from tests.report.material import KL, PROVENANCE, TOP, moved, value

COUNTED = {"test_num_samples": 1000.0}
BEFORE = {
    "main": {
        name: {"test_accuracy": 0.8, "test_loss": loss, **COUNTED}
        for name, loss in (("near", 0.5), ("down", 0.01), ("up", 0.5))
    }
}
AFTER = {
    "main": {
        "near": {"test_accuracy": 0.788, "test_loss": 0.502, **COUNTED},
        "down": {"test_accuracy": 0.7, "test_loss": 0.04, **COUNTED},
        "up": {"test_accuracy": 0.9, "test_loss": 0.5, **COUNTED},
    }
}
COUNTS = "2 values worse, 1 value better, 2 values within tolerance or noise"


def judged() -> Review:
    one = case(BEFORE, AFTER, sort="test_accuracy")
    return Review(reach(one), one.base, one.head, PROVENANCE)


def test_every_report_counts_alike() -> None:
    review = judged()
    line = f"{COUNTS} · 6 values compared"
    assert wording.counted(review.verdict) == COUNTS
    assert review.headline.counts == line
    assert line in comment.render(review)
    assert line in check.render(review).summary
    assert terminal.changes(review.verdict, Screen()).endswith(f"{COUNTS}.\n")


def test_the_browser_colours_only_what_counts() -> None:
    (table,) = tables(judged())
    loss = [metric["title"] for metric in table["metrics"]].index("Test Loss")
    ways = {table["names"][at]: cells.get(loss) for at, cells in table["changed"].items()}
    assert ways["near"] == ["0.5000", "+0.0020", 0, "within 1%"]
    assert ways["down"] == ["0.0100", "+0.0300", -1, ""]


def test_the_metric_that_sorts_comes_first_however_small_its_step() -> None:
    """A loss near zero tripled; five points of accuracy matter more."""
    review = judged()
    assert [one.metric for one in review.waiting] == ["test_accuracy", "test_loss"]
    assert review.headline.worst.startswith("Test Accuracy of down is worse")
    shown = terminal.findings(review.verdict, review.head, Screen())
    first, second = re.findall(r"(Test \w+) of down is worse", shown)
    assert (first, second) == ("Test Accuracy", "Test Loss")
    text = comment.render(review)
    assert text.index("Test Accuracy of down") < text.index("Test Loss of down")


def test_strong_evidence_comes_before_weak() -> None:
    review = moved(["weak", "strong"], 2)
    weak, strong = review.verdict.findings
    alone = replace(weak, evidence=Evidence(EvidenceKind.TOLERANCE, "tolerance alone"))
    verdict = replace(review.verdict, findings=(alone, strong))
    assert [one.run for one in replace(review, verdict=verdict).waiting] == ["strong", "weak"]


ALONE = Evidence(EvidenceKind.TOLERANCE, "tolerance alone")


def evidence_of(kind: str, before: int, after: int) -> Evidence:
    n, sides = before + after, (before, after)
    return Evidence(EvidenceKind[kind], "two means", 0.02, n=n, sides=sides)


@pytest.mark.parametrize(
    ("before", "evidence", "said"),
    [
        ("0.3000", ALONE, "one run on each side: judged by the tolerance only"),
        ("0.3000 ± 0.0100 (n = 4)", ALONE, "judged by the tolerance only"),
        ("0.3000 ± 0.0100 (n = 3)", evidence_of("SEEDS", 3, 3),
         "two means, 3 vs 3 seeds: p = 0.020"),
        ("0.3000", evidence_of("COUNTS", 10_000, 10_000),
         "two means over 10,000 samples a side: p = 0.020"),
        ("0.3000", evidence_of("COUNTS", 1_000, 900),
         "two means, 1,000 vs 900 samples: p = 0.020"),
        ("0.3000", Evidence(EvidenceKind.COUNTS, "two means by their standard errors", 0.02),
         "two means by their standard errors: p = 0.020"),
    ],
)  # fmt: skip
def test_evidence_of_every_kind(before: str, evidence: Evidence, said: str) -> None:
    finding = Finding(
        "best-regressed", Severity.FAILURE, "nightly", "", "a", KL.key, before, before, evidence
    )
    assert wording.evidence(finding, KL) == said


def all_moved(worse: int, better: int) -> Verdict:
    """Return a page on which so many runs moved, each in two metrics."""
    steps = [1] * worse + [-1] * better
    changes = [
        Change(ChangeKind.VALUE_CHANGED, "nightly", str(at), one, value(0.5, one),
               value(0.5 + way * step / 100, one))
        for at, step in enumerate(steps)
        for one, way in ((KL, 1), (TOP, -1))
    ]  # fmt: skip
    return Verdict((), tuple(changes), len(changes))


@pytest.mark.parametrize(
    ("worse", "better", "said"),
    [
        (7, 6, "13 runs were measured again: 7 worse in most of their metrics, 6 better; no "
               "direction (sign test, p = 1.00)"),
        (12, 1, "13 runs were measured again: 12 worse in most of their metrics, 1 better; mostly "
                "worse (sign test, p = 0.003)"),
        (5, 4, ""),
    ],
)  # fmt: skip
def test_a_page_measured_again_has_a_direction(worse: int, better: int, said: str) -> None:
    verdict = all_moved(worse, better)
    assert wording.direction_of_all(verdict) == said
    assert wording.counted_sentence(verdict).startswith(said)
    # A few runs of many say nothing of the page.
    assert wording.direction_of_all(replace(verdict, compared=1_000)) == ""


def test_a_job_that_failed_is_no_file() -> None:
    job = Problem("job train (large)", "ended with failure", "job")
    missing = Problem("artifact metrics-*", "was not uploaded", "artifact")
    file = Problem("runs/a/metrics.json", "is not JSON")
    assert wording.counted_problems([job]) == "1 job left no results"
    assert wording.counted_problems([file, job, file, missing]) == (
        "1 job left no results, 1 artifact is missing, 2 files could not be read"
    )
    review = replace(moved(["a"]), problems=(job,))
    assert review.headline.verdict == "1 job left no results"


def test_the_number_of_seeds_stands_once_where_it_is_the_same() -> None:
    first, second, third = (
        Value(f"{mean:.1%} ± 0.2% (n = {n})", mean, 0.002, n)
        for mean, n in ((0.93, 3), (0.9, 3), (0.9, 5))
    )
    short = replace(TOP, format=".1%")
    said = metric_regressed.change_of(first, second, short)
    assert said == "93.0% ± 0.2% to 90.0% ± 0.2% (n = 3, -3.0 pp)"
    said = metric_regressed.change_of(first, third, short)
    assert said == "93.0% ± 0.2% (n = 3) to 90.0% ± 0.2% (n = 5) (-3.0 pp)"
    for now, heading, cell in (
        (second, "**Nightly** · mean ± standard deviation, n = 3", "| a | 90.0% ± 0.2%<br>"),
        (third, "**Nightly**", "| a | 90.0% ± 0.2% (n = 5)<br>"),
    ):
        base, head = (
            Summary((Section("n", "Nightly", (TOP,), rows, sort=TOP.key),))
            for one in (first, now)
            for rows in [(Row("a", {TOP.key: one}), Row("b", {TOP.key: first}))]
        )
        changes = (
            Change(ChangeKind.VALUE_CHANGED, "n", "a", TOP, first, now),
            Change(ChangeKind.VALUE_CHANGED, "n", "b", TOP, second, first),
        )
        text = comment.render(Review(Verdict((), changes, 2), base, head, PROVENANCE))
        assert f"{heading}\n" in text
        assert cell in text

"""The project's own example, rendered, and its conclusion; `UPDATE_GOLDEN=1` writes the files."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import pytest
from msgspec.structs import replace
from results_bot.config import ApprovalsTable
from results_bot.judge.approvals import Acceptance, Approvals, Refusal
from results_bot.judge.compare import compare
from results_bot.model import Change, ChangeKind, Finding, Problem, Severity, Verdict
from results_bot.page.section import Summary
from results_bot.report import check, comment, job_summary
from results_bot.report.review import Conclusion, Review

from tests.judge.build import assert_golden, case, found
from tests.judge.cases_values import BASE, B
from tests.report.github_html import Seen
from tests.report.material import DIGEST, PROVENANCE, example, moved


def approved() -> Review:
    review, _ = example()
    link = "https://github.com/acme/calibration/pull/5#issuecomment-9"
    accepted = Acceptance("ada", "2026-03-05T14:30:00Z", "Known trade-off, see #12", link)
    both = tuple((finding, accepted) for finding in review.verdict.blocking)
    refused = Refusal("eve", f"/approve-metrics {DIGEST}", "eve is the author of this pull request")
    return replace(review, approvals=Approvals(DIGEST, both, refused=(refused,)))


def in_part() -> Review:
    review, _ = example()
    accepted = (review.verdict.blocking[0], Acceptance("ada", "2026-03-05T14:30:00Z"))
    return replace(review, approvals=Approvals(DIGEST, (accepted,)))


def unchanged() -> Review:
    review, _ = example()
    return replace(review, verdict=Verdict(review.older, (), 95))


def first_page() -> Review:
    review, _ = example()
    changes = tuple(compare(Summary(), review.head))
    return Review(Verdict((), changes), Summary(), review.head, PROVENANCE)


def unreadable() -> Review:
    problem = Problem("runs/a/metrics.json", "is not JSON (line 3, column 7)")
    return replace(example()[0], problems=(problem,))


CASES = {
    "comment": lambda: comment.render(example()[0]),
    "comment-approved": lambda: comment.render(approved()),
    "comment-approved-in-part": lambda: comment.render(in_part()),
    "comment-unchanged": lambda: comment.render(unchanged()),
    "comment-first-page": lambda: comment.render(first_page()),
    "comment-unreadable": lambda: comment.render(unreadable()),
    "broken": lambda: comment.broken(PROVENANCE, "results-bot.toml: `tolerence` is no key"),
    "comment-many": lambda: comment.render(moved([f"run_{n}" for n in range(60)], 30)),
    "check-summary": lambda: check.render(*example()).summary,
    "check-text": lambda: check.render(*example()).text,
    "job-summary": lambda: job_summary.render(example()[0]),
}


@pytest.mark.parametrize("name", CASES)
def test_renders_as_before_and_as_meant(name: str) -> None:
    text = CASES[name]()
    assert_golden(f"{name}.md", text, "report")
    seen = Seen(text)
    assert (seen.broken, seen.strangers, seen.ragged) == ([], set(), [])
    assert all(link.startswith("https://github.com/acme/") for link in seen.links)


def test_nothing_to_approve_no_word_on_it() -> None:
    review = moved(["a", "b"])
    assert "/approve-metrics" not in comment.render(review)
    assert "/approve-metrics" not in comment.render(approved()).replace("`/approve", "")


@pytest.mark.parametrize(
    ("policy", "who"),
    [
        (ApprovalsTable(), "Anybody with write access, other than the author and committers, can"),
        (ApprovalsTable(authors_may_approve=True), "Anybody with write access can"),
        (
            ApprovalsTable(approvers=("ada", "bob|b", "eve")),
            "ada or bob&#124;b or eve, other than the author and committers, can",
        ),
        (
            ApprovalsTable(authors_may_approve=True, approvers=tuple("abcdef")),
            "One of 6 approvers of the configuration can",
        ),
    ],
)
def test_the_comment_names_who_may_approve(policy: ApprovalsTable, who: str) -> None:
    assert f"** {who} approve" in comment.render(replace(example()[0], policy=policy))


def test_annotations_stand_on_the_rows() -> None:
    review, page = example()
    lines = page.split("\n")
    found = check.render(review, page).annotations
    regressed = [one for one in found if one.level is Severity.FAILURE]
    assert len(regressed) == 2
    assert all("combo_2_all_reductions" in lines[one.line - 1] for one in regressed)
    assert [one.level for one in found] == sorted(
        (one.level for one in found), key=[*Severity].index
    )


@pytest.mark.parametrize("page", [None, "", "<!-- results-bot:begin x -->", "\r\n"])
def test_annotations_without_a_page_stand_on_line_one(page: str | None) -> None:
    assert {one.line for one in check.render(example()[0], page).annotations} == {1}


def test_annotations_count_lines_with_any_line_ending() -> None:
    review, page = example()
    unix = check.render(review, page).annotations
    assert check.render(review, page.replace("\n", "\r\n")).annotations == unix


def test_single_runs_can_be_approved_where_there_are_several() -> None:
    text = comment.render(moved(["a", "b c", "d/`e"], 3))
    assert f"/approve-metrics {DIGEST} nightly/a\n" in text
    assert f"{DIGEST} nightly/b" not in text
    assert "one run at a time" not in comment.render(moved(["a"], 1))


def test_renamed_runs_are_named() -> None:
    review = moved(["new"])
    change = Change(ChangeKind.RUN_RENAMED, "nightly", "new", was=("nightly", "old"))
    text = comment.render(replace(review, verdict=Verdict((), (change,), 2)))
    assert "Renamed: old → new." in text
    assert "1 run renamed" in text


def test_a_value_that_is_no_finding_says_why() -> None:
    review = moved(["worse", "noisy", "near"], 1)
    passed = {
        ("nightly", "noisy", "test_kl"): "noise, p = 0.40",
        ("nightly", "near", "test_kl"): "within 1%",
    }
    text = comment.render(replace(review, verdict=replace(review.verdict, unflagged=passed)))
    rows = {line.split(" ")[1]: line for line in text.split("\n") if line.startswith("| ")}
    assert "+0.0001<br>noise,\u00a0p\u00a0=\u00a00.40</sub>" in rows["noisy"]
    assert "+0.0001<br>within\u00a01%</sub>" in rows["near"]
    assert "<br>" not in rows["worse"].partition("<sub>")[2]
    assert "1 value worse, 2 values within tolerance or noise" in text


def test_a_best_value_that_is_gone() -> None:
    gone = case(BASE, {"main": {"b": {**B, "test_loss": nan}}})
    verdict = Verdict(tuple(found(gone, "best-regressed")), gone.changes)
    review = Review(verdict, gone.base, gone.head, PROVENANCE)
    shown = comment.render(review)
    assert "Best Test Loss is gone with a: no run of the section has one `best-regressed`" in shown
    assert "| b | NaN<br><sub>was 0.6000</sub> |" in shown


def warned() -> Review:
    review, _ = example()
    found = tuple(f for f in review.verdict.findings if f.severity is not Severity.FAILURE)
    return replace(review, verdict=replace(review.verdict, findings=found))


def known_failure() -> Review:
    old = Finding("not-finite", Severity.FAILURE, "nightly", "a shows NaN", known=True)
    review = moved(["a"])
    return replace(review, verdict=Verdict((old,), (), 2))


TABLE: list[tuple[Callable[[], Review], Conclusion, str]] = [
    (lambda: example()[0], Conclusion.ACTION_REQUIRED, "❌ 2 findings wait for approval"),
    (in_part, Conclusion.ACTION_REQUIRED, "❌ 1 finding waits for approval"),
    (approved, Conclusion.SUCCESS, "⚠️ 2 findings approved by ada, 4 warnings"),
    (warned, Conclusion.SUCCESS, "⚠️ 4 warnings, nothing to approve"),
    (unchanged, Conclusion.SUCCESS, "✅ No metric changed"),
    (known_failure, Conclusion.SUCCESS, "✅ No metric changed"),
    (lambda: moved(["a"]), Conclusion.SUCCESS, "✅ Nothing to approve"),
    (first_page, Conclusion.NEUTRAL, "⚪ Nothing to compare with yet"),
    (
        unreadable,
        Conclusion.FAILURE,
        "❌ 1 file could not be read, and 2 findings wait for approval",
    ),
]


@pytest.mark.parametrize(("make", "expected", "words"), TABLE)
def test_conclusion(make: Callable[[], Review], expected: Conclusion, words: str) -> None:
    review = make()
    said = review.headline
    assert review.conclusion is expected
    assert f"{said.sign} {said.verdict}" == words
    assert said.verdict in Seen(comment.render(review)).text
    run = check.render(review)
    assert run.conclusion is expected
    assert run.title.startswith(said.verdict)
    assert said.verdict in Seen(run.summary).text


def test_worse_values_that_are_no_finding_are_counted() -> None:
    assert "2 values worse (2 worse but not flagged)" in moved(["a", "b"]).headline.counts

"""One conclusion from one review; comment and check run say the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from results_bot.model import Finding, Severity, Verdict
from results_bot.report import check, comment
from results_bot.report.review import Conclusion, Review, headline

from tests.report.github_html import Seen
from tests.report.material import example, moved
from tests.report.test_golden import approved, first_page, in_part, unchanged, unreadable


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
    said = headline(review)
    assert review.conclusion is expected
    assert f"{said.sign} {said.verdict}" == words
    assert said.verdict in Seen(comment.render(review)).text
    run = check.render(review)
    assert run.conclusion is expected
    assert run.title.startswith(said.verdict)
    assert said.verdict in Seen(run.summary).text


def test_worse_values_that_are_no_finding_are_counted() -> None:
    assert "2 values worse (2 worse but not flagged)" in headline(moved(["a", "b"])).counts

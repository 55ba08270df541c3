"""Thousands of runs and findings: below every limit, nothing cut in the middle, all counted."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from results_bot.model import Finding, Severity
from results_bot.report import check, comment, job_summary
from results_bot.report.check import MOST_ANNOTATIONS
from results_bot.report.markdown import Budget, utf8, utf16
from results_bot.report.review import Review

from tests.report.github_html import Seen
from tests.report.material import moved

LONG = "<😀|`" * 50


def names(count: int, text: str = "run") -> list[str]:
    return [f"{text}_{at}"[-200:] for at in range(count)]


def warnings(count: int) -> list[Finding]:
    return [
        Finding(f"rule-{at}", Severity.WARNING, "nightly", f"{LONG} {at}", tip=LONG)
        for at in range(count)
    ]


CASES: dict[str, Callable[[], Review]] = {
    "5,000 changed runs": lambda: moved(names(5000)),
    "5,000 regressions": lambda: moved(names(5000), 5000),
    "300 regressions": lambda: moved(names(300), 300),
    "300 regressions with long names": lambda: moved(names(300, LONG), 300, LONG),
    "5,000 regressions with long names": lambda: moved(names(5000, LONG), 5000, LONG),
    "3,000 kinds of warnings": lambda: moved(names(10), 1, also=warnings(3000)),
    "names of a megabyte": lambda: moved([f"{LONG * 5000}{at}" for at in range(3)], 3),
    "takeaways of a megabyte": lambda: replace(moved(names(3)), takeaways=("x*" * 500_000,) * 60),
}


@pytest.fixture(scope="module", params=CASES)
def big(request: pytest.FixtureRequest) -> Review:
    return CASES[request.param]()


def test_the_comment_stays_below_the_limit(big: Review) -> None:
    start = time.process_time()
    text = comment.render(big)
    assert time.process_time() - start < 2
    assert max(len(text), utf16(text)) <= 65_000 < comment.LIMIT
    seen = Seen(text)
    assert (seen.broken, seen.strangers, seen.ragged) == ([], set(), [])
    assert text.startswith("<!-- results-bot:comment results -->\n")
    assert text.rstrip().endswith(
        "[what is this?](https://github.com/acme/results-bot#readme)</sub>"
    )


def test_check_and_job_summary_stay_below_theirs(big: Review) -> None:
    start = time.process_time()
    run = check.render(big, "")
    assert time.process_time() - start < 2
    assert len(run.title) <= 255
    for text in (run.summary, run.text):
        assert len(text.encode()) <= 65_000 < check.LIMIT
        assert Seen(text).broken == []
    assert len(run.annotations) <= MOST_ANNOTATIONS
    assert all(len(one.message.encode()) < 64_000 for one in run.annotations)
    start = time.process_time()
    whole = job_summary.render(big)
    assert time.process_time() - start < 3
    assert len(whole.encode()) <= 1_000_000 < job_summary.LIMIT


@pytest.mark.parametrize("count", [25, 300, 1000, 5000])
def test_every_finding_is_named_or_counted(count: int) -> None:
    text = comment.render(moved(names(count), count))
    seen = Seen(text)
    findings = seen.text.split("Are these changes intended?")[0]
    named = len(set(re.findall(r"\brun_\d+\b", findings)))
    counted = re.search(r"([\d,]+) not named", findings)
    assert named + int(counted[1].replace(",", "") if counted else 0) == count
    assert "/approve-metrics" in text
    if counted:
        assert "All of them by name" in findings


def test_findings_are_written_out_where_there_is_room() -> None:
    few = Finding("odd", Severity.WARNING, "nightly", "odd", tip="look")
    text = comment.render(moved(names(120), 120, also=[few]))
    assert text.count("- ❌") == 120
    assert "not named" not in text


def test_kinds_that_do_not_fit_are_counted() -> None:
    text = comment.render(moved(names(10), 1, also=warnings(3000)))
    shown = len(re.findall(r"`rule-\d+`", text))
    rest = re.search(r"and ([\d,]+) findings more", text)
    assert rest
    assert shown + int(rest[1].replace(",", "")) == 3000


def test_unchanged_runs_go_first() -> None:
    few, many = moved(names(10), 2), moved(names(5000), 2)
    still = replace(many, verdict=few.verdict, base=many.base, head=many.head)
    text = comment.render(still)
    assert re.search(r"Left out for length: [\d,]+ unchanged runs\.", text)
    assert "changed runs" not in text.split("Left out for length:")[1].replace("unchanged", "")


def test_small_steps_go_before_large_ones() -> None:
    text = comment.render(moved(names(5000), 3))
    for name in names(3):
        assert f"| {name} | " in text
    assert re.search(r"Left out for length: [\d,]+ changed runs", text)


def test_annotations_tell_how_many_there_are() -> None:
    run = check.render(moved(names(1204), 1204))
    assert len(run.annotations) == 500
    assert "500 of 1,204 findings are annotated" in run.summary


def test_room_counts_as_github_does() -> None:
    assert (utf16("a😀"), utf8("a😀"), utf16("\ud800")) == (3, 5, 1)
    room = Budget(5, utf16)
    assert [room.take(text) for text in ("abc", "def", "gh", "i")] == [True, False, True, False]

"""Runs measured on another test set: their values do not compare."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.case import Case
from results_bot.judge.hit import Hit
from results_bot.judge.phrases import grouped, listed
from results_bot.judge.sides import same_test_set
from results_bot.model import ChangeKind, Severity
from results_bot.page.facts.test_sets import sample_count

ID = "test-set-changed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The number of test samples, or the samples themselves, differ from before: the new values "
    "are of something else, and are not judged. Where among the runs of one section a count "
    "differs from that of most runs, this is a warning."
)
TIP = "Measure again on the same samples, or give the runs a section of their own."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit for the runs of a section with one change, and one for odd ones on the page."""
    changed: dict[tuple[str, str, str], list[str]] = {}
    for section_id, run in dict.fromkeys(
        (change.section, change.run or "")
        for change in case.changes
        if change.kind is ChangeKind.VALUE_CHANGED
    ):
        before, after = case.base.row(section_id, run), case.head.row(section_id, run)
        if before is None or after is None:
            continue
        if not same_test_set(before, after, case.base, case.head):
            counts = _count(sample_count(before.run)), _count(sample_count(after.run))
            changed.setdefault((section_id, *counts), []).append(run)
    for (section_id, was, now), runs in changed.items():
        what = f"{was} samples before, {now} now" if was != now else "other samples"
        verb = "was" if len(runs) == 1 else "were"
        message = f"{listed(runs)} {verb} measured on another test set: {what}"
        yield Hit(section_id, message, tuple(runs), None, was, now)
    yield from _odd_ones(case)


def _odd_ones(case: Case) -> Iterator[Hit]:
    for here in grouped(case.facts.other_test_sets, lambda fact: fact.section):
        runs = tuple(fact.run for fact in here)
        counts = " or ".join(f"{count:,}" for count in sorted({fact.samples for fact in here}))
        yield Hit(
            here[0].section,
            f"{listed(runs)}: measured on {counts} samples, the rest on {here[0].usual:,}; "
            "they do not compare",
            runs,
            severity=Severity.WARNING,
            state=True,
        )


def _count(count: int | None) -> str:
    return "unknown" if count is None else f"{count:,}"

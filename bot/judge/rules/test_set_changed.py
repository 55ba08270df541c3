"""Runs measured on another test set: their values do not compare."""

from __future__ import annotations

from collections.abc import Iterator

from bot.judge.case import Case
from bot.judge.comparisons import members_of
from bot.judge.hit import Hit
from bot.judge.phrases import listed
from bot.judge.sides import same_test_set
from bot.model import ChangeKind, Severity

ID = "test-set-changed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The number of test samples, or the samples themselves, differ from before: the new values "
    "are of something else, and are not judged. Among the runs of one section a count that "
    "differs from that of most runs is a warning."
)
TIP = "Measure again on the same samples, or give the runs a section of their own."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a changed run, and one for all that differ from the rest of the page."""
    seen: set[tuple[str, str]] = set()
    for change in case.changes:
        pair = members_of(change, case.base, case.head)
        key = (change.section, change.run or "")
        if change.kind is not ChangeKind.VALUE_CHANGED or pair is None or key in seen:
            continue
        seen.add(key)
        if not same_test_set(*pair, case.base, case.head):
            before, after = (_count(member.sample_count) for member in pair)
            what = f"{before} samples before, {after} now" if before != after else "other samples"
            message = f"{change.run} was measured on another test set: {what}"
            yield Hit(change.section, message, key[1:], None, before, after)
    yield from _odd_ones(case)


def _odd_ones(case: Case) -> Iterator[Hit]:
    found = case.facts.other_test_sets
    for section_id in dict.fromkeys(fact.member.section.id for fact in found):
        here = [fact for fact in found if fact.member.section.id == section_id]
        runs = tuple(fact.member.name for fact in here)
        counts = " or ".join(f"{count:,}" for count in sorted({fact.samples for fact in here}))
        yield Hit(
            section_id,
            f"{listed(runs)}: measured on {counts} samples, the rest on {here[0].usual:,}; "
            "they do not compare",
            runs,
            severity=Severity.WARNING,
            state=True,
        )


def _count(count: int | None) -> str:
    return "unknown" if count is None else f"{count:,}"

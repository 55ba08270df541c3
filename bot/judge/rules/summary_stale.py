"""The committed page does not show what the artifacts say."""

from __future__ import annotations

from collections.abc import Iterator

from bot.judge.case import Case
from bot.judge.compare import compare
from bot.judge.hit import Hit
from bot.model import Severity

ID = "summary-stale"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "The artifacts of this change give another page than the one that is committed with it. On "
    "GitHub the bot commits the right one where it may."
)
TIP = "Run `results-bot refresh` and commit the page, or install the hook."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit for the whole page."""
    if case.page is None or case.renewed:
        return
    stale = compare(case.page, case.head.summary)
    if stale:
        sections = len({change.section for change in stale})
        where = "1 section" if sections == 1 else f"{sections} sections"
        count = "1 entry" if len(stale) == 1 else f"{len(stale)} entries"
        yield Hit("", f"The committed page is stale: {count} in {where}")

"""The committed page differs from what the artifacts give."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.rule import Case, RuleResult, severity_of
from results_bot.judge.rules import hand_edited
from results_bot.model import Severity

ID = "summary-stale"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "The artifacts of this change give another page than the one committed with it, in its tables "
    "or in its takeaways. A training that is not committed yet makes no page stale. On GitHub the "
    "bot commits the right one if it may."
)
TIP = "Run `results-bot refresh` and commit the page, or install the hook."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for the page, unless hand-edited reports every cell that differs."""
    if case.page is None or case.will_refresh:
        return
    stale = case.page_changes
    places = {(one.section, one.run, one.metric.key if one.metric else None) for one in stale}
    if severity_of(hand_edited.ID, hand_edited.SEVERITY, case.config) is not None:
        for edited in hand_edited.findings(case):
            places -= {(edited.section, run, edited.metric) for run in edited.runs}
    if places:
        sections = len({change.section for change in stale})
        where = "1 section" if sections == 1 else f"{sections} sections"
        count = "1 entry" if len(stale) == 1 else f"{len(stale)} entries"
        yield RuleResult("", f"The committed page is stale: {count} in {where}")
    elif case.is_stale and not stale:
        yield RuleResult("", "The committed page is stale: text between its markers differs")

"""A cell of the committed page that no artifact supports."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.case import Case
from results_bot.judge.compare import compare
from results_bot.judge.hit import Hit
from results_bot.judge.phrases import listed
from results_bot.model import Change, ChangeKind, Severity

ID = "hand-edited"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The committed page shows a value that differs from the artifact, while the artifact still "
    "says what the base page said: somebody changed the page and not the experiment. Also a new "
    "row without any artifact behind it."
)
TIP = "Run `results-bot refresh`; change the experiment, not the page."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a cell, and one a section for rows from nowhere."""
    if case.page is None or case.page_is_ours:
        return
    for change in compare(case.page, case.head.summary):
        if change.kind is ChangeKind.VALUE_CHANGED and _artifact_unchanged(case, change):
            yield Hit(
                change.section,
                f"{_title(change)} of {change.run} was edited to {_text(change)}; "
                f"the artifact says {change.after.text if change.after else ''}",
                (change.run or "",),
                change.metric.key if change.metric else None,
                change.after.text if change.after else None,
                _text(change),
            )
    if not any(section.rows for section in case.base.summary.sections):
        return
    for section_id, view in case.head.sections.items():
        runs = tuple(
            name
            for name, row in view.rows.items()
            if name not in view.runs
            and row.path is None
            and case.base.row(section_id, name) is None
        )
        if runs:
            message = f"New on the page without any artifact here: {listed(runs)}"
            yield Hit(section_id, message, runs, severity=Severity.WARNING)


def _artifact_unchanged(case: Case, change: Change) -> bool:
    """Tell whether the artifact says what the base page said."""
    before = case.base.row(change.section, change.run or "")
    if before is None or change.metric is None or change.after is None:
        return False
    was = before.row.values.get(change.metric.key)
    return was is not None and was.text == change.after.text


def _title(change: Change) -> str:
    return change.metric.title if change.metric else ""


def _text(change: Change) -> str:
    return change.before.text if change.before else ""

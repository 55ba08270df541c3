"""A run left the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from results_bot.judge.rule import Case, RuleResult, grouped, listed
from results_bot.model import ChangeKind, Run, Severity
from results_bot.page.replicates import defining_settings

ID = "row-removed"
SEVERITY = Severity.NOTICE
EXPLANATION = (
    "A run of the base page is no longer on the page: its tracked artifacts were deleted, or its "
    "row was removed by hand. If it was the best of its section, best-regressed reports that too. "
    "A run that is there under another name, with the same settings or as the only new one of its "
    "section, counts as renamed. Runs that left may have been renamed where others of the same "
    "settings came, or others without known settings came to the section; that waits for approval."
)
TIP = "Restore its artifacts, or ignore this if the run was meant to go."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a section."""
    removed = [change for change in case.changes if change.kind is ChangeKind.RUN_REMOVED]
    for section_id, changes in grouped(removed, lambda change: change.section).items():
        before = case.base.section(section_id)
        others = before.baselines if before else set()
        gone = tuple(change.run for change in changes if change.run not in others)
        if gone:
            runs = "1 run" if len(gone) == 1 else f"{len(gone)} runs"
            message = f"{runs} left the page: {listed(gone)}"
            known = [case.base.runs.get((section_id, run)) for run in gone]
            doubtful = [
                change.place
                for change in case.changes
                if change.kind is ChangeKind.RUN_ADDED
                and (run := case.head.runs.get(change.place))
                and _may_be(run, known, same_section=change.section == section_id)
            ]
            if doubtful:
                message += f"; renamed, perhaps, to one of {listed([run for _, run in doubtful])}"
            severity = Severity.FAILURE if doubtful else None
            yield RuleResult(
                section_id, message, gone, severity=severity, compared_with=tuple(doubtful)
            )


def _may_be(run: Run, gone: Sequence[Run | None], *, same_section: bool) -> bool:
    """Return whether a new run may be one of those that are gone, under another name."""
    settings = defining_settings(run.params)
    if not settings:
        return same_section
    return any(one is not None and defining_settings(one.params) == settings for one in gone)

"""A run left the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from results_bot.judge.rule import Case, RuleResult, grouped, listed
from results_bot.model import ChangeKind, Run, Severity
from results_bot.page.replicates import defining_settings
from results_bot.page.section import Place

ID = "row-removed"
SEVERITY = Severity.NOTICE
EXPLANATION = (
    "A run of the base page is no longer on the page: its tracked artifacts were deleted, or its "
    "row was removed by hand. If it was the best of its section, best-regressed reports that too. "
    "A run that is there under another name counts as renamed: with the same settings, the same "
    "values or, as the only new one of its section, with a similar name. Runs that left may have "
    "been renamed where worse ones of the same settings came, or worse ones without known settings "
    "came to the section; that waits for approval."
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
            if not any(_is_worse(case, (section_id, was), at) for was in gone for at in doubtful):
                doubtful = []  # Nothing is hidden by another name.
            if doubtful:
                one = "one of " if len(doubtful) > 1 else ""
                message += f"; renamed, perhaps, to {one}{listed([run for _, run in doubtful])}"
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


def _is_worse(case: Case, was: Place, now: Place) -> bool:
    """Return True if a new run has a worse result than one that is gone, or lacks one."""
    old, new = case.base.row(*was), case.head.row(*now)
    if old is None or new is None:
        return False
    for metric in old.section.all_judged:
        before, after = old.row.number(metric.key), new.row.number(metric.key)
        if before is None or before == after:
            continue
        if after is None or not metric.better(after - before):
            return True
    return False

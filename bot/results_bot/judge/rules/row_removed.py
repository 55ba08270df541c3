"""A run left the page."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.case import Case
from results_bot.judge.hit import Hit
from results_bot.judge.phrases import grouped, listed
from results_bot.model import ChangeKind, Severity

ID = "row-removed"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "A run that the base page shows is not on the page any more: its tracked artifacts were "
    "deleted, or it was taken out by hand. If it was the best of its section, best-regressed says "
    "so as well."
)
TIP = "Bring its artifacts back, or leave it if the run was meant to go."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a section."""
    for changes in grouped(case.changes, lambda change: change.section):
        section_id = changes[0].section
        head = case.head.summary.section(section_id)
        # Still named there, without its metrics: run-unfinished tells.
        unfinished = {run for run, _ in head.unfinished} if head else set()
        gone = tuple(
            change.run
            for change in changes
            if change.kind is ChangeKind.RUN_REMOVED
            and change.run is not None
            and change.run not in unfinished
        )
        if gone:
            runs = "1 run" if len(gone) == 1 else f"{len(gone)} runs"
            yield Hit(section_id, f"{runs} left the page: {listed(gone)}", gone)

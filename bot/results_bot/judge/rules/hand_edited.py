"""A cell of the committed page was edited by hand."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.compare import edited
from results_bot.judge.rule import Case, RuleResult, listed
from results_bot.model import ChangeKind, Severity
from results_bot.page.rows import MEAN

ID = "hand-edited"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The committed page shows a value that differs from the artifact, while the artifact has not "
    "changed since the base page: somebody edited the page and not the experiment. Rows without "
    "any artifact that are new on the page are a warning, those with other values a notice."
)
TIP = "Run `results-bot refresh` to undo edits; list rows of published results in `baselines`."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a cell, and one a section for rows without artifacts."""
    if case.page is None or case.committed_by_bot:
        return
    for change in edited(case.page_changes, case.base):
        shown, artifact, metric = change.before, change.after, change.metric
        if shown and artifact and metric:
            yield RuleResult(
                change.section,
                f"{metric.title} of {change.run} was edited to {shown.text}; "
                f"the artifact says {artifact.text}",
                (change.run,),
                metric.key,
                artifact.text,
                shown.text,
            )
    if not any(section.rows for section in case.base.sections):
        return
    changed = {one.place for one in case.changes if one.kind is ChangeKind.VALUE_CHANGED}
    for section in case.head.sections:
        rows = [one.run for one in section.rows if one.run not in section.runs and not one.path]
        bare = [run for run in rows if run not in section.baselines]
        new = tuple(run for run in bare if case.base.row(section.id, run) is None)
        if new:
            message = f"New on the page without any artifact here: {listed(new)}"
            yield RuleResult(section.id, message, new, severity=Severity.WARNING)
        means = {run for run in section.baselines if MEAN.fullmatch(run)}  # Computed anew.
        runs = tuple(run for run in rows if (section.id, run) in changed and run not in means)
        if runs:
            message = f"Changed on the page without any artifact here: {listed(runs)}"
            yield RuleResult(section.id, message, runs, severity=Severity.NOTICE)

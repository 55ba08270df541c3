"""A run no longer has a value that it had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from results_bot.judge.rule import Case, RuleResult, grouped, listed
from results_bot.model import Change, ChangeKind, Metric, Severity
from results_bot.page.section import is_judged

ID = "metric-lost"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The run is still there, but its artifacts no longer contain a metric that they contained "
    "before. A gate that compares only the values on both sides would miss this. A notice for what "
    "is not judged: counts, and metrics without a direction. Runs that lost the same metrics are "
    "one finding. A column that the configuration hides is not lost, nor a "
    "cell of a column that people fill in by hand (`sources = []`)."
)
TIP = "Check that the job still writes the metric."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for all runs of a section that lost the same metrics."""
    lost = [change for change in case.changes if _is_lost(change, case)]
    by_run = grouped(lost, lambda one: (one.section, one.run))
    for alike in grouped(
        by_run.values(),
        lambda run: (run[0].section, tuple(one.metric and one.metric.key for one in run)),
    ).values():
        changes = alike[0]
        runs = [run[0].run for run in alike]
        metrics = [one.metric for one in changes if one.metric]
        verb = "is" if len(metrics) == 1 else "are"
        message = f"{listed([one.title for one in metrics])} of {listed(runs)} {verb} gone"
        before = after = None
        if len(runs) == len(metrics) == 1:
            before, after = changes[0].before, changes[0].after
        if before:
            now = f'now "{after.text}", was' if after else "was"
            message += f" ({now} {before.text})"
        if len(metrics) == 1 and (new := _came(case, [run[0] for run in alike])):
            message += f"; new in its place, perhaps: {new.title}"
        yield RuleResult(
            changes[0].section,
            message,
            tuple(runs),
            ", ".join(one.key for one in metrics),
            before.text if before else None,
            after.text if after else None,
            severity=None if any(map(is_judged, metrics)) else Severity.NOTICE,
        )


def _came(case: Case, lost: Sequence[Change]) -> Metric | None:
    """Return the judged metric that all these runs have and had not, if it is the only one."""
    head, came = case.head.section(lost[0].section), set[frozenset[str]]()
    for one in lost:
        before, after = case.base.row(*one.place), case.head.row(*one.place)
        if head is None or before is None or after is None:
            return None
        new = after.row.values.keys() - before.row.values.keys()
        came.add(frozenset(one.key for one in head.all_judged if one.key in new))
    keys = came.pop() if len(came) == 1 else ()
    return head.metric(*keys) if head and len(keys) == 1 else None


def _is_lost(change: Change, case: Case) -> bool:
    """Return True if a run had a value, and now has none or a text that is no number."""
    metric, head = change.metric, case.head.section(change.section)
    if metric is None or metric.is_setting or case.is_typed(metric):
        return False
    if head and change.run in head.baselines:
        return False
    if change.kind is not ChangeKind.VALUE_CHANGED:
        return change.kind is ChangeKind.METRIC_LOST
    before = change.before and change.before.number
    return before is not None and change.numbers is None

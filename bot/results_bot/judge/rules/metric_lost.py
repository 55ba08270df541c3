"""A run no longer has a value that it had."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.rule import Case, RuleResult, grouped
from results_bot.model import Change, ChangeKind, Metric, Severity
from results_bot.table import Value

ID = "metric-lost"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The run is still there, but its artifacts no longer contain a metric that they contained "
    "before. A gate that compares only the values on both sides would miss this."
)
TIP = "Check that the job still writes the metric, or approve its removal."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a value, and one for a column that left with all its values."""
    columns: list[tuple[Change, Metric]] = []
    for change in case.changes:
        metric = change.metric
        if metric is None or metric.is_setting or not _lost(change):
            continue
        section = case.head.section(change.section)
        if section is None or section.metric(metric.key) is None:
            columns.append((change, metric))
        else:
            yield _value(change, metric)
    for lost in grouped(columns, lambda one: (one[0].section, one[1].key)):
        change, metric = lost[0]
        if len(lost) == 1:
            yield _value(change, metric)
        else:
            runs = tuple(one.run or "" for one, _ in lost)
            message = f"Column {metric.title} left the page: {len(runs)} runs had a value"
            yield RuleResult(change.section, message, runs, metric.key)


def _lost(change: Change) -> bool:
    """Return True if there was a value, and now is none or a text that is no number."""
    if change.kind is not ChangeKind.VALUE_CHANGED:
        return change.kind is ChangeKind.METRIC_LOST
    before, after = change.before or Value(""), change.after or Value("")
    return before.number is not None and after.number is None


def _value(change: Change, metric: Metric) -> RuleResult:
    before, after = change.before or Value(""), change.after
    now = f'now "{after.text}", was' if after else "was"
    return RuleResult(
        change.section,
        f"{metric.title} of {change.run} is gone ({now} {before.text})",
        (change.run or "",),
        metric.key,
        before.text,
        after.text if after else None,
    )

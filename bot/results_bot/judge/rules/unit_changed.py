"""A value is in percent and was a fraction, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.comparisons import other_unit
from results_bot.judge.rule import Case, RuleResult, listed
from results_bot.model import ChangeKind, Severity
from results_bot.page.facts.outliers import in_percent

ID = "unit-changed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "An accuracy of 0.83 became 83.5: a hundred times as much, and no improvement. Applies only "
    "to metrics that lie between 0 and 1 by definition. The two values are not compared, so it is "
    "unknown whether the metric got better or worse. A warning where a run is in percent and the "
    "others of its section are fractions: takeaways leave it out."
)
TIP = "Write the metric in its former unit; if the new one is intended, approve it once."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a value, and one a section for runs in percent beside fractions."""
    for change in case.changes:
        before, after, metric = change.before, change.after, change.metric
        if change.kind is not ChangeKind.VALUE_CHANGED or before is None or after is None:
            continue
        if metric is None or not other_unit(change):
            continue
        larger = (after.number or 0) > (before.number or 0)
        how = "a fraction before, in percent now" if larger else "in percent before, a fraction now"
        yield RuleResult(
            change.section,
            f"{metric.title} of {change.run} went from {before.text} to {after.text}: {how}",
            (change.run or "",),
            metric.key,
            before.text,
            after.text,
        )
    for section, metric in ((one, metric) for one in case.head.sections for metric in one.judged):
        runs = tuple(in_percent(section, metric))
        if runs:
            message = f"{listed(runs)}: {metric.title} in percent, a fraction in the other runs"
            severity = Severity.WARNING
            yield RuleResult(section.id, message, runs, metric.key, severity=severity, state=True)

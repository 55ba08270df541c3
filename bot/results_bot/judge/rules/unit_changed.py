"""A value is in percent where it was a fraction, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.comparisons import other_unit
from results_bot.judge.rule import Case, RuleResult
from results_bot.model import ChangeKind, Severity

ID = "unit-changed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "An accuracy of 0.83 became one of 83.5: a hundred times as much, and no improvement. Only for "
    "metrics that lie between 0 and 1 by their nature. The two are not compared, so that nobody "
    "knows whether the value got better or worse."
)
TIP = "Write the metric in the unit it had; if the new one is meant, approve it once."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a value."""
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

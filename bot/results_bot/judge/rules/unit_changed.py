"""A value is in percent and was a fraction, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.rule import Case, RuleResult
from results_bot.judge.significance import other_unit
from results_bot.model import Severity

ID = "unit-changed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "An accuracy of 0.83 became 83.5: a hundred times as much, and no improvement. Applies only "
    "to metrics that lie between 0 and 1 by definition. The two values are not compared, so it is "
    "unknown whether the metric got better or worse."
)
TIP = "Write the metric in its former unit."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a value."""
    for change in case.changes:
        before, after, metric = change.before, change.after, change.metric
        if not (before and after and metric and other_unit(change, case.base)):
            continue
        larger = (after.number or 0) > (before.number or 0)
        how = "a fraction before, in percent now" if larger else "in percent before, a fraction now"
        yield RuleResult(
            change.section,
            f"{metric.title} of {change.run} went from {before.text} to {after.text}: {how}",
            (change.run,),
            metric.key,
            before.text,
            after.text,
        )

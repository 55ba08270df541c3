"""A value is in another unit than before."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.rule import Case, RuleResult
from results_bot.judge.significance import other_size, other_unit
from results_bot.model import Severity

ID = "unit-changed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "An accuracy of 0.83 became 83.5: a hundred times as much, and no improvement. That is for "
    "metrics that lie between 0 and 1 by definition. A value of any other metric that got better "
    "by a factor of about 1,000 (600 to 1,500), while the other rows of its section stayed at the "
    "old size (within a factor of 30), is a warning: metres in place of millimetres do that, and "
    "seldom a training. The two values are not compared, so it is unknown whether the metric got "
    "better or worse. A value that got as much worse is one for metric-regressed."
)
TIP = "Write the metric in its former unit."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a value."""
    for change in case.changes:
        before, after, metric = change.before, change.after, change.metric
        if before is None or after is None or metric is None:
            continue
        larger = abs(after.number or 0) > abs(before.number or 0)
        if other_unit(change, case.base):
            how = (
                "a fraction before, in percent now"
                if larger
                else "in percent before, a fraction now"
            )
            severity = None
        elif other_size(change, case.base, case.head):
            size = "1,000 times as much" if larger else "a thousandth"
            how = f"about {size}, while other rows stayed at the old size"
            severity = Severity.WARNING
        else:
            continue
        yield RuleResult(
            change.section,
            f"{metric.title} of {change.run} went from {before.text} to {after.text}: {how}",
            (change.run,),
            metric.key,
            before.text,
            after.text,
            severity=severity,
        )

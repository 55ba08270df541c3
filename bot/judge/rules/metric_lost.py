"""A run has no value any more where it had one."""

from __future__ import annotations

from collections.abc import Iterator

from bot.judge.case import Case
from bot.judge.hit import Hit
from bot.model import ChangeKind, Severity

ID = "metric-lost"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The run is still there, and its artifacts no longer give a metric that they gave before. A "
    "gate that only looks at the values that are there would be green."
)
TIP = "See that the job still writes the metric, or drop the column in the configuration."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a value."""
    for change in case.changes:
        if change.kind is ChangeKind.METRIC_LOST and change.metric and change.run and change.before:
            yield Hit(
                change.section,
                f"{change.metric.title} of {change.run} is gone (was {change.before.text})",
                (change.run,),
                change.metric.key,
                change.before.text,
                None,
            )

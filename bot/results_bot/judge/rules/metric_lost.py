"""A run has no value any more where it had one."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.case import Case
from results_bot.judge.hit import Hit
from results_bot.model import Change, ChangeKind, Metric, Severity
from results_bot.table import Value

ID = "metric-lost"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The run is still there, and its artifacts no longer give a metric that they gave before. A "
    "gate that only looks at the values that are there would be green."
)
TIP = "See that the job still writes the metric, or approve that it is gone."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a value, and one for a column that left with all its values."""
    columns: dict[tuple[str, str], list[Change]] = {}
    for change in case.changes:
        if change.metric is None or not _lost(change):
            continue
        section = case.head.summary.section(change.section)
        if section is None or section.metric(change.metric.key) is None:
            columns.setdefault((change.section, change.metric.key), []).append(change)
        else:
            yield _value(change, change.metric)
    for (section_id, key), lost in columns.items():
        if len(lost) == 1 and lost[0].metric:
            yield _value(lost[0], lost[0].metric)
        elif lost[0].metric:
            runs = tuple(change.run or "" for change in lost)
            message = f"Column {lost[0].metric.title} left the page: {len(runs)} runs had a value"
            yield Hit(section_id, message, runs, key)


def _lost(change: Change) -> bool:
    """Tell whether there was a value, and now is none or a text that is no number."""
    if change.metric is not None and change.metric.is_setting:
        return False
    if change.kind is ChangeKind.METRIC_LOST:
        return True
    return (
        change.kind is ChangeKind.VALUE_CHANGED
        and change.before is not None
        and change.before.number is not None
        and change.after is not None
        and change.after.number is None
    )


def _value(change: Change, metric: Metric) -> Hit:
    before, after = change.before or Value(""), change.after
    now = f'now "{after.text}", was' if after else "was"
    return Hit(
        change.section,
        f"{metric.title} of {change.run} is gone ({now} {before.text})",
        (change.run or "",),
        metric.key,
        before.text,
        after.text if after else None,
    )

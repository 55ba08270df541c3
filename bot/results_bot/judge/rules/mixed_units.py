"""One column holds fractions and percentages."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from results_bot.judge.rule import Case, RuleResult, listed
from results_bot.metric_names import is_fraction
from results_bot.model import SETTING_PREFIX, Metric, Severity

ID = "mixed-units"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "An accuracy of 0.83 stands beside one of 83.5: the order of the rows and the best value are "
    "wrong. Applies only to metrics that lie between 0 and 1 by definition, and to values that are "
    "about a hundredth of the others' median."
)
TIP = "Let all runs write the metric in one unit."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a column."""
    for section in case.head.sections:
        for metric in section.metrics:
            if not is_fraction(metric.key) or metric.key.startswith(("best_", SETTING_PREFIX)):
                continue
            values = section.numbers(metric.key)
            percents = {run: one for run, one in values.items() if 1 < one <= 100}
            usual = median(percents.values()) if percents else 0.0
            small = [
                run
                for run, one in values.items()
                if 0 < one <= 1 and 50 * one <= usual <= 200 * one
            ]
            if not small:
                continue
            # Those that all came by this change brought the other unit; or else the fewer.
            groups = (
                (small, "a fraction", "a percentage"),
                ([*percents], "a percentage", "a fraction"),
            )
            runs, unit, other = min(
                groups,
                key=lambda group: (
                    not all(_came(case, section.id, run, metric, values[run]) for run in group[0]),
                    len(group[0]),
                ),
            )
            message = f"{metric.title} of {listed(runs)} is {unit}, and of others {other}"
            yield RuleResult(section.id, message, tuple(runs), metric.key, state=True)


def _came(case: Case, section: str, run: str, metric: Metric, number: float) -> bool:
    """Return True if a run is new, or its value had the other unit before."""
    before = case.base.row(section, run)
    was = before.row.number(metric.key) if before else None
    return (section, run) in case.touched and (was is None or (was <= 1) != (number <= 1))

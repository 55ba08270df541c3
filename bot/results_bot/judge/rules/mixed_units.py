"""One column holds fractions and percentages."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from results_bot.judge.rule import Case, RuleResult, listed
from results_bot.metric_names import is_fraction
from results_bot.model import SETTING_PREFIX, Severity

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
            percents = [number for number in values.values() if 1 < number <= 100]
            usual = median(percents) if percents else 0.0
            small = [
                run
                for run, one in values.items()
                if 0 < one <= 1 and 50 * one <= usual <= 200 * one
            ]
            if small:
                yield RuleResult(
                    section.id,
                    f"{metric.title} of {listed(small)} is a fraction, and of others a percentage",
                    tuple(small),
                    metric.key,
                    state=True,
                )

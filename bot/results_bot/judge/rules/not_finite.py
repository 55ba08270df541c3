"""A value is NaN or infinite."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import isfinite

from results_bot.judge.rule import Case, RuleResult, listed
from results_bot.metric_names import is_of_one_size
from results_bot.model import Severity

ID = "not-finite"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "NaN is neither better nor worse than any number, so a threshold lets it pass. Here it never "
    "passes: a run with NaN or infinity must be fixed or approved. Not for the precision of small, "
    "medium or large objects, of which a test set may have none."
)
TIP = "The training diverged or the metric divides by zero. Look at the run's log."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a value."""
    for section in case.head.sections:
        metrics = [
            metric
            for metric in section.compared
            if not metric.is_setting and not is_of_one_size(metric.key)
        ]
        for row, metric in product(section.rows, metrics):
            number = row.number(metric.key)
            if number is None or isfinite(number):
                continue
            shown = row.values[metric.key].text
            seeds = {one.run: one.number(metric.key) for one in row.replicates}
            odd = [run for run, one in seeds.items() if one is not None and not isfinite(one)]
            where = f" in {listed(odd)}" if len(odd) < len(seeds) else ""
            before = case.base.row(section.id, row.run)
            was = before.row.values.get(metric.key) if before else None
            yield RuleResult(
                section.id,
                f"{metric.title} of {row.run} is {shown}{where}",
                (row.run,),
                metric.key,
                was.text if was else None,
                shown,
                state=True,
            )

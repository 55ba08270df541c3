"""A run is so far from its siblings that they do not compare."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.rule import Case, RuleResult, grouped, listed
from results_bot.model import Severity
from results_bot.page import cells

ID = "outlier-regime"
SEVERITY = Severity.NOTICE
EXPLANATION = (
    "At least half of a run's metrics are far worse than the section's medians (robust z-score "
    "above 8, four runs at least), and none is better. Costs such as latency do not count. Silent "
    "for baselines and simple models, by their names, and for runs of another data set. The row is "
    "kept for the record and left out of the takeaways."
)
TIP = "Move old runs to a section of their own."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for each section and metric."""
    found = case.facts.outliers
    for here in grouped(found, lambda fact: (fact.section, fact.metric.key)).values():
        runs = tuple(fact.run for fact in here)
        metric = here[0].metric
        values = listed(tuple(cells.number(fact.value, metric.format) for fact in here))
        usual = cells.number(here[0].usual, metric.format)
        yield RuleResult(
            here[0].section,
            f"{listed(runs)}: {metric.title} {values}, far off the median {usual}",
            runs,
            metric.key,
            state=True,
        )

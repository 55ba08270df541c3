"""A metric is equal to the last digit over runs that are configured differently."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.case import Case
from results_bot.judge.rule import RuleResult, grouped, listed
from results_bot.model import Severity

ID = "identical-metrics"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "At least three runs, and half of their section, have one value to the last digit; or two runs "
    "share a value that is no count of right samples, such as a loss. Runs with different settings "
    "do not agree like that by themselves: a model that predicts one class does, or a metric taken "
    "from the wrong place, or one checkpoint evaluated twice. Silent where chance may do it (above "
    "1 %), as on a small test set or with few digits."
)
TIP = "See whether each run evaluates its own model."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for each set of runs, with all the values that they share."""
    for here in grouped(case.facts.identical, lambda fact: (fact.section, fact.runs)):
        runs = here[0].runs
        values = listed([f"{fact.metric.title} ({fact.text})" for fact in here])
        is_are = "is" if len(here) == 1 else "are"
        yield RuleResult(
            here[0].section,
            f"{values} {is_are} the same to the last digit in {len(runs)} of {here[0].of} runs: "
            f"{listed(runs)}",
            runs,
            here[0].metric.key if len(here) == 1 else None,
            None,
            here[0].text if len(here) == 1 else None,
            state=True,
        )

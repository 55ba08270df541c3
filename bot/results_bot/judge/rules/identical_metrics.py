"""A metric is equal to the last digit over runs with different settings."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.rule import Case, RuleResult, grouped, listed
from results_bot.model import Severity
from results_bot.page.facts.agreement import identical

ID = "identical-metrics"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "At least three models, and half of their section, have one value to the last digit; or two "
    "share a value that is no count of right samples, such as a loss. Different models do not "
    "agree like that by themselves: they do if they predict one class, if the metric is taken from "
    "the wrong place, or if one checkpoint was evaluated twice. Silent where chance may do it "
    "(above 1 %), as on a small test set or with few digits; for exports, calibrations and "
    "thresholds of one model; and for baselines. A notice where all runs of the section have that "
    "value, unless their predictions show one class, and where several pairs agree: a second file "
    "may list the same runs."
)
TIP = "See whether each run evaluates its own model."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for all pairs of a section, and one for each larger set of runs."""
    one_class = {fact.place for fact in case.facts.one_class}
    found = [fact for one in case.head.sections for fact in identical(one)]
    alike = grouped(found, lambda fact: (fact.section, fact.runs)).values()
    pairs = [here[0] for here in alike if len(here[0].runs) == 2]
    listed_twice = set[str]()
    for section_id, one in grouped(pairs, lambda fact: fact.section).items():
        if len(one) > 1:
            listed_twice.add(section_id)
            yield RuleResult(
                section_id,
                f"{len(one)} pairs of runs share values to the last digit, perhaps each one run "
                f"that is listed twice: {listed([' = '.join(fact.runs) for fact in one])}",
                tuple(dict.fromkeys(run for fact in one for run in fact.runs)),
                severity=Severity.NOTICE,
                state=True,
            )
    for here in alike:
        runs = here[0].runs
        if len(runs) == 2 and here[0].section in listed_twice:
            continue
        # A column that never changes is a constant, unless the predictions never change either.
        constant = len(runs) == here[0].of and not one_class.issuperset(
            (here[0].section, run) for run in runs
        )
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
            severity=Severity.NOTICE if constant else None,
            state=True,
        )

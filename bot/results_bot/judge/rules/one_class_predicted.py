"""The model predicts one class for every sample."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.rule import Case, RuleResult, grouped, listed
from results_bot.model import Severity
from results_bot.numbers import plural
from results_bot.page.facts.identity import is_trivial

ID = "one-class-predicted"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "The predictions contain one class for all samples, or the accuracy equals the share of one "
    "class in the test set to the last digit. Such an accuracy shows which class is frequent, and "
    "nothing about the model."
)
TIP = "Check the class balance, the learning rate and the last layer before comparing settings."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for each class and test set."""
    found = [fact for fact in case.facts.one_class if not is_trivial(fact.run)]
    by_class = grouped(found, lambda fact: (fact.label, fact.samples))
    for (label, samples), here in by_class.items():
        places = tuple(fact.place for fact in here)
        sections = {section for section, _ in places}
        runs = tuple(run for _, run in places)
        who = f"{runs[0]} predicts" if len(runs) == 1 else f"{len(runs)} runs predict"
        source = "" if all(fact.seen for fact in here) else " (by the accuracy)"
        names = f": {listed(runs)}" if len(runs) > 1 else ""
        yield RuleResult(
            sections.pop() if len(sections) == 1 else "",
            f"{who} class {label} for all {plural(samples, 'sample')}{source}; "
            f"that class is {here[0].share:.2%} of them{names}",
            runs,
            where=places,
            state=True,
        )

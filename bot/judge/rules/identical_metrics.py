"""A metric is equal to the last digit over runs that are configured differently."""

from __future__ import annotations

from collections.abc import Iterator

from bot.judge.case import Case
from bot.judge.hit import Hit
from bot.judge.phrases import listed
from bot.model import Severity

ID = "identical-metrics"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "At least three runs, and half of the section, show one value to the last digit; or two runs "
    "share a value that is no fraction of their samples. Different settings do not do that: a "
    "constant model, a metric taken from the wrong place, or a checkpoint evaluated again does."
)
TIP = "See whether each run evaluates its own model."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a value."""
    for fact in case.facts.identical:
        runs = tuple(member.name for member in fact.members)
        yield Hit(
            fact.section.id,
            f"{fact.metric.title} is {fact.text} to the last digit in {len(runs)} of {fact.of} "
            f"runs: {listed(runs)}",
            runs,
            fact.metric.key,
            None,
            fact.text,
            state=True,
        )

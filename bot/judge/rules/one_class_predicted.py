"""The model predicts one class for every sample."""

from __future__ import annotations

from collections.abc import Iterator

from bot.judge.case import Case
from bot.judge.hit import Hit
from bot.judge.phrases import listed
from bot.model import Severity

ID = "one-class-predicted"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "The predictions show one class for all samples, or the accuracy is to the last digit the "
    "share of one class in the test set. Such an accuracy says which class is frequent, and "
    "nothing about the model."
)
TIP = "Look at the class balance, the learning rate and the last layer before comparing settings."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit for each class and section."""
    found = case.facts.one_class
    for section_id, label in dict.fromkeys((f.member.section.id, f.label) for f in found):
        here = [f for f in found if (f.member.section.id, f.label) == (section_id, label)]
        runs = tuple(fact.member.name for fact in here)
        every = "predicts" if len(runs) == 1 else "each predict"
        told = "" if all(fact.seen for fact in here) else " (by the accuracy)"
        yield Hit(
            section_id,
            f"{listed(runs)} {every} class {label} for all {here[0].samples:,} samples{told}; "
            f"that class is {here[0].share:.2%} of them",
            runs,
            state=True,
        )

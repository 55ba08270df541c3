"""Two runs agree in everything though configured differently."""

from __future__ import annotations

from collections.abc import Iterator

from bot.judge.case import Case
from bot.judge.hit import Hit
from bot.judge.phrases import listed
from bot.model import Severity

ID = "twin-runs"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "All final metrics of two runs agree within 1e-4 and their settings differ: what was changed "
    "between them had no effect."
)
TIP = "See that the setting reaches the training code; if it does, it can be dropped."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a pair."""
    for fact in case.facts.twins:
        names = (fact.one.name, fact.other.name)
        last = tuple(dict.fromkeys(name.rpartition(".")[2] for name in fact.settings))
        yield Hit(
            fact.section.id,
            f"{names[0]} and {names[1]} agree in every metric within {fact.farthest:.0e}, "
            f"though they differ in {listed(last)}",
            names,
            state=True,
        )

"""Two runs agree in everything though configured differently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from results_bot.judge.case import Case
from results_bot.judge.hit import Hit
from results_bot.judge.phrases import grouped, listed
from results_bot.model import Severity
from results_bot.page.facts.twins import Twins
from results_bot.page.material import Place

ID = "twin-runs"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "All final metrics of two runs agree within 1e-4, and within 1 % of the range that the section "
    "has, while their settings differ: what was changed between them had no effect. Runs that "
    "differ only in a seed, a path or a name are replicates; accuracies on few samples alone make "
    "no twins."
)
TIP = "See that the setting reaches the training code; if it does, it can be dropped."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit for each set of runs that are twins of each other."""
    for pairs in _sets(case.facts.twins):
        names = tuple(dict.fromkeys(name for fact in pairs for name in (fact.one, fact.other)))
        settings = (name.rpartition(".")[2] for fact in pairs for name in fact.settings)
        farthest = max(fact.farthest for fact in pairs)
        within = f"within {farthest:.0e}" if farthest else "to the last digit"
        yield Hit(
            pairs[0].section,
            f"{listed(names)} agree in every metric {within}, "
            f"though they differ in {listed(tuple(dict.fromkeys(settings)))}",
            names,
            state=True,
        )


def _sets(found: Sequence[Twins]) -> list[list[Twins]]:
    """Return the pairs put together where they share a run."""
    sets: dict[Place, set[Place]] = {}
    for fact in found:
        one, other = ((fact.section, name) for name in (fact.one, fact.other))
        if one not in sets or sets[one] is not sets.get(other):
            joined = sets.get(one, {one}) | sets.get(other, {other})
            sets.update(dict.fromkeys(joined, joined))
    return grouped(found, lambda fact: id(sets[fact.section, fact.one]))

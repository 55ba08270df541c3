"""Two runs agree in everything though configured differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.judge.case import Case
from bot.judge.hit import Hit
from bot.judge.phrases import listed
from bot.model import Severity
from bot.summary.facts.twins import Twins

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
        names = tuple(dict.fromkeys(m.name for fact in pairs for m in (fact.one, fact.other)))
        settings = (name.rpartition(".")[2] for fact in pairs for name in fact.settings)
        farthest = max(fact.farthest for fact in pairs)
        within = f"within {farthest:.0e}" if farthest else "to the last digit"
        yield Hit(
            pairs[0].section.id,
            f"{listed(names)} agree in every metric {within}, "
            f"though they differ in {listed(tuple(dict.fromkeys(settings)))}",
            names,
            state=True,
        )


def _sets(found: Iterable[Twins]) -> list[list[Twins]]:
    """Return the pairs put together where they share a run."""
    sets: list[list[Twins]] = []
    for fact in found:
        ends = {id(fact.one), id(fact.other)}
        touching = [
            one for one in sets if any({id(pair.one), id(pair.other)} & ends for pair in one)
        ]
        sets = [one for one in sets if one not in touching]
        sets.append([pair for one in touching for pair in one] + [fact])
    return sets

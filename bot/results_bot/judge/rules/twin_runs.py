"""Two runs agree in everything though configured differently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from results_bot.judge.case import Case
from results_bot.judge.hit import Hit
from results_bot.judge.phrases import listed
from results_bot.model import Severity
from results_bot.page.facts.twins import Twins

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


def _sets(found: Sequence[Twins]) -> list[list[Twins]]:
    """Return the pairs put together where they share a run, by the last pair of each set."""
    parts: list[list[int]] = []
    """For each pair the sets that it joins, each by its last pair."""
    joined: dict[int, int] = {}
    """The pair that joined a set, by the set's last pair."""
    last: dict[int, int] = {}
    """A pair of a run's set, by the run."""
    for at, fact in enumerate(found):
        ends = [id(fact.one), id(fact.other)]
        parts.append(sorted({_top(joined, last[end]) for end in ends if end in last}))
        joined.update(dict.fromkeys(parts[at], at))
        last.update(dict.fromkeys(ends, at))
    tops = [at for at in range(len(found)) if at not in joined]
    return [[found[at] for at in _in_order(parts, top)] for top in tops]


def _top(joined: dict[int, int], at: int) -> int:
    """Return the last pair of a pair's set, and shorten the way there for the next time."""
    way = []
    while at in joined:
        way.append(at)
        at = joined[at]
    joined.update(dict.fromkeys(way, at))
    return at


def _in_order(parts: Sequence[Sequence[int]], top: int) -> list[int]:
    """Return the pairs of a set as they were put together, the last one last."""
    out, left = [], [top]
    while left:
        at = left.pop()
        out.append(at)
        left += parts[at]
    return out[::-1]

"""Two runs with different settings agree in everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from results_bot.judge.rule import Case, RuleResult, grouped, listed
from results_bot.model import Severity
from results_bot.page.facts.agreement import Twins, twins
from results_bot.page.section import Place

ID = "twin-runs"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "Two runs agree in all final metrics within 1e-4 and within 1 % of their section's range, "
    "although their settings differ: those settings had no effect. Runs that differ only in a "
    "seed, a path, a name or a date are replicates. Settings of the evaluation or the log, such as "
    "`eval_batch_size` or `dtype`, do not count. Agreement that chance explains is not reported: "
    "in accuracies on few samples, or among many runs of a sweep."
)
TIP = "See that the setting reaches the training code; if it does, it can be dropped."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for each set of runs that are twins of each other."""
    for pairs in _connected([fact for one in case.head.sections for fact in twins(one)]):
        names = tuple(dict.fromkeys(name for fact in pairs for name in (fact.one, fact.other)))
        settings = (name.rpartition(".")[2] for fact in pairs for name in fact.settings)
        farthest = max(fact.farthest for fact in pairs)
        within = f"within {farthest:.0e}" if farthest else "to the last digit"
        yield RuleResult(
            pairs[0].section,
            f"{listed(names)} agree in every metric {within}, "
            f"though they differ in {listed(tuple(dict.fromkeys(settings)))}",
            names,
            state=True,
        )


def _connected(found: Sequence[Twins]) -> list[list[Twins]]:
    """Group the pairs that are connected by shared runs."""
    parent: dict[Place, Place] = {}

    def root(section: str, name: str) -> Place:
        run = section, name
        while parent.setdefault(run, run) != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    for fact in found:
        parent[root(fact.section, fact.one)] = root(fact.section, fact.other)
    return [*grouped(found, lambda fact: root(fact.section, fact.one)).values()]

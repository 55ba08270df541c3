"""The two aims, held against what was counted: over all, and in every kind of data."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.simulation.data import OURS, STRONGEST
from benchmarks.simulation.play import Results, Task
from benchmarks.simulation.regimes import EDGES, MAIN, REGIMES
from benchmarks.simulation.rules import LEVEL
from benchmarks.simulation.tables import alarm_rate, amount, percent, power, table, wilson

MOST_BEHIND = 0.05
"""Power that the verdicts may lose to the strongest test."""


class Aim(NamedTuple):
    """What one kind of data came to at its worst."""

    regime: str
    alarms: float
    """Largest share of unchanged reports that raise a regression."""
    where_alarms: Task
    reports: int
    """That the share is of."""
    behind: float
    """Largest power that is lost to the strongest test."""
    where_behind: Task

    @property
    def quiet(self) -> bool:
        """Tell whether the alarms are, but for the simulation's own noise, at most 5 %."""
        return wilson(self.alarms, self.reports)[0] <= LEVEL

    @property
    def strong(self) -> bool:
        """Tell whether power is within 5 points everywhere."""
        return self.behind <= MOST_BEHIND


def aims(results: Results) -> list[Aim]:
    """Return the worst of every kind of data that the aims are meant for."""
    return [_aim(results, regime) for regime in (*MAIN, *EDGES)]


def _aim(results: Results, regime: str) -> Aim:
    here = {task: tallies for task, tallies in results.items() if task.regime == regime}
    alarms = {task: alarm_rate(found[OURS]) for task, found in here.items() if not task.effect}
    behind = {
        task: power(found[STRONGEST], task) - power(found[OURS], task)
        for task, found in here.items()
        if task.effect
    }
    loudest, weakest = max(alarms, key=alarms.__getitem__), max(behind, key=behind.__getitem__)
    return Aim(
        regime, alarms[loudest], loudest, here[loudest][OURS].reports, behind[weakest], weakest
    )


def met(found: list[Aim]) -> bool:
    """Tell whether both aims are met in every kind of data."""
    return all(aim.quiet and aim.strong for aim in found)


def lines(found: list[Aim]) -> list[str]:
    """Return the aims in words, then a table of all kinds of data."""
    loudest, weakest = max(found, key=lambda aim: aim.alarms), max(found, key=lambda a: a.behind)
    words = {True: "met", False: "missed"}
    quiet, strong = all(aim.quiet for aim in found), all(aim.strong for aim in found)
    rows = [
        [
            REGIMES[aim.regime].title,
            f"{percent(aim.alarms)} ({_size(aim.where_alarms)})",
            words[aim.quiet],
            f"{100 * max(0.0, aim.behind):.1f} points ({_worse(aim.where_behind)})",
            words[aim.strong],
        ]
        for aim in found
    ]
    header = ["Data", "Most false alarms", "at most 5 %", "Farthest behind", "within 5 points"]
    return [
        "- At most 5 % of reports without a change raise a regression, in every kind of data: "
        f"**{words[quiet]}**. At worst {percent(loudest.alarms)} "
        f"({REGIMES[loudest.regime].title}, {_size(loudest.where_alarms)}).",
        "- Power within 5 points of the strongest test, for every kind of data and size of "
        f"effect: **{words[strong]}**. At worst {100 * weakest.behind:.1f} points behind "
        f"({REGIMES[weakest.regime].title}, {_worse(weakest.where_behind)}).",
        "",
        *table(header, rows),
    ]


def _size(task: Task) -> str:
    return f"{task.runs} x {task.metrics}"


def _worse(task: Task) -> str:
    return f"{_size(task)}, worse by {amount(task.effect, task.regime)}"

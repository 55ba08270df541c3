"""The readings of a section's runs, each column and each set of names gone through once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from results_bot.model import Direction, Kind, Metric, Reading, Run, Status


class Readings:
    """What the runs of a section tell."""

    def __init__(self, runs: Sequence[Run]) -> None:
        """Take the runs as they come; every column has their order."""
        self.runs = runs
        self._columns: dict[str, list[Reading | None]] = {}
        self._directions: dict[tuple[str, ...], Direction] = {}

    @property
    def finished(self) -> Readings:
        """What the finished ones of the runs tell."""
        runs = [run for run in self.runs if run.status is Status.FINISHED]
        return self if len(runs) == len(self.runs) else Readings(runs)

    @cached_property
    def shapes(self) -> Counter[tuple[str, ...]]:
        """The names that runs tell, each set of names with the number of its runs.

        In the order of the runs, so that going through the names meets them as in the runs.
        """
        return Counter(tuple(run.readings) for run in self.runs)

    def of(self, metric: Metric) -> list[Reading | None]:
        """Return each run's reading for `metric`: the first of its sources that the run has."""
        if len(metric.sources) == 1:
            return self.named(metric.sources[0])
        return [reading(run, metric) for run in self.runs]

    def named(self, name: str) -> list[Reading | None]:
        """Return each run's reading of this name."""
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = [run.readings.get(name) for run in self.runs]
        return column

    def numbers(self, name: str) -> Sequence[float | None]:
        """Return each run's number of this name, None where it tells none."""
        return [None if one is None else one.value for one in self.named(name)]

    def finals(self, name: str) -> Sequence[float | None]:
        """Return the same of those that were written once, as the job's result."""
        final = Kind.FINAL
        return [
            one.value if one is not None and one.kind is final else None for one in self.named(name)
        ]

    def values(self, metric: Metric) -> list[float]:
        """Return the values of the runs that have one."""
        return [found.value for found in self.of(metric) if found is not None]

    def direction(self, metric: Metric) -> Direction:
        """Return the direction that artifacts state, as an Optuna study does, where they agree."""
        way = self._directions.get(metric.sources)
        if way is None:
            ways = {found.direction for found in self.of(metric) if found is not None}
            ways.discard(Direction.UNKNOWN)
            way = ways.pop() if len(ways) == 1 else Direction.UNKNOWN
            self._directions[metric.sources] = way
        return way


def reading(run: Run, metric: Metric) -> Reading | None:
    """Return the run's reading for `metric`: the first of its sources that the run has."""
    for source in metric.sources:
        found = run.readings.get(source)
        if found is not None:
            return found
    return None

"""The readings of a section's runs, by name."""

from __future__ import annotations

from collections.abc import Sequence

from results_bot.model import Direction, Kind, Metric, Reading, Run


class Readings:
    """The readings of some runs; a run is known by its place among them."""

    def __init__(self, runs: Sequence[Run]) -> None:
        """Group the readings by name, in the order in which the runs have them.

        That order decides the order of the columns.
        """
        self.runs = runs
        self._by_name: dict[str, dict[int, Reading]] = {}
        for place, run in enumerate(runs):
            for name, reading in run.readings.items():
                self._by_name.setdefault(name, {})[place] = reading

    @property
    def names(self) -> list[str]:
        """The names of all readings."""
        return [*self._by_name]

    def having(self, name: str) -> set[int]:
        """Return the places of the runs that have a reading of this name."""
        return {*self._by_name.get(name, ())}

    def count(self, name: str) -> int:
        """Return how many runs have a reading of this name."""
        return len(self._by_name.get(name, ()))

    def is_final(self, name: str) -> bool:
        """Return True if any reading of this name was written as a job's result."""
        return any(one.kind is Kind.FINAL for one in self._by_name.get(name, {}).values())

    def column(self, metric: Metric) -> dict[int, float]:
        """Return the values of a metric by place, where a run has one.

        It is the first of the metric's sources that the run has.
        """
        found: dict[int, Reading] = {}
        for source in reversed(metric.sources):
            found |= self._by_name.get(source, {})
        return {place: reading.value for place, reading in found.items()}

    def values(self, metric: Metric) -> list[float]:
        """Return the values of the runs that have one."""
        return [*self.column(metric).values()]

    def direction(self, metric: Metric) -> Direction:
        """Return the direction that artifacts state, as an Optuna study does, where they agree."""
        readings = [self._by_name.get(source, {}).values() for source in metric.sources]
        stated = {one.direction for some in readings for one in some} - {Direction.UNKNOWN}
        return stated.pop() if len(stated) == 1 else Direction.UNKNOWN

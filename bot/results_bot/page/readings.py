"""The readings of all runs of the page as one DataFrame; a section works on its part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from results_bot.model import Direction, Kind, Metric, Run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class Readings:
    """The readings of some runs, by name and in the order of the runs.

    `frame` has a row a reading: a value that a run lacks is a row that does not exist, and NaN is
    a value like any other. `places` are the rows of each name in it.
    """

    def __init__(
        self, runs: Sequence[Run], frame: pd.DataFrame, places: Mapping[str, np.ndarray]
    ) -> None:
        self.runs = runs
        self._places = places
        self._run, self._value = frame["run"].to_numpy(), frame["value"].to_numpy()
        self._final, self._direction = frame["final"].to_numpy(), frame["direction"].to_numpy()

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Readings:
        """Return the readings of one group of runs."""
        return cls.grouped([runs])[0]

    @classmethod
    def grouped(cls, groups: Sequence[Sequence[Run]]) -> list[Readings]:
        """Return the readings of several groups of runs, all in one frame."""
        import pandas as pd

        found = [
            (group, place, name, reading)
            for group, runs in enumerate(groups)
            for place, run in enumerate(runs)
            for name, reading in run.readings.items()
        ]
        names = pd.Series([name for _, _, name, _ in found], dtype=object)
        directions = pd.Series([one.direction for *_, one in found], dtype=object)
        frame = pd.DataFrame(
            {
                "group": pd.Series([group for group, *_ in found], dtype=int),
                "run": pd.Series([place for _, place, *_ in found], dtype=int),
                "name": names,
                "value": pd.Series([one.value for *_, one in found], dtype=float),
                "final": pd.Series([one.kind is Kind.FINAL for *_, one in found], dtype=bool),
                "direction": directions,
            }
        )
        places: list[dict[str, np.ndarray]] = [{} for _ in groups]
        indices: dict[Any, Any] = dict(frame.groupby(["group", "name"]).indices)
        # In the order in which the runs have them: it decides the order of the columns.
        for (group, name), rows in sorted(indices.items(), key=lambda item: int(item[1][0])):
            places[group][name] = rows
        return [cls(runs, frame, own) for runs, own in zip(groups, places, strict=True)]

    @property
    def names(self) -> list[str]:
        """The names of all readings, in the order in which the runs have them."""
        return [*self._places]

    def count(self, name: str) -> int:
        """Return how many runs have a reading of this name."""
        return len(self._places.get(name, ()))

    def is_final(self, name: str) -> bool:
        """Return True if any reading of this name was written as a job's result."""
        return name in self._places and bool(self._final[self._places[name]].any())

    def having(self, name: str) -> set[int]:
        """Return the places of the runs that have a reading of this name."""
        return set(self._run[self._places[name]].tolist()) if name in self._places else set()

    def column(self, metric: Metric) -> tuple[np.ndarray, np.ndarray]:
        """Return each run's value of a metric, and whether it has one.

        It is the first of the metric's sources that the run has; without one it is NaN.
        """
        import numpy as np

        values, measured = np.full(len(self.runs), np.nan), np.zeros(len(self.runs), dtype=bool)
        for source in reversed(metric.sources):
            if source in self._places:
                rows = self._places[source]
                values[self._run[rows]] = self._value[rows]
                measured[self._run[rows]] = True
        return values, measured

    def values(self, metric: Metric) -> list[float]:
        """Return the values of the runs that have one."""
        values, measured = self.column(metric)
        known: list[float] = values[measured].tolist()
        return known

    def direction(self, metric: Metric) -> Direction:
        """Return the direction that artifacts state, as an Optuna study does, where they agree."""
        rows = [self._places[name] for name in metric.sources if name in self._places]
        stated = {way for some in rows for way in self._direction[some]} - {Direction.UNKNOWN}
        return stated.pop() if len(stated) == 1 else Direction.UNKNOWN

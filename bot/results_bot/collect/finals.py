"""A run's final numbers, each a reading when somebody asks; of runs alike, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from results_bot.collect.found import Plain
from results_bot.model import Reading, Run


class Finals(Mapping[str, Reading]):
    """The readings of a run of which one artifact tells all: its final numbers."""

    __slots__ = ("said",)

    def __init__(self, said: Plain) -> None:
        """Take them from an artifact whose shape `are_finals`."""
        self.said = said

    def __getitem__(self, name: str) -> Reading:
        """Return one. Raises KeyError."""
        said = self.said
        return Reading(name, said.values[said.shape.places[name]], said.path)

    def __iter__(self) -> Iterator[str]:
        """Go through the names, in the artifact's order."""
        return iter(self.said.shape.names)

    def __len__(self) -> int:
        return len(self.said.shape.names)

    def __repr__(self) -> str:
        return repr(dict(self))


def columns(runs: Sequence[Run | None]) -> Mapping[str, Sequence[float]] | None:
    """Return the final numbers of runs that all tell the same, by name in the runs' order.

    None where any run tells something else, or is not here.
    """
    said = [one.said for run in runs if run and type(one := run.readings) is Finals]
    if len(said) < len(runs) or not said:
        return None
    shapes = {id(one.shape): one.shape for one in said}
    names = {shape.names for shape in shapes.values()}
    if len(names) > 1:
        return None
    return dict(zip(names.pop(), zip(*[one.values for one in said], strict=True), strict=False))

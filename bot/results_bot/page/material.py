"""Sections joined with the runs behind their rows: what facts, takeaways and rules read.

Names of rows are unique in a section, so that a section's id and a name identify a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from math import isfinite

import msgspec

from results_bot.collect.samples import Samples
from results_bot.escape import markdown
from results_bot.metric_names import Role, role
from results_bot.model import Direction, Metric, Run, Section, Summary
from results_bot.page import cells
from results_bot.table import Row

Place = tuple[str, str]
"""The id of a section and the name of one of its rows."""


class RunRow(msgspec.Struct, frozen=True):
    """One row with the run behind it."""

    section: Section
    row: Row
    run: Run | None
    """None where the run's artifacts are not here."""

    @property
    def name(self) -> str:
        """The run's name as shown."""
        return self.row.run

    @property
    def place(self) -> Place:
        """Where the row stands in the page."""
        return self.section.id, self.row.run


class SectionView:
    """One section, its numbers column by column, and the runs behind its rows."""

    def __init__(self, section: Section, runs: Mapping[Place, Run]) -> None:
        """Take the runs of this section out of `runs`, which may hold those of other sections."""
        self.section = section
        self.table = section.table
        self.metrics = judged(section)
        """The metrics that can get better or worse."""
        self.names = list(dict.fromkeys(self.table.names))
        places = {name: (section.id, name) for name in self.names} if runs else {}
        self.runs = {name: runs[place] for name, place in places.items() if place in runs}
        self._texts: dict[str, dict[str, str]] = {}
        self._numbers: dict[str, dict[str, float]] = {}

    @cached_property
    def rows(self) -> dict[str, Row]:
        """The rows by the names of their runs, in the table's order."""
        return {row.run: row for row in self.section.rows}

    def row(self, name: str) -> RunRow | None:
        """Return the row of this name, or None."""
        row = self.rows.get(name)
        return None if row is None else RunRow(self.section, row, self.runs.get(name))

    @property
    def is_complete(self) -> bool:
        """Whether the artifacts of every row are here."""
        return len(self.runs) == len(self.names)

    def texts(self, key: str) -> dict[str, str]:
        """Return the cells of a column, by run; runs without a cell are left out."""
        if key not in self._texts:
            column = self.table.texts[key].tolist() if key in self.table.texts else []
            both = zip(self.table.names, column, strict=False)
            self._texts[key] = {name: text for name, text in both if text is not None}
        return self._texts[key]

    def numbers(self, key: str) -> dict[str, float]:
        """Return each run's value of a metric, in the table's order; only finite numbers.

        They are rounded as the table shows them, so that what is derived from a page does not
        change on a machine without the artifacts. A run without a cell has its own reading.
        """
        if key not in self._numbers:
            texts, metric = self.texts(key), self.section.metric(key)
            spec = metric.format if metric else ""
            found = {name: cells.parse(text, spec).number for name, text in texts.items()}
            for name, run in self.runs.items() if len(texts) < len(self.names) else ():
                if name not in texts and key in run.readings:
                    found[name] = run.readings[key].value
            self._numbers[key] = {
                name: number
                for name in self.names
                if (number := found.get(name)) is not None and isfinite(number)
            }
        return self._numbers[key]

    def exact(self, key: str) -> dict[str, float]:
        """Return the artifacts' own values of a metric, at full precision; only finite numbers."""
        if key not in self.table.numbers:
            return {}
        column = self.table.numbers[key].where(self.table.exact[key]).tolist()
        both = zip(self.table.names, column, strict=True)
        return {name: number for name, number in both if isfinite(number)}

    def cell(self, name: str, metric: Metric) -> str:
        """Return a value as Markdown: the cell, or what it would be if the column were shown."""
        text, number = self.texts(metric.key).get(name), self.numbers(metric.key).get(name)
        if text is None and number is not None:
            return cells.number(number, metric.format)
        return markdown(cells.MISSING if text is None else text)


def no_samples(_: Run) -> Samples | None:
    """Stand in where prediction files are not at hand."""
    return None


class Material(msgspec.Struct, frozen=True, dict=True):
    """A summary with the runs behind its rows and their predictions."""

    summary: Summary
    runs: Mapping[Place, Run] = {}
    """The runs whose artifacts are here."""
    samples: Callable[[Run], Samples | None] = no_samples
    """Reads a run's predictions."""

    @cached_property
    def sections(self) -> dict[str, SectionView]:
        """The sections by id, in the page's order."""
        return {one.id: SectionView(one, self.runs) for one in self.summary.sections}

    def row(self, section_id: str, name: str) -> RunRow | None:
        """Return one row, or None."""
        view = self.sections.get(section_id)
        return view.row(name) if view else None

    def runs_in_order(self) -> Iterator[tuple[Place, Run]]:
        """Yield the runs behind rows, in the page's order."""
        for section_id, view in self.sections.items():
            for name, run in view.runs.items():
                yield (section_id, name), run

    def samples_of(self, run: Run | None) -> Samples | None:
        """Return a run's predictions, where it has some and they are here."""
        return self.samples(run) if run is not None and run.predictions else None


def judged(section: Section) -> tuple[Metric, ...]:
    """Return the metrics of a section that can get better or worse."""
    return tuple(
        metric
        for metric in section.metrics
        if metric.direction is not Direction.UNKNOWN and role(metric.key) is not Role.COUNT
    )

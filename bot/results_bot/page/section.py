"""A section of the page, and all sections: tables, the runs behind their rows, and their order.

Names of rows are unique in a section, so that a section's id and a name identify a run.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cache, cached_property
from itertools import chain
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from results_bot.collect.folders import possible_names, without_replicate
from results_bot.collect.samples import Samples
from results_bot.config import SectionTable
from results_bot.escape import markdown, printable
from results_bot.metric_names import Role, role
from results_bot.model import Direction, Metric, Row, Run, Status
from results_bot.page import cells

if TYPE_CHECKING:
    import pandas as pd

Place = tuple[str, str]
"""The id of a section and the name of one of its rows."""
_VERSION = re.compile(r"(?i:v|version[-_ ]?)\d+(?:\.\d+)+|\d+(?:\.\d+){2,}|(?<!\d)\.\d")


class Section(msgspec.Struct, frozen=True, dict=True):
    """A titled table of runs with one sort order."""

    id: str
    title: str
    metrics: tuple[Metric, ...] = ()
    rows: tuple[Row, ...] = ()
    unfinished: tuple[tuple[str, Status], ...] = ()
    """Runs without final metrics, by name, each with how it ended."""
    sort: str | None = None
    """Key of the metric that orders the rows."""
    run_title: str = "Run"
    runs: Mapping[str, Run] = {}
    """The runs by the names of their rows, where their artifacts are here.

    Before the rows are made, unfinished runs too.
    """
    folded: Mapping[str, Mapping[str, Run]] = {}
    """The runs of the single seeds, by the name of the row that stands for them."""
    settings: SectionTable = SectionTable(id="")
    """How the section is configured."""
    unshown: tuple[Metric, ...] = ()
    """Judged metrics that the rows have cells of, and the page no columns."""

    def frame(self, field: str) -> pd.DataFrame:
        """Return one field of each cell, a row a run, a column a metric or setting.

        `text`, or as float64 `number`, `std` or `n`. A missing value has no cell, and so no text; a
        NaN value has a text, and only `number` is NaN for both.
        """
        import pandas as pd

        held = (key for row in self.rows for key in row.values)
        keys = [*dict.fromkeys(chain((metric.key for metric in self.metrics), held))]
        lines = [[getattr(row.values.get(key), field, None) for key in keys] for row in self.rows]
        # Of dtype object: no name is taken for a missing one.
        index = pd.Index([row.run for row in self.rows], dtype=object)
        dtype = object if field == "text" else float
        return pd.DataFrame(lines, index, pd.Index(keys, dtype=object), dtype)

    @cached_property
    def baselines(self) -> frozenset[str]:
        """The rows that people wrote, such as published results: shown, and never the best."""
        return frozenset(self.settings.baselines) - self.runs.keys()

    @property
    def every_run(self) -> dict[str, Run]:
        """The runs, and those of the single seeds."""
        return {
            **self.runs,
            **{k: run for group in self.folded.values() for k, run in group.items()},
        }

    def without(self, names: Container[str]) -> Section:
        """Return the section without the runs of some rows, and without their seeds."""
        runs = {name: run for name, run in self.runs.items() if name not in names}
        folded = {name: group for name, group in self.folded.items() if name not in names}
        return replace(self, runs=runs, folded=folded)

    @cached_property
    def renamed(self) -> frozenset[str]:
        """Names that the page may have shown the runs by, and that no row has now.

        Only asked where the page has a row more than there are runs.
        """
        alone = {name: run for name, run in self.runs.items() if name not in self.folded}
        members = {name: run for group in self.folded.values() for name, run in group.items()}
        former = set()
        for run in (alone | members).values():
            former |= {printable(run.name)} | possible_names(run.path)
        former |= {without_replicate(name) for name in former}  # The row of a group that is gone.
        former -= alone.keys() | members.keys()
        return frozenset(former | (members.keys() - self.folded.keys()))

    @cached_property
    def names(self) -> list[str]:
        """The names of the rows of runs in their order."""
        return [*dict.fromkeys(row.run for row in self.rows if row.run not in self.baselines)]

    @cached_property
    def judged(self) -> tuple[Metric, ...]:
        """The metrics that can get better or worse."""
        return tuple(filter(is_judged, self.metrics))

    @property
    def is_complete(self) -> bool:
        """Whether the artifacts of every row are here."""
        return len(self.runs) == len(self.names)

    @property
    def all_judged(self) -> tuple[Metric, ...]:
        """The metrics that can get better or worse, with a column or without."""
        return (*self.judged, *self.unshown)

    @property
    def compared(self) -> tuple[Metric, ...]:
        """The metrics that have a column, then those that have none."""
        return (*self.metrics, *self.unshown)

    def metric(self, key: str) -> Metric | None:
        """Return the metric with this key, or None."""
        return next((metric for metric in self.compared if metric.key == key), None)

    def in_order(self) -> Section:
        """Return the section with its rows in order: runs, then what people wrote as they did."""
        rows = ordered(self.rows, self.metric(self.sort) if self.sort else None)
        place = {name: at for at, name in enumerate(self.settings.baselines)}
        rows.sort(key=lambda row: place[row.run] if row.run in self.baselines else -1)
        runs = {row.run: self.runs[row.run] for row in rows if row.run in self.runs}
        return replace(self, rows=tuple(rows), runs=runs)

    def row(self, run: str) -> Row | None:
        """Return the row of this run, or None."""
        return self._by_name.get(run)

    @cached_property
    def _by_name(self) -> dict[str, Row]:
        return {row.run: row for row in self.rows}

    @cached_property
    def _numbers(self) -> dict[str, dict[str, float]]:
        return {}

    def texts(self, key: str) -> dict[str, str]:
        """Return the cells of a column, by run; runs without a cell are left out."""
        return {row.run: row.values[key].text for row in self.rows if key in row.values}

    def numbers(self, key: str) -> dict[str, float]:
        """Return each run's value of a metric, in the table's order; only finite numbers.

        They are rounded as the table shows them, so that what is derived from a page does not
        change on a machine without the artifacts. A run without a cell has its own reading.
        """
        if key not in self._numbers:
            metric, texts = self.metric(key), self.texts(key)
            found: dict[str, float | None] = {
                name: run.readings[key].value
                for name, run in self.runs.items()
                if key in run.readings
            }
            spec = metric.format if metric else ""
            found |= {name: cells.parse(text, spec).number for name, text in texts.items()}
            self._numbers[key] = {
                name: number
                for name in self.names
                if (number := found.get(name)) is not None and isfinite(number)
            }
        return self._numbers[key]

    def exact(self, key: str) -> dict[str, float]:
        """Return the artifacts' own values of a metric, at full precision; only finite numbers."""
        return {
            row.run: number
            for row in self.rows
            if row.run not in self.baselines
            and (value := row.values.get(key)) is not None
            and (number := value.number) is not None
            and value.exact
            and isfinite(number)
        }

    def best(self, metric: Metric) -> frozenset[str]:
        """Return the rows with the best value of a judged metric; none where most rows have it."""
        numbers = self.numbers(metric.key) if metric in self.judged else {}
        if len(numbers) < 2:
            return frozenset()
        top = (max if metric.direction is Direction.HIGHER else min)(numbers.values())
        names = [name for name, number in numbers.items() if number == top]
        return frozenset(names if 2 * len(names) <= len(numbers) else ())

    def cell(self, name: str, metric: Metric) -> str:
        """Return a value as Markdown: the cell, or what it would be if the column were shown."""
        text, number = self.texts(metric.key).get(name), self.numbers(metric.key).get(name)
        if text is None and number is not None:
            return cells.number(number, metric.format)
        return markdown(cells.MISSING if text is None else text)


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


class RunFact(msgspec.Struct, frozen=True):
    """Something that is known of one run beyond its numbers."""

    section: str
    run: str

    @property
    def place(self) -> Place:
        """Where the run stands in the page."""
        return self.section, self.run


def no_samples(_: Run) -> Samples | None:
    """Stand in where prediction files are not at hand."""
    return None


def is_judged(metric: Metric) -> bool:
    """Return True if a metric can get better or worse: a count only where its owner says so."""
    quality = metric.configured or role(metric.key) is not Role.COUNT
    return quality and metric.direction is not Direction.UNKNOWN


class Summary(msgspec.Struct, frozen=True, dict=True):
    """The sections of the page, parsed or regenerated."""

    sections: tuple[Section, ...] = ()
    samples: Callable[[Run], Samples | None] = no_samples
    """Reads a run's predictions."""

    @cached_property
    def runs(self) -> dict[Place, Run]:
        """The runs behind all rows, in the page's order."""
        return {(one.id, name): run for one in self.sections for name, run in one.runs.items()}

    def section(self, section_id: str) -> Section | None:
        """Return the section with this id, or None."""
        return next((section for section in self.sections if section.id == section_id), None)

    def row(self, section_id: str, name: str) -> RunRow | None:
        """Return one row with its run, or None."""
        section = self.section(section_id)
        row = section.row(name) if section else None
        return RunRow(section, row, section.runs.get(name)) if section and row else None

    def samples_of(self, run: Run | None) -> Samples | None:
        """Return a run's predictions, where it has some and they are here."""
        return self.samples(run) if run is not None and run.predictions else None

    def with_runs(
        self, runs: Mapping[Place, Run], samples: Callable[[Run], Samples | None] = no_samples
    ) -> Summary:
        """Return the sections with these runs behind their rows."""
        sections = (
            replace(one, runs={n: runs[one.id, n] for n in one.names if (one.id, n) in runs})
            for one in self.sections
        )
        return Summary(tuple(sections), samples)


def ordered(rows: Sequence[Row], metric: Metric | None) -> list[Row]:
    """Return rows by a metric, best first, then in natural order of their names.

    They are sorted by the numbers as shown, rounded: a row that only the page remembers is sorted
    as on the machine that has its artifacts. Those without a value are last.
    """

    def cost(row: Row) -> tuple[bool, float]:
        if metric is None or metric.key not in row.values:
            return True, 0.0
        number = cells.parse(row.values[metric.key].text, metric.format).number
        if number is None or isnan(number):
            return True, 0.0
        return False, -number if metric.direction is Direction.HIGHER else number

    costs = [cost(row) for row in rows]
    times = Counter(costs)
    # Names decide between equal values only: their keys take longer than all else.
    names = [
        _natural_key(row.run) if times[one] > 1 else ()
        for row, one in zip(rows, costs, strict=True)
    ]
    return [rows[at] for at in sorted(range(len(rows)), key=lambda at: (costs[at], names[at]))]


def in_natural_order(names: Iterable[str]) -> list[str]:
    """Return names in the order in which people count: `run_9` before `run_10`.

    A number with a point is a decimal, as in `lr0.0003`; the parts of a version count one by one,
    as in `v1.9` and `v1.10`.
    """
    return sorted(names, key=_natural_key)


def _natural_key(name: str) -> tuple[Any, str]:
    return _natsort_key()(_VERSION.sub(lambda found: found[0].replace(".", ". "), name)), name


@cache
def _natsort_key() -> Any:
    from natsort import natsort_keygen, ns

    return natsort_keygen(alg=ns.FLOAT)

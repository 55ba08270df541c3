"""All that is known about a summary: its tables, the runs behind them, and their predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from bot.collect.samples import Samples
from bot.metric_names import Role, role, split_of, tokens
from bot.model import Direction, Metric, Row, Run, Section, Summary
from bot.summary import cells

_SAME = {"valid": "val", "validation": "val", "dev": "val"}


def no_samples(_: Run) -> Samples | None:
    """Stand in where prediction files are not at hand."""
    return None


class _Siblings:
    """The rows of one section with their runs, and their numbers column by column."""

    def __init__(self, section: Section, runs: Mapping[tuple[str, str], Run]) -> None:
        self._formats = {metric.key: metric.format for metric in reversed(section.metrics)}
        self._columns: dict[str, list[float | None]] = {}
        self.rows = [(row, runs.get((section.id, row.run))) for row in section.rows]

    def numbers(self, key: str) -> list[float | None]:
        """Return a number for each row; rules and takeaways ask for the same again and again."""
        column = self._columns.get(key)
        if column is None:
            spec = self._formats.get(key, "")
            column = self._columns[key] = [_number(row, run, key, spec) for row, run in self.rows]
        return column


class Member:
    """One row with the section it stands in and the run behind it, where that is here."""

    __slots__ = ("_at", "_counts", "_siblings", "row", "run", "section")

    def __init__(
        self, section: Section, row: Row, run: Run | None, siblings: _Siblings, at: int
    ) -> None:
        """Keep the three; this is the one of its `siblings` that stands `at` a place."""
        self.section, self.row, self.run = section, row, run
        self._siblings, self._at = siblings, at
        self._counts: dict[str | None, int] | None = None

    @property
    def name(self) -> str:
        """The run's name as shown."""
        return self.row.run

    def number(self, key: str) -> float | None:
        """Return a column's value as the page shows it, else a reading of a run that is here.

        Rounded on purpose: what is said of a page must follow from the page, and must not change
        on a machine that lacks the artifacts.
        """
        return self._siblings.numbers(key)[self._at]

    @property
    def sample_count(self) -> int | None:
        """The number of test samples, as the artifacts say."""
        found = self._sample_counts
        return found["test"] if "test" in found else next(iter(found.values()), None)

    def samples_in(self, split: str | None) -> int | None:
        """Return the number of samples of a data split; of one that is not named, the test's."""
        if split is None:
            return self.sample_count
        return self._sample_counts.get(_SAME.get(split, split), self._sample_counts.get(None))

    @property
    def _sample_counts(self) -> dict[str | None, int]:
        """Sample counts by the data split that their names tell."""
        if self._counts is None:
            readings = self.run.readings if self.run else {}
            counts = [
                (name, int(reading.value))
                for name, reading in readings.items()
                if _counts_samples(name) and 1 <= reading.value < float("inf")
            ]
            self._counts = _by_split(tuple(counts))
        return self._counts


@lru_cache(maxsize=4_096)
def _by_split(counts: tuple[tuple[str, int], ...]) -> dict[str | None, int]:
    """Return the counts by split, the first of each; the runs of a test set share the answer."""
    out: dict[str | None, int] = {}
    for name, count in counts:
        split = split_of(name)
        out.setdefault(_SAME.get(split or "", split), count)
    return out


@lru_cache(maxsize=65_536)
def _counts_samples(name: str) -> bool:
    return tokens(name)[-2:] in (("num", "samples"), ("n", "samples"))


@dataclass(frozen=True)
class Material:
    """A summary with everything behind it."""

    summary: Summary
    runs: Mapping[tuple[str, str], Run] = field(default_factory=dict)
    """By section id and name as shown; only runs whose artifacts are here."""
    samples: Callable[[Run], Samples | None] = no_samples

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """Every row of the page, in its order."""
        return tuple(self._members())

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Member]:
        return {(member.section.id, member.name): member for member in self.members}

    @cached_property
    def _by_section(self) -> dict[str, tuple[Member, ...]]:
        out: dict[str, list[Member]] = {}
        for member in self.members:
            out.setdefault(member.section.id, []).append(member)
        return {section_id: tuple(members) for section_id, members in out.items()}

    def member(self, section_id: str, run: str) -> Member | None:
        """Return one row, or None."""
        return self._by_name.get((section_id, run))

    def of(self, section: Section) -> tuple[Member, ...]:
        """Return the rows of one section."""
        return self._by_section.get(section.id, ())

    def samples_of(self, member: Member) -> Samples | None:
        """Return a run's predictions, where it has some and they are here."""
        return self.samples(member.run) if member.run and member.run.predictions else None

    def _members(self) -> Iterator[Member]:
        for section in self.summary.sections:
            siblings = _Siblings(section, self.runs)
            for at, (row, run) in enumerate(siblings.rows):
                yield Member(section, row, run, siblings, at)


def _number(row: Row, run: Run | None, key: str, spec: str) -> float | None:
    value = row.values.get(key)
    if value is not None:
        return cells.parse(value.text, spec).number
    found = run.readings.get(key) if run else None
    return None if found is None else found.value


def judged(section: Section) -> tuple[Metric, ...]:
    """Return the metrics of a section that can get better or worse."""
    return tuple(
        metric
        for metric in section.metrics
        if metric.direction is not Direction.UNKNOWN and role(metric.key) is not Role.COUNT
    )

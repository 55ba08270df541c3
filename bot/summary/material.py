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


class Member:
    """One row with the section it stands in and the run behind it, where that is here."""

    __slots__ = ("_counts", "_formats", "_numbers", "row", "run", "section")

    def __init__(
        self, section: Section, row: Row, run: Run | None, formats: Mapping[str, str]
    ) -> None:
        """Keep the three; `formats` are those of the section's metrics, by key."""
        self.section, self.row, self.run = section, row, run
        self._formats = formats
        # Rules and takeaways ask for the same again and again.
        self._numbers: dict[str, float | None] = {}
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
        try:
            return self._numbers[key]
        except KeyError:
            self._numbers[key] = number = self._number(key)
            return number

    def _number(self, key: str) -> float | None:
        value = self.row.values.get(key)
        if value is not None:
            return cells.parse(value.text, self._formats.get(key, "")).number
        found = self.run.readings.get(key) if self.run else None
        return None if found is None else found.value

    @property
    def sample_count(self) -> int | None:
        """The number of test samples, as the artifacts say."""
        found = self._sample_counts
        return found.get("test", next(iter(found.values()), None))

    def samples_in(self, split: str | None) -> int | None:
        """Return the number of samples of a data split; of one that is not named, the test's."""
        if split is None:
            return self.sample_count
        return self._sample_counts.get(_SAME.get(split, split), self._sample_counts.get(None))

    @property
    def _sample_counts(self) -> dict[str | None, int]:
        """Sample counts by the data split that their names tell."""
        if self._counts is None:
            self._counts = {}
            for name, reading in (self.run.readings if self.run else {}).items():
                if _counts_samples(name) and 1 <= reading.value < float("inf"):
                    split = split_of(name)
                    self._counts.setdefault(_SAME.get(split or "", split), int(reading.value))
        return self._counts


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
            formats = {metric.key: metric.format for metric in reversed(section.metrics)}
            for row in section.rows:
                yield Member(section, row, self.runs.get((section.id, row.run)), formats)


def judged(section: Section) -> tuple[Metric, ...]:
    """Return the metrics of a section that can get better or worse."""
    return tuple(
        metric
        for metric in section.metrics
        if metric.direction is not Direction.UNKNOWN and role(metric.key) is not Role.COUNT
    )

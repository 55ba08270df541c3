"""All that is known about a summary: its tables, the runs behind them, and their predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import msgspec

from results_bot.collect.samples import Samples
from results_bot.metric_names import Role, role
from results_bot.model import Direction, Metric, Run, Section, Summary
from results_bot.page.siblings import Member, Members, Siblings


def no_samples(_: Run) -> Samples | None:
    """Stand in where prediction files are not at hand."""
    return None


class Material(msgspec.Struct, frozen=True, dict=True):
    """A summary with everything behind it."""

    summary: Summary
    runs: Mapping[tuple[str, str], Run] = {}
    """By section id and name as shown; only runs whose artifacts are here."""
    samples: Callable[[Run], Samples | None] = no_samples

    @classmethod
    def behind(
        cls,
        summary: Summary,
        sections: Sequence[Siblings],
        runs: Mapping[tuple[str, str], Run],
        samples: Callable[[Run], Samples | None],
    ) -> Material:
        """Return the summary with what was put together for its sections already."""
        material = cls(summary, runs, samples)
        vars(material)["sections"] = tuple(sections)
        return material

    def reading(self, samples: Callable[[Run], Samples | None]) -> Material:
        """Return the same, its very members, with another way to read predictions."""
        other = msgspec.structs.replace(self, samples=samples)
        vars(other)["sections"] = self.sections
        return other

    @cached_property
    def sections(self) -> tuple[Siblings, ...]:
        """The sections of the page in its order, each with what is behind its rows."""
        return tuple(Siblings(section, self.runs) for section in self.summary.sections)

    @cached_property
    def members(self) -> Members:
        """Every row of the page, in its order."""
        return Members([part for siblings in self.sections for part in siblings.members.parts])

    @cached_property
    def _by_section(self) -> dict[str, Siblings]:
        return {siblings.section.id: siblings for siblings in self.sections}

    def member(self, section_id: str, run: str) -> Member | None:
        """Return one row, or None."""
        siblings = self._by_section.get(section_id)
        return siblings.member(run) if siblings else None

    def siblings(self, section: Section) -> Siblings:
        """Return one section with what is behind its rows. Raises KeyError where it has none."""
        return self._by_section[section.id]

    def of(self, section: Section) -> Sequence[Member]:
        """Return the rows of one section."""
        found = self._by_section.get(section.id)
        return found.members if found else ()

    def samples_of(self, member: Member) -> Samples | None:
        """Return a run's predictions, where it has some and they are here."""
        return self.samples(member.run) if member.run and member.run.predictions else None


def judged(section: Section) -> tuple[Metric, ...]:
    """Return the metrics of a section that can get better or worse."""
    return tuple(
        metric
        for metric in section.metrics
        if metric.direction is not Direction.UNKNOWN and role(metric.key) is not Role.COUNT
    )

"""One section of the new page, with what its block said before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from results_bot.config import Config, SectionTable
from results_bot.model import Run, Section
from results_bot.page.markdown import TableText, parse, render
from results_bot.page.plan import Planned
from results_bot.page.read import as_section
from results_bot.page.tables import section, text_of


class Made:
    """A section of the new page with its block, its rows and the runs behind them."""

    def __init__(
        self, planned: Planned, config: Config, block: str | None, gone: frozenset[str]
    ) -> None:
        """Make it. `block` is what the page says, None where it has no such section."""
        was = None if block is None else parse(block)
        self.section = section(planned, config, was, gone)
        self.shown: TableText = text_of(self.section)
        # Most say the same again, and a second copy of all of them would take much memory.
        self.was = self.shown if was == self.shown else was
        self._planned = planned

    @property
    def table(self) -> SectionTable:
        """Its configuration."""
        return self._planned.table

    @cached_property
    def content(self) -> str:
        """What its block says now."""
        return render(self.shown)

    @cached_property
    def committed(self) -> Section | None:
        """The section as its block was found; None where there was none."""
        return None if self.was is None else as_section(self.section, self.was, self.shown)

    @property
    def runs(self) -> Mapping[str, Run]:
        """The runs whose artifacts are here, by name as shown, with or without a row."""
        return self._planned.runs


class RunsBehind(Mapping[tuple[str, str], Run]):
    """The runs behind sections, by section id and name as shown."""

    def __init__(self, made: Iterable[Made]) -> None:
        self._made = {one.section.id: one for one in made}

    def __getitem__(self, place: tuple[str, str]) -> Run:
        """Return one run. Raises KeyError where its artifacts are not here."""
        section_id, name = place
        return self._made[section_id].runs[name]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Go through all of them, section by section."""
        return ((key, name) for key, one in self._made.items() for name in one.runs)

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(len(one.runs) for one in self._made.values())

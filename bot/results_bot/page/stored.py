"""A section that was made elsewhere: by another process, or in an earlier refresh.

What the page and its takeaways ask for is here column by column. Whoever asks for more, such as a
whole row or the run behind it, has the section made again.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import msgspec
from msgspec.structs import replace

from results_bot.config import SectionTable
from results_bot.model import Run, Section
from results_bot.page.facts.of_section import SectionFacts
from results_bot.page.made import MadeSection
from results_bot.page.packed import Packed, packed, unpacked
from results_bot.page.read import as_section
from results_bot.page.rows import LateRows, folded
from results_bot.page.siblings import Siblings
from results_bot.page.tables import frame_of


class StoredSection(msgspec.Struct, array_like=True):
    """What is kept of a section; its rows are in the page's order."""

    frame: Section
    """The section without its rows."""
    count: int
    """How many rows there are."""
    names: Packed
    texts: list[Packed]
    """What the cells show, by metric."""
    numbers: list[bytes | list[float | None]]
    """The numbers behind them, by metric: as C has them where each row has one."""
    commonest: list[tuple[int, int]]
    """What `Siblings.commonest` tells, by metric."""
    content: str | None
    """What its block says now; None where it said so before."""
    had_block: bool
    is_same: bool
    """The block said the same before, if perhaps in other words."""
    are_all_here: bool
    have_predictions: bool
    usual_count: int | None
    facts: bytes


class ChangedMeanwhileError(Exception):
    """A section cannot be made again as it was: its artifacts are others by now."""


def stored(made: MadeSection, block: str | None) -> StoredSection:
    """Return what is to be kept of a section whose block said `block`."""
    siblings, keys = made.siblings, [metric.key for metric in made.section.metrics]
    names, texts = _columns(made)
    return StoredSection(
        frame=replace(made.section, rows=()),
        count=len(siblings.names),
        names=names,
        texts=texts,
        numbers=[_packed(siblings.numbers(key)) for key in keys],
        commonest=[siblings.commonest(key) for key in keys],
        content=None if made.content == block else made.content,
        had_block=block is not None,
        is_same=made.was == made.shown and not folded(made.section.rows),
        are_all_here=siblings.are_all_here,
        have_predictions=siblings.have_predictions,
        usual_count=siblings.usual_count,
        facts=made.facts.written(),
    )


def _columns(made: MadeSection) -> tuple[Packed, list[Packed]]:
    """Return the names of the rows, and what their cells show, by metric."""
    siblings, metrics = made.siblings, made.section.metrics
    return packed(siblings.names), [packed(siblings.texts(metric.key)) for metric in metrics]


def _packed(numbers: Sequence[float | None]) -> bytes | list[float | None]:
    try:
        return array("d", numbers).tobytes()  # type: ignore[type-var]
    except TypeError:
        return [*numbers]


class StoredMade:
    """A section that was made elsewhere, as one that was made here."""

    def __init__(
        self,
        kept: StoredSection,
        table: SectionTable,
        block: str | None,
        load: Callable[[], MadeSection],
    ) -> None:
        """Take up `kept`, whose block says `block`. `load` makes the section again."""
        self._kept, self._table, self._load = kept, table, load
        self.content = block if kept.content is None and block is not None else kept.content or ""
        rows = LateRows(kept.count, lambda: self._made.section.rows)
        self.section = replace(kept.frame, rows=rows)

    @cached_property
    def _made(self) -> MadeSection:
        """All of the section. Raises ChangedMeanwhileError where it is another by now."""
        made = self._load()
        if (self._kept.names, self._kept.texts) != _columns(made):
            raise ChangedMeanwhileError(self.section.id)
        return made

    @property
    def table(self) -> SectionTable:
        """Its configuration."""
        return self._table

    @cached_property
    def siblings(self) -> Siblings:
        """Its rows beside each other, with the runs behind them."""
        return _StoredSiblings(self._kept, self.section, lambda: self._made.siblings)

    @cached_property
    def facts(self) -> SectionFacts:
        """What can be said of it."""
        return SectionFacts.read(self.siblings, self._kept.facts)

    @cached_property
    def committed(self) -> Section | None:
        """The section as its block was found; None where there was none."""
        if not self._kept.had_block:
            return None
        if not self._kept.is_same:
            return self._made.committed
        frame = frame_of(self.section)
        return as_section(self.section, frame, frame)

    @property
    def runs(self) -> Mapping[str, Run]:
        """The runs whose artifacts are here, by name as shown, with or without a row."""
        return self._made.runs


class _StoredSiblings(Siblings):
    """The columns of a section that was made elsewhere."""

    def __init__(self, kept: StoredSection, section: Section, load: Callable[[], Siblings]) -> None:
        super().__init__(section, {})
        self._load = load
        keys = [metric.key for metric in section.metrics]
        self._kept = kept
        self._commonest = dict(zip(keys, kept.commonest, strict=True))
        self._known = dict(zip(keys, kept.numbers, strict=True))
        self._columns = dict(zip(keys, kept.texts, strict=True))
        vars(self).update(
            are_all_here=kept.are_all_here,
            have_predictions=kept.have_predictions,
            usual_count=kept.usual_count,
            _texts={},
        )

    @cached_property
    def runs(self) -> Sequence[Run | None]:
        """The run behind each row, None where its artifacts are not here."""
        return self._load().runs

    def texts(self, key: str) -> Sequence[str | None]:
        """Return what the cell of each row shows in a column; None where it has none."""
        if key not in self._texts:
            self._texts[key] = unpacked(self._columns.get(key, [None] * self._kept.count))
        return self._texts[key]

    def commonest(self, key: str) -> tuple[int, int]:
        """Return how many rows show the commonest text of a column, and how many show a number."""
        return self._commonest.get(key, (0, 0))

    def numbers(self, key: str) -> list[float | None]:
        """Return a number for each row: as the page shows it, else the reading of a run."""
        if key not in self._numbers and key in self._known:
            column = self._known[key]
            self._numbers[key] = [*array("d", column)] if isinstance(column, bytes) else column
        return super().numbers(key)

    @cached_property
    def names(self) -> Sequence[str]:
        """The names of the rows."""
        return [*map(str, unpacked(self._kept.names))]

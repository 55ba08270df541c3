"""The rows of a section and their columns: what is asked of all rows makes none of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import overload

import msgspec

from results_bot.table import Row, Value


class _Asked(ABC, Sequence[Row]):
    """Rows that are made when somebody asks."""

    def __init__(self, count: int) -> None:
        self._count = count

    @abstractmethod
    def _made(self) -> Sequence[Row]:
        """Return them."""

    @cached_property
    def _rows(self) -> Sequence[Row]:
        return self._made()

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        return self._rows[at]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True  # Which is told without making them.
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self._rows))


class Column(msgspec.Struct, frozen=True):
    """What one column shows of each row."""

    texts: Sequence[str | None]
    """None where a row has nothing."""
    numbers: Sequence[float | None]
    """The artifacts' own; all None of a column that shows settings."""

    @property
    def values(self) -> list[Value | None]:
        """The same, cell by cell."""
        both = zip(self.texts, self.numbers, strict=True)
        return [
            None if text is None else Value(text, number, None, None, number is not None)
            for text, number in both
        ]

    def at(self, places: Sequence[int]) -> Column:
        """Return it for the rows at some places."""
        texts, numbers = self.texts, self.numbers
        return Column([texts[at] for at in places], [numbers[at] for at in places])


class Grid(_Asked):
    """Rows of runs whose artifacts are here, column by column."""

    def __init__(
        self, names: Sequence[str], paths: Sequence[str], columns: Mapping[str, Column]
    ) -> None:
        """Take their names and paths, and the columns by metric key."""
        super().__init__(len(names))
        self.names, self.paths, self.columns = names, paths, columns

    def at(self, places: Sequence[int]) -> Grid:
        """Return the rows at some places."""
        names, paths = ([column[at] for at in places] for column in (self.names, self.paths))
        return Grid(names, paths, {key: one.at(places) for key, one in self.columns.items()})

    def _made(self) -> tuple[Row, ...]:
        keys, columns = [*self.columns], [column.values for column in self.columns.values()]
        return tuple(
            Row(name, {k: v for k, v in zip(keys, cells, strict=True) if v is not None}, path)
            for name, path, *cells in zip(self.names, self.paths, *columns, strict=True)
        )


def names(rows: Sequence[Row]) -> Sequence[str]:
    """Return the names of the runs."""
    return rows.names if isinstance(rows, Grid) else [row.run for row in rows]


def texts(rows: Sequence[Row], key: str) -> Sequence[str | None]:
    """Return what each row shows in a column; None where it has nothing there."""
    if isinstance(rows, Grid):
        column = rows.columns.get(key)
        return [None] * len(rows) if column is None else column.texts
    cells = (row.values.get(key) for row in rows)
    return [None if cell is None else cell.text for cell in cells]


def exact(rows: Sequence[Row], key: str) -> Sequence[float | None]:
    """Return the number in each row as the artifacts have it; None where only the page has one."""
    if isinstance(rows, Grid):
        column = rows.columns.get(key)
        return [None] * len(rows) if column is None else column.numbers
    cells = (row.values.get(key) for row in rows)
    return [cell.number if cell is not None and cell.exact else None for cell in cells]


def folded(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that stand for replicates."""
    return [] if isinstance(rows, Grid) else [row for row in rows if row.replicates]


def numbers_in(rows: Sequence[Row]) -> int:
    """Return how many cells hold a number."""
    if isinstance(rows, Grid):
        columns = [column.numbers for column in rows.columns.values()]
        return sum(len(rows) - column.count(None) for column in columns)
    return sum(cell.number is not None for row in rows for cell in row.values.values())

"""Three versions of a table to one, row by row and cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from results_bot.page import cells
from results_bot.page.markdown import TableText
from results_bot.page.tables import in_natural_order

Supported = Callable[[str, str, str], str | None]
"""Section, run and column title to the text that an artifact supports; None where none does."""
Row = Mapping[str, str]
"""Column titles to cells, without the run's name."""
_Cell = Callable[[str, str], str | None]
T = TypeVar("T")


def nothing_supported(section: str, run: str, column: str) -> str | None:
    """Stand in where no artifacts are at hand."""
    del section, run, column
    return None


def merge_tables(
    base: TableText | None, ours: TableText | None, theirs: TableText | None, supported: _Cell
) -> tuple[TableText, tuple[str, ...]]:
    """Return the merged table, its rows by name, and the runs with a cell in dispute."""
    old, one, other = (table or TableText(()) for table in (base, ours, theirs))
    header = _header(old, one, other)
    rows, disputed = _rows(old.rows, one.rows, other.rows, (old, one, other), header, supported)
    replicates, _ = _rows(
        old.replicates, one.replicates, other.replicates, (old, one, other), header, supported
    )
    names = {row[0] for row in rows}
    unfinished = _merged_map(dict(old.unfinished), dict(one.unfinished), dict(other.unfinished))
    return (
        TableText(
            header,
            rows,
            _one_of(old.sorted_by, one.sorted_by, other.sorted_by),
            tuple((run, unfinished[run]) for run in in_natural_order(unfinished)
                  if run not in names),
            _one_of(old.note, one.note, other.note) or "",
            _one_of(old.narrative, one.narrative, other.narrative) or "",
            replicates,
        ),
        disputed,
    )  # fmt: skip


def _header(base: TableText, ours: TableText, theirs: TableText) -> tuple[str, ...]:
    """Return the columns that nobody took out, then those that somebody added."""
    old, one, other = (table.header for table in (base, ours, theirs))
    if not one or not other or one == other:
        return one or other
    if old in (one, other):
        return other if old == one else one
    kept = [title for title in old or one if title in one and title in other]
    added = sorted({*one, *other}.difference(old, kept))
    return (*kept, *added)


def _rows(
    base: Iterable[tuple[str, ...]],
    ours: Iterable[tuple[str, ...]],
    theirs: Iterable[tuple[str, ...]],
    tables: tuple[TableText, TableText, TableText],
    header: tuple[str, ...],
    supported: _Cell,
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    old, one, other = (
        {row[0]: dict(zip(table.header[1:], row[1:], strict=False)) for row in rows}
        for rows, table in zip((base, ours, theirs), tables, strict=True)
    )
    merged: dict[str, Row] = {}
    disputed: list[str] = []
    for run in in_natural_order({*one, *other}):
        row = _kept(old.get(run), one.get(run), other.get(run))
        if row is None and run in one and run in other:
            row, dispute = _cells(run, old.get(run, {}), one[run], other[run], supported)
            disputed += [run] if dispute else []
        if row is not None:
            merged[run] = row
    rows = ((run, *(row.get(title, cells.MISSING) for title in header[1:]))
            for run, row in merged.items())  # fmt: skip
    return tuple(rows), tuple(disputed)


def _kept(base: Row | None, ours: Row | None, theirs: Row | None) -> Row | None:
    """Return the row where at most one side has a say; None where it goes, or both changed it.

    A deletion is honoured unless the other side changed the row.
    """
    if ours is None or theirs is None:
        left = ours if theirs is None else theirs
        return None if base is not None and left == base else left
    if theirs in (ours, base):
        return ours
    return theirs if ours == base else None


def _cells(run: str, base: Row, ours: Row, theirs: Row, supported: _Cell) -> tuple[Row, bool]:
    out: dict[str, str] = {}
    dispute = False
    for title in dict.fromkeys([*ours, *theirs]):
        old, one, other = base.get(title), ours.get(title), theirs.get(title)
        if one == other or other in (old, None):
            text = one
        elif one in (old, None):
            text = other
        else:
            text = supported(run, title)
            if text is None:
                # Both in one cell: the table still shows as a table, and no number is believed.
                text, dispute = f"ours {one} / theirs {other}", True
        out[title] = text if text is not None else cells.MISSING
    return out, dispute


def _one_of(base: T, ours: T, theirs: T) -> T:
    return theirs if ours == base else ours


def _merged_map(base: dict[str, T], ours: dict[str, T], theirs: dict[str, T]) -> dict[str, T]:
    """Merge by name: what one side took out goes, what one side added stays."""
    out: dict[str, T] = {}
    for name in {*ours, *theirs}:
        if name in ours and name in theirs:
            out[name] = _one_of(base.get(name, ours[name]), ours[name], theirs[name])
        elif name not in base:
            out[name] = ours[name] if name in ours else theirs[name]
    return out

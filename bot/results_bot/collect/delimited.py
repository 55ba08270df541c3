"""Tables of text: CSV and TSV, whatever the delimiter and the decimal sign."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import msgspec

from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_LEAVES
from results_bot.patterns import later

MAX_ROWS = 1_000_000
CUT = ("last row", "was not written to its end")

_DECIMAL_COMMA = later(r"\s*[-+]?\d[\d.]*,\d+(?:[eE][-+]?\d+)?\s*")
_DECIMAL_POINT = later(r"\s*[-+]?\d*\.\d+(?:[eE][-+]?\d+)?\s*")
_THOUSANDS = later(r"\s*[-+]?\d{1,3}(?:\.\d{3})+(?:,\d+)?\s*")


class Table(msgspec.Struct, frozen=True):
    """A header and the rows below it, without blank ones."""

    header: list[str]
    body: list[list[str]]
    cut: bool = False
    """The last row was not written to its end, and is not in `body`."""

    @property
    def records(self) -> list[dict[str, str]]:
        """The rows by column name; cells beyond the header are left."""
        return [dict(zip(self.header, row, strict=False)) for row in self.body]


def header(file: File) -> list[str]:
    """Return the names of the columns, from the beginning of the file alone."""
    head = _lines(file.text[:65_536])
    first = head.split("\n", 1)[0]
    head = first if first.strip() and '"' not in first else head
    try:
        names = next(csv.reader(io.StringIO(head), delimiter=_delimiter(head)), [])
    except csv.Error as error:
        raise UnreadableError(f"is not valid CSV ({error})") from None
    return [name.strip() for name in names]


def table(file: File) -> Table:
    """Return the whole table. Raises UnreadableError."""
    text = _lines(file.text)
    delimiter = _delimiter(text)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) > MAX_ROWS:
                raise UnreadableError(f"has more than {MAX_ROWS:,} rows: data, not metrics")
    except csv.Error as error:
        raise UnreadableError(f"is not valid CSV ({error})") from None
    if not rows:
        raise UnreadableError("holds no names and no values")
    if len(rows[0]) > MAX_LEAVES:
        raise UnreadableError(f"has more than {MAX_LEAVES:,} columns: data, not metrics")
    names, body = [cell.strip() for cell in rows[0]], rows[1:]
    cut = len(body) > 1 and not text.endswith("\n") and len(body[-1]) < len(names)
    if cut:
        body.pop()
    if delimiter != "," and _has_decimal_commas(body):
        body = [[_with_point(cell) for cell in row] for row in body]
    return Table(names, body, cut)


def _lines(text: str) -> str:
    text = text.lstrip("\ufeff")
    return text if "\n" in text else text.replace("\r", "\n")


def _delimiter(text: str) -> str:
    first = text.lstrip("\n").split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _has_decimal_commas(body: Sequence[Sequence[str]]) -> bool:
    """Tell whether the comma is the decimal sign: some number shows it, none shows a point."""
    commas = False
    for row in body:
        for cell in row:
            if _DECIMAL_COMMA.fullmatch(cell):
                commas = True
            elif _DECIMAL_POINT.fullmatch(cell) and not _THOUSANDS.fullmatch(cell):
                return False
    return commas


def _with_point(cell: str) -> str:
    if _THOUSANDS.fullmatch(cell):
        return cell.replace(".", "").replace(",", ".")
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell

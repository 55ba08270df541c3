"""Parse CSV and TSV, whatever the delimiter and the decimal sign."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import msgspec

from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_LEAVES

MAX_ROWS = 1_000_000
LARGE = 32_768
"""Characters from which pandas' parser is faster than the csv module: some 500 rows of a log."""

LeftOut = tuple[tuple[str, str], ...]

_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d[\d.]*,\d+(?:[eE][-+]?\d+)?\s*")
_DECIMAL_POINT = re.compile(r"\s*[-+]?\d*\.\d+(?:[eE][-+]?\d+)?\s*")
_THOUSANDS = re.compile(r"\s*[-+]?\d{1,3}(?:\.\d{3})+(?:,\d+)?\s*")


class CsvTable(msgspec.Struct, frozen=True):
    """A header and the rows below it, without blank ones."""

    header: list[str]
    body: list[list[str]]
    left_out: LeftOut = ()
    """Names the last row where it was not written to its end, and is not in `body`."""


def header(file: File) -> list[str]:
    """Return the names of the columns; only the beginning of the file is parsed."""
    head = _lines(file.text[:65_536])
    first = head.split("\n", 1)[0]
    head = first if first.strip() and '"' not in first else head
    return [name.strip() for name in next(_rows(head, _delimiter(head)), [])]


def table(file: File) -> CsvTable:
    """Return the whole table. Raises UnreadableError."""
    text = _lines(file.text)
    delimiter = _delimiter(text)
    rows: list[list[str]] = []
    for row in _rows(text, delimiter):
        if any(cell.strip() for cell in row):
            rows.append(row)
        if len(rows) > MAX_ROWS:
            raise UnreadableError(f"has more than {MAX_ROWS:,} rows: data, not metrics")
    if not rows:
        raise UnreadableError("holds no names and no values")
    names, body = [cell.strip() for cell in rows[0]], rows[1:]
    _check_width(names)
    left_out: LeftOut = ()
    if len(body) > 1 and not text.endswith("\n") and len(body[-1]) < len(names):
        left_out = (("last row", "was not written to its end"),)
        body.pop()
    if delimiter != "," and _has_decimal_commas(body):
        body = [[_with_point(cell) for cell in row] for row in body]
    return CsvTable(names, body, left_out)


def columns(file: File) -> tuple[dict[str, Sequence[object]], LeftOut]:
    """Return the cells of each column, and what was left out. Raises UnreadableError.

    Cells are numbers or texts, missing ones None or blank; all columns are of one length.
    """
    text = _lines(file.text)
    if len(text) >= LARGE and '"' not in text and text.count("\r") == text.count("\r\n"):
        parsed = _columns_of_large(text)
        if parsed is not None:
            return parsed
    whole = table(file)
    return dict(zip(whole.header, zip_longest(*whole.body), strict=False)), whole.left_out


def _columns_of_large(text: str) -> tuple[dict[str, Sequence[object]], LeftOut] | None:
    """Return the same by pandas' parser; None where the csv module may read the text otherwise."""
    import pandas as pd

    delimiter = _delimiter(text)
    head, _, body = text.partition("\n")
    names = [name.strip() for name in head.rstrip("\r").split(delimiter)]
    _check_width(names)
    first = body.partition("\n")[0].count(delimiter) + 1
    if not head.strip() or first > len(names) or (delimiter != "," and "," in body):
        return None
    left_out: LeftOut = ()
    if not text.endswith("\n"):
        whole, _, last = body.rpartition("\n")
        if last.count(delimiter) + 1 < len(names):
            body, left_out = whole + "\n", (("last row", "was not written to its end"),)
    try:
        frame = pd.read_csv(
            io.StringIO(body),
            sep=delimiter,
            header=None,
            names=range(len(names)),
            index_col=False,
            # A blank cell is missing; the literal "nan" is a value, and its column stays text.
            keep_default_na=False,
            na_values=[""],
            low_memory=False,
            nrows=MAX_ROWS + 1,
        )
    except ValueError:  # Also pandas' own ParserError, for a row with too many cells.
        return None
    if len(frame) > MAX_ROWS:
        raise UnreadableError(f"has more than {MAX_ROWS:,} rows: data, not metrics")
    out: dict[str, Sequence[object]] = {}
    for name, (_, column) in zip(names, frame.items(), strict=True):
        is_number = column.dtype.kind in "iuf"
        cells = (column.to_numpy(float) if is_number else column).tolist()
        if column.hasnans:
            cells = [None if cell != cell else cell for cell in cells]  # noqa: PLR0124 - NaN
        out[name] = cells
    return out, left_out


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text), delimiter=delimiter)
    except csv.Error as error:
        raise UnreadableError(f"is not valid CSV ({error})") from None


def _check_width(names: Sequence[str]) -> None:
    if len(names) > MAX_LEAVES:
        raise UnreadableError(f"has more than {MAX_LEAVES:,} columns: data, not metrics")


def _lines(text: str) -> str:
    text = text.lstrip("\ufeff")
    return text if "\n" in text else text.replace("\r", "\n")


def _delimiter(text: str) -> str:
    first = text.lstrip("\n").split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _has_decimal_commas(body: Sequence[Sequence[str]]) -> bool:
    """Return True if the comma is the decimal sign: a number shows it, and none shows a point."""
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

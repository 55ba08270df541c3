"""Parse CSV and TSV: any delimiter and decimal sign, and rows that do not fit their header.

A row is read under the header above it or left out, and each oddity becomes a remark on the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from itertools import zip_longest

import msgspec

from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_LEAVES, label, number

MAX_ROWS = 1_000_000

_NUMERIC = frozenset("0123456789+-.")
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d[\d.]*,\d+(?:[eE][-+]?\d+)?\s*")
_DECIMAL_POINT = re.compile(r"\s*[-+]?\d*\.\d+(?:[eE][-+]?\d+)?\s*")
_THOUSANDS = re.compile(r"\s*[-+]?\d{1,3}(?:\.\d{3})+(?:,\d+)?\s*")
_CUT = re.compile(r"-|-?\d+(?:\.|(?:\.\d*)?[eE][-+]?)")
"""The beginning of a number; a hyphen alone may be a missing value."""
_COMMENTS = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n)+")


class CsvTable(msgspec.Struct, frozen=True):
    """A header and the rows below it, none longer and none blank."""

    header: list[str]
    body: list[list[str]]

    def records(self) -> list[dict[str, str]]:
        """Return each row as a mapping from the names of the columns to its cells."""
        return [dict(zip(self.header, row, strict=False)) for row in self.body]


def header(file: File) -> list[str]:
    """Return the names of the columns; only the beginning of the file is parsed."""
    head = _text(file.text[:65_536])
    first = head.split("\n", 1)[0]
    rows, _ = _rows(first if first.strip() and '"' not in first else head)
    return _names(rows[0]) if rows else []


def table(file: File) -> CsvTable:
    """Return the whole table. Raises UnreadableError."""
    text = _text(file.text)
    rows, lines = _rows(text)
    if not rows:
        raise UnreadableError("holds no names and no values")
    names, body, lines = _names(rows[0]), rows[1:], lines[1:]
    if body and not body[0][0].strip() and all(number(cell) is None for cell in body[0]):
        # pandas writes columns of two levels as two lines.
        pairs = zip_longest(names, _names(body[0]), fillvalue="")
        names = ["_".join(filter(None, pair)) for pair in pairs]
        body, lines = body[1:], lines[1:]
    if len(names) > MAX_LEAVES:
        raise UnreadableError(f"has more than {MAX_LEAVES:,} columns: data, not metrics")
    if len(body) > 1 and not text.endswith("\n") and _is_cut(body, len(names)):
        file.remark("the last row was not written to its end and is left out")
        body.pop()
    above = file.text.count("\n") - text.count("\n")
    names, body = _under_one_header(names, body, [line + above for line in lines], file)
    if _delimiter(text) != "," and _has_decimal_commas(body):
        body = [[_with_point(cell) for cell in row] for row in body]
    return CsvTable(*_without_repeated_columns(names, body, file))


def _is_cut(body: Sequence[Sequence[str]], width: int) -> bool:
    """Return True if the last row was certainly not written to its end.

    It lacks cells, or its last one ends within a number, as none above it does.
    """
    if len(body[-1]) != width:
        return len(body[-1]) < width
    *above, last = (row[-1].strip() for row in body if len(row) == width)
    if not _CUT.fullmatch(last) or any(map(_CUT.fullmatch, above)):
        return False
    return len(last) > 1 or any(cell.startswith("-") for cell in above)


def columns(file: File) -> dict[str, Sequence[object]]:
    """Return the cells of each column, all of one length. Raises UnreadableError."""
    whole = table(file)
    cells = zip_longest(*whole.body, fillvalue="")
    return dict(zip(whole.header, cells, strict=False))


def _text(text: str) -> str:
    """Return the text from its header on; a comment is the header where rows follow at once."""
    text = text.lstrip("\ufeff")
    text = text if "\n" in text else text.replace("\r", "\n")
    comments = _COMMENTS.match(text)
    if comments is None:
        return text
    below = text[comments.end() :]
    names = comments[0].rstrip().rpartition("\n")[2].lstrip("# \t")
    first, delimiter = below.split("\n", 1)[0], _delimiter(below)
    is_row = any(number(cell) is not None for cell in first.split(delimiter))
    fits = names.count(delimiter) == first.count(delimiter) > 0
    return f"{names}\n{below}" if is_row and fits else below


def _rows(text: str) -> tuple[list[list[str]], list[int]]:
    """Return the rows that are not blank, and the line in which each ends."""
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    try:
        for row in reader:
            if row and (row[0] or any(map(str.strip, row))):
                rows.append(row)
                lines.append(reader.line_num)
                if len(rows) > MAX_ROWS + 1:
                    raise UnreadableError(f"has more than {MAX_ROWS:,} rows: data, not metrics")
    except csv.Error as error:
        raise UnreadableError(f"is not valid CSV ({error})") from None
    return rows, lines


def _names(row: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in row]


def _delimiter(text: str) -> str:
    first = text.lstrip("\n").split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _under_one_header(
    names: list[str], body: list[list[str]], lines: Sequence[int], file: File
) -> tuple[list[str], list[list[str]]]:
    """Return all rows under the names of every header in the file, each as wide as these.

    A resumed training writes its header again and may log more than before. What a row with more
    cells than names holds is not known; at the end, neither is what the file's last values are.
    """
    known = set(names)
    headers = {
        at for at, row in enumerate(body) if row[0][:1] not in _NUMERIC and _is_header(row, known)
    }
    if not headers and max(map(len, body), default=0) <= len(names):
        return names, body
    union, current = [*names], names
    too_wide: list[int] = []
    out: list[list[str]] = []
    for at, row in enumerate(body):
        if at in headers:
            current = _names(row)
            union += [name for name in current if name not in union]
            if current != names:
                file.remark(f"line {lines[at]} is another header; the rows below are read by it")
        elif any(map(str.strip, row[len(current) :])):
            too_wide.append(at)
        else:
            cells = dict(zip(current, row, strict=False))
            out.append([cells.get(name, "") for name in union] if current != names else row)
    if too_wide:
        row, line = body[too_wide[0]], lines[too_wide[0]]
        found = f"{len(row)} cells in line {line}, under {len(current)} names"
        if too_wide[-1] == len(body) - 1:
            raise UnreadableError(f"has {found}: which is which is not known")
        more = f", and {len(too_wide) - 1} more such rows" if len(too_wide) > 1 else ""
        file.remark(f"has {found}{more}: left out")
    return union, [row[: len(union)] + [""] * (len(union) - len(row)) for row in out]


def _is_header(row: Sequence[str], known: set[str]) -> bool:
    """Return True if a row holds names of columns, at least half of them known ones."""
    cells = set(filter(None, _names(row)))
    common = len(cells & known)
    if not 0 < common * 2 >= min(len(cells), len(known)):
        return False
    return all(number(cell) is None for cell in cells)


def _without_repeated_columns(
    names: list[str], body: list[list[str]], file: File
) -> tuple[list[str], list[list[str]]]:
    """Drop all but the last of the columns that share a name."""
    last = {name: at for at, name in enumerate(names)}
    kept = [at for at, name in enumerate(names) if not name or last[name] == at]
    if len(kept) == len(names):
        return names, body
    for at, name in enumerate(names):
        if any(row[at : at + 1] != row[last[name] : last[name] + 1] for row in body if name):
            file.remark(f"`{label(name)}` names several columns; the last of them counts")
    rows = [[row[at] for at in kept if at < len(row)] for row in body]
    return [names[at] for at in kept], rows


def _has_decimal_commas(body: Sequence[Sequence[str]]) -> bool:
    """Return True if the comma is the decimal sign: a number shows it, and none shows a point."""
    cells = {cell for row in body for cell in row}
    points = set(filter(_DECIMAL_POINT.fullmatch, cells))
    return any(map(_DECIMAL_COMMA.fullmatch, cells)) and all(map(_THOUSANDS.fullmatch, points))


def _with_point(cell: str) -> str:
    if _THOUSANDS.fullmatch(cell):
        return cell.replace(".", "").replace(",", ".")
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell

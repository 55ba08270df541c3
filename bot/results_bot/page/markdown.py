"""A section's block as Markdown and back: `parse(render(t)) == t` for every table.

The only module that knows how a table looks in the page. Also the writer of all other Markdown
tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from results_bot.escape import are_plain, code, has_loose_underscore, markdown, visible
from results_bot.model import Direction, Status

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

EMPTY = "No finished runs yet."
_SORTED = re.compile(r"Sorted by \*\*(?P<title>.+?)(?: \((?P<way>lower|higher) is better\))?\*\*\.")
_UNFINISHED = "Unfinished, no final metrics: "
_NOTE = "Note: "
_NARRATIVE = "Narrative: "
_STATUSES = {str(status): status for status in Status}
_TEXT = ("text", "text_special", "code_inline", "html_inline")
_FIRST = re.compile(r"(?:Sorted by \*\*[^\n]*\n\n)?(?=\| )")
_FOLDED = re.compile(
    r"(?:Sorted by \*\*[^\n]*\n\n)?\n\n<details><summary>[^\n]*</summary>\n\n(?=\| )"
)
# None of these characters is markup, as long as no underscore stands at the edge of a word.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_ .,%/+=()@#:±|\n—-]++|[^\W\0-\x7f])++")


class TableText(msgspec.Struct, frozen=True):
    """The content of a section's block as plain text; the first column names the run."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    sorted_by: tuple[str, Direction] | None = None
    unfinished: tuple[tuple[str, Status], ...] = ()
    note: str = ""
    narrative: str = ""
    replicates: tuple[tuple[str, ...], ...] = ()
    """Rows of the single seeds behind folded rows; the first cell is `ROW / RUN`."""


def render(table: TableText) -> str:
    """Return the block's Markdown: sentence, table, unfinished runs, note, narrative."""
    parts: list[str] = []
    if table.rows and table.sorted_by:
        title, direction = table.sorted_by
        way = "" if direction is Direction.UNKNOWN else f" ({direction} is better)"
        parts.append(f"Sorted by **{markdown(title)}{way}**.")
    parts.append(_escaped(table.header, table.rows) if table.rows else EMPTY)
    if table.replicates:
        summary = f"{len(table.replicates)} runs of single seeds"
        folded = _escaped(table.header, table.replicates)
        parts += [f"<details><summary>{summary}</summary>", folded, "</details>"]
    if table.unfinished:
        names = (
            code(name) + ("" if status is Status.UNFINISHED else f" ({status})")
            for name, status in table.unfinished
        )
        parts.append(f"{_UNFINISHED}{', '.join(names)}.")
    if table.note:
        parts.append(f"{_NOTE}{table.note}")
    if table.narrative:
        parts.append(f"{_NARRATIVE}{code(table.narrative)}.")
    return "\n\n".join(parts)


def _escaped(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of plain text as Markdown."""
    if not are_plain([*header, *chain.from_iterable(rows)]):
        header, rows = [*map(markdown, header)], [[*map(markdown, row)] for row in rows]
    return write_table(header, rows)


def write_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already: a line a row, no padding.

    So one changed run is one changed line.
    """
    from tabulate import DataRow, TableFormat, tabulate

    line = DataRow("| ", " | ", " |")
    layout = TableFormat(
        lineabove=None,
        linebelowheader=lambda widths, _: "|" + "---|" * len(widths),
        linebetweenrows=None,
        linebelow=None,
        headerrow=line,
        datarow=line,
        padding=0,
        with_header_hide=None,
    )
    return tabulate(
        rows,
        header,
        layout,
        stralign=None,
        numalign=None,
        disable_numparse=True,
        preserve_whitespace=True,
    )


def parse(text: str) -> TableText:
    """Read a block, also one that a person or a formatter changed; markup in cells is dropped."""
    rest = visible(text)
    tables: list[list[tuple[str, ...]]] = []
    for before in (_FIRST, _FOLDED):
        own, rest = _own_table(rest, before)
        if not own:
            break
        tables.append(own)
    tokens = parser().parse(rest)
    for index, token in enumerate(tokens):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append(tuple(_cells(tokens, index)))
    tables += [[()], [()]]
    table = TableText(tables[0][0], tuple(tables[0][1:]), replicates=tuple(tables[1][1:]))
    return _with_sentences(table, tokens)


def _with_sentences(table: TableText, tokens: Sequence[Token]) -> TableText:
    """Return the table with what the paragraphs beside it hold: order, unfinished runs, notes."""
    sorted_by, note, narrative = None, "", ""
    unfinished: list[tuple[str, Status]] = []
    for token in tokens:
        if token.type != "inline" or token.level != 1:
            continue
        text, children = token.content, token.children or []
        order = _SORTED.fullmatch(text)
        if order and sorted_by is None:
            inner = plain(token).removeprefix("Sorted by ").removesuffix(".")
            title = re.sub(r" \((lower|higher) is better\)$", "", inner)
            sorted_by = title, Direction(order["way"] or Direction.UNKNOWN)
        elif text.startswith(_UNFINISHED):
            for child, after in zip(children, [*children[1:], None], strict=True):
                if child.type == "code_inline":
                    status = re.match(r" \((\w+)\)", after.content if after else "")
                    known = _STATUSES.get(status[1] if status else "", Status.UNFINISHED)
                    unfinished.append((child.content, known))
        elif text.startswith(_NOTE):
            note = note or text.removeprefix(_NOTE)
        elif text.startswith(_NARRATIVE) and not narrative:
            codes = (child.content for child in children if child.type == "code_inline")
            narrative = next(codes, "")
    return replace(
        table,
        sorted_by=sorted_by,
        unfinished=tuple(unfinished),
        note=note,
        narrative=narrative,
    )


def row_lines(text: str) -> Iterator[tuple[str, int]]:
    """Yield the name of each run in a block with its line, counted from 0."""
    tokens = parser().parse(visible(text))
    body = False
    for index, token in enumerate(tokens):
        if token.type in ("tbody_open", "tbody_close"):
            body = token.type == "tbody_open"
        if body and token.type == "tr_open" and token.map:
            yield next(_cells(tokens, index), ""), token.map[0]


def _own_table(source: str, before: re.Pattern[str]) -> tuple[list[tuple[str, ...]], str]:
    """Take the table that follows `before` out of a block, if it is as `render` writes it.

    Return its rows, the header first, and the rest of the block. markdown-it takes 150 times as
    long as this: 4 seconds for 10,000 rows.
    """
    head = before.match(source)
    if head is None:
        return [], source
    end = source.find("\n\n", head.end())
    end = end if end >= 0 else len(source)
    grid = source[head.end() : end]
    if not _PLAIN.fullmatch(grid) or "  " in grid or has_loose_underscore(grid):
        return [], source
    header, ruler, *body = [*grid.split("\n"), ""]
    width = header.count("|") - 1
    if ruler != "|" + "---|" * width or not body[:-1]:
        return [], source
    rows = []
    for line in (header, *body[:-1]):
        row = tuple(line[2:-2].split(" | "))
        framed = line.startswith("| ") and line.endswith(" |")
        if not framed or len(row) != width or line.count("|") != width + 1:
            return [], source
        rows.append(row)
    return rows, head[0] + source[end:]


@cache
def parser() -> MarkdownIt:
    """Return a parser for the Markdown that GitHub shows."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def plain(token: Token) -> str:
    """Return the text of an inline token without its markup."""
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in token.children or []
        if child.type in (*_TEXT, "softbreak", "hardbreak")
    )


def _cells(tokens: Sequence[Token], row: int) -> Iterator[str]:
    for at in range(row + 1, len(tokens)):
        token = tokens[at]
        if token.type == "tr_close":
            return
        if token.type == "inline":
            yield plain(token)

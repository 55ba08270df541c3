"""A section's block as Markdown and back: `parse(render(t)) == t` for every table.

The only module that knows how a table looks in the page. Also the writer of all other Markdown
tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec.structs import replace

from results_bot.escape import (
    ZERO_WIDTH_SPACE,
    are_plain,
    code,
    markdown,
    visible,
)
from results_bot.model import Direction, Status
from results_bot.page.replicates import unit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

EMPTY = "No finished runs yet."
RIGHT = "---:"
_SORTED = re.compile(r"Sorted by \*\*(?P<title>.+?)(?: \((?P<way>lower|higher) is better\))?\*\*\.")
_UNFINISHED = "Unfinished, no final metrics: "
_SPREAD_SENTENCE = re.compile(
    r"Mean ± standard deviation of (\d+) (?:runs that differ in their seed|folds)\."
)
_SPREAD = re.compile(r"[^ ]+ ± [^ ]+(?: \(n = (?P<n>\d+)\))?")
_NOTE = "Note: "
_NARRATIVE = "Narrative: "
_STATUSES = {str(status): status for status in Status}
_TEXT = ("text", "text_special", "code_inline", "html_inline")
_UNMARKED = ("text", "text_special")
_MORE = "more runs"
_TRANSPOSED = "Metric / "
"""What the first cell of a table begins with that has its runs as columns."""
_RULERS = {
    "": "---",
    "text-align:left": ":---",
    "text-align:center": ":---:",
    "text-align:right": RIGHT,
}
_TABLE = re.compile(
    r"(?:\A|\n\n)\|.*\|\n(?P<ruler>\|(?::?-+:?\|)+)(?P<rows>(?:\n\| .* \|$)+)", re.MULTILINE
)


class Marked(str):
    """The text of a cell that is shown with a link, bold or other markup."""

    source: str

    def __new__(cls, text: str, source: str) -> Marked:
        """Return the text with its Markdown."""
        made = super().__new__(cls, text)
        made.source = source
        return made


class TableText(msgspec.Struct, frozen=True):
    """The content of a section's block as text; the first column names the run."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    sorted_by: tuple[str, Direction] | None = None
    unfinished: tuple[tuple[str, Status], ...] = ()
    note: str = ""
    narrative: str = ""
    replicates: tuple[tuple[str, ...], ...] = ()
    """Rows of the single seeds behind folded rows; the first cell is `RUN` or `ROW / RUN`."""
    rulers: tuple[str, ...] = ()
    """The line under the header: `---:` for a column that is aligned right. Empty: no alignment."""
    top: int = 0
    """The number of rows in sight, the others being folded; 0 for all."""
    transposed: bool = False
    """The runs are columns and the metrics rows."""

    @property
    def markup(self) -> list[str]:
        """The Markdown of the cells that have markup, which comparing their text leaves out."""
        cells = chain.from_iterable((*self.rows, *self.replicates))
        marked = (cell for cell in cells if isinstance(cell, Marked))
        return [cell.source for cell in marked if cell.source != cell or _is_linked(cell)]


def render(table: TableText) -> str:
    """Return the block's Markdown: sentence, table, unfinished runs, note, narrative."""
    parts: list[str] = []
    if table.rows and table.sorted_by:
        title, direction = table.sorted_by
        way = "" if direction is Direction.UNKNOWN else f" ({direction} is better)"
        parts.append(f"Sorted by **{markdown(title)}{way}**.")
    n = _common_count(table)
    if n:
        table = _with_count(table, n, in_cells=False)
    top = table.top or len(table.rows)
    parts.append(_grid(table, table.rows[:top]) if table.rows else EMPTY)
    are_folds = unit(row[0] for row in table.replicates) == "fold"
    singles = "folds" if are_folds else "runs of single seeds"
    for rows, what in ((table.rows[top:], _MORE), (table.replicates, singles)):
        if rows:
            summary = f"<details><summary>{len(rows)} {what}</summary>"
            own = replace(table, transposed=table.transposed and what == _MORE)
            parts += [summary, _grid(own, rows), "</details>"]
    if n:
        replicates = "folds" if are_folds else "runs that differ in their seed"
        parts.append(f"Mean ± standard deviation of {n} {replicates}.")
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


def _common_count(table: TableText) -> str:
    """Return the number of replicates that every spread of a table is of; empty if they differ."""
    found = [_SPREAD.fullmatch(cell) for row in table.rows for cell in row[1:] if " ± " in cell]
    counts = {one["n"] for one in found if one}
    return counts.pop() or "" if len(counts) == 1 else ""


def _with_count(table: TableText, n: str, *, in_cells: bool) -> TableText:
    """Return the table with the number of replicates in each cell that has a spread, or in none."""
    count = f" (n = {n})"

    def cell(text: str) -> str:
        found = _SPREAD.fullmatch(text) if " ± " in text else None
        if not found or found["n"] not in (None, n):
            return text
        changed = text.removesuffix(count) + (count if in_cells else "")
        if isinstance(text, Marked):
            return Marked(changed, text.source.replace(text, changed))
        return changed

    return replace(table, rows=tuple((row[0], *map(cell, row[1:])) for row in table.rows))


def _grid(table: TableText, rows: Sequence[Sequence[str]]) -> str:
    """Return rows of a table as Markdown."""
    grid: Sequence[Sequence[str]] = [table.header, *rows]
    rulers = table.rulers
    if table.transposed:
        grid = turned(grid)
        grid[0][0] = f"{_TRANSPOSED}{grid[0][0]}"
        rulers = ("---", *[RIGHT] * len(rows)) if RIGHT in rulers else ()
    cells = [*chain.from_iterable(grid)]
    if not are_plain(cells) or any(isinstance(cell, Marked) for cell in cells):
        grid = [
            [cell.source if isinstance(cell, Marked) else markdown(cell) for cell in row]
            for row in grid
        ]
    return write_table(grid[0], grid[1:], rulers)


def transposed_header(line: str, run_title: str) -> str:
    """Return the header of a hand-made table with the mark that its runs are columns."""
    if run_title.startswith(_TRANSPOSED):
        return line
    return re.sub(r"^(\s*\|)?[^|]*\|", rf"\1 {_TRANSPOSED}{markdown(run_title) or 'Run'} |", line)


def turned(grid: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the columns of a table as rows; cells that a row lacks are empty."""
    width = max(map(len, grid))
    return [[row[at] if at < len(row) else "" for row in grid] for at in range(width)]


def write_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], rulers: Sequence[str] = ()
) -> str:
    """Return a table of cells that are Markdown already: a line a row, no padding.

    So one changed run is one changed line.
    """
    from tabulate import DataRow, TableFormat, tabulate

    line = DataRow("| ", " | ", " |")
    layout = TableFormat(
        lineabove=None,
        linebelowheader=lambda widths, _: f"|{'|'.join(rulers or ['---'] * len(widths))}|",
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


class _Grid(NamedTuple):
    """One Markdown table of a block."""

    is_rest: bool
    """It has the rows that are folded, not a table of its own."""
    rulers: list[str]
    lines: list[tuple[str, ...]]
    """The header first."""

    def runs(self) -> list[tuple[str, ...]]:
        """Return a line for the titles, then one for each run, whichever way the table runs."""
        if not self.lines[0][0].startswith(_TRANSPOSED):
            return self.lines
        (first, *titles), *runs = turned(self.lines)
        return [(first.removeprefix(_TRANSPOSED), *titles), *map(tuple, runs)]


def parse(text: str) -> TableText:
    """Read a block, also one that a person or a formatter changed."""
    text, bodies = _without_plain_rows(text)
    tokens = parser().parse(text)
    grids: list[_Grid] = []
    for index, token in enumerate(tokens):
        if token.type == "table_open":
            above = tokens[index - 1].content if index else ""
            grids.append(_Grid(above.rstrip().endswith(f" {_MORE}</summary>"), [], []))
        elif token.type == "th_open":
            grids[-1].rulers.append(_RULERS[str(token.attrs.get("style", ""))])
        elif token.type == "tr_open":
            rows = bodies.get(token.map[0], ()) if token.map else ()
            grids[-1].lines.extend([tuple(_cells(tokens, index)), *rows])
    transposed = any(grid.lines[0][0].startswith(_TRANSPOSED) for grid in grids[:1])
    own = [grid for grid in grids if not grid.is_rest]
    rulers = own[0].rulers if own and any(one != "---" for one in own[0].rulers) else []
    none: list[tuple[str, ...]] = [()]
    (header, *rows), (_, *seeds), *_ = [*(grid.runs() for grid in own), none, none]
    folded = [line for grid in grids if grid.is_rest for line in grid.runs()[1:]]
    if transposed and rulers:
        rulers = ["---", *[RIGHT] * (len(header) - 1)]
    table = TableText(
        header,
        (*rows, *folded),
        replicates=tuple(seeds),
        rulers=tuple(rulers),
        top=len(rows) if folded else 0,
        transposed=transposed,
    )
    return _with_sentences(table, tokens)


def _without_plain_rows(text: str) -> tuple[str, dict[int, list[tuple[str, ...]]]]:
    """Take the rows out of each table that has no markup; return them by the header's line.

    markdown-it takes 100 times as long as this: 4 seconds for 10,000 rows.
    """
    bodies: dict[int, list[tuple[str, ...]]] = {}
    kept, end = "", 0
    for found in _TABLE.finditer(text):
        width = found["ruler"].count("|") - 1
        rows = [tuple(line[2:-2].split(" | ")) for line in found["rows"].split("\n")[1:]]
        is_even = all(len(row) == width for row in rows)
        if is_even and are_plain([*chain.from_iterable(rows)]):
            kept += text[end : found.start("rows")]
            bodies[kept.count("\n") - 1] = rows
            end = found.end()
    return kept + text[end:], bodies


def _with_sentences(table: TableText, tokens: Sequence[Token]) -> TableText:
    """Return the table with what the paragraphs beside it hold: order, unfinished runs, notes."""
    sorted_by, note, narrative = None, "", ""
    unfinished: list[tuple[str, Status]] = []
    for token in tokens:
        if token.type != "inline" or token.level != 1:
            continue
        text, children = visible(token.content), token.children or []
        order = _SORTED.fullmatch(text)
        if seeds := _SPREAD_SENTENCE.fullmatch(text):
            table = _with_count(table, seeds[1], in_cells=True)
        elif order and sorted_by is None:
            inner = plain(token).removeprefix("Sorted by ").removesuffix(".")
            title = re.sub(r" \((lower|higher) is better\)$", "", inner)
            sorted_by = title, Direction(order["way"] or Direction.UNKNOWN)
        elif text.startswith(_UNFINISHED):
            for child, after in zip(children, [*children[1:], None], strict=True):
                if child.type == "code_inline":
                    status = re.match(r" \((\w+)\)", after.content if after else "")
                    known = _STATUSES.get(status[1] if status else "", Status.UNFINISHED)
                    unfinished.append((visible(child.content), known))
        elif text.startswith(_NOTE):
            note = note or text.removeprefix(_NOTE)
        elif text.startswith(_NARRATIVE) and not narrative:
            codes = (visible(child.content) for child in children if child.type == "code_inline")
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
    tokens = parser().parse(text)
    body = False
    for index, token in enumerate(tokens):
        if token.type in ("tbody_open", "tbody_close"):
            body = token.type == "tbody_open"
        if body and token.type == "tr_open" and token.map:
            yield next(_cells(tokens, index), ""), token.map[0]


@cache
def parser() -> MarkdownIt:
    """Return a parser for the Markdown that GitHub shows."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def plain(token: Token) -> str:
    """Return the text of an inline token without its markup."""
    return visible(
        "".join(
            " " if child.type in ("softbreak", "hardbreak") else child.content
            for child in token.children or []
            if child.type in (*_TEXT, "softbreak", "hardbreak")
        )
    )


def _cells(tokens: Sequence[Token], row: int) -> Iterator[str]:
    """Yield the cells of the row that begins at a token, each with its markup if it has some."""
    for at in range(row + 1, len(tokens)):
        token = tokens[at]
        if token.type == "tr_close":
            return
        if token.type == "inline":
            text, source = plain(token), token.content
            if _is_linked(source) or any(
                child.type not in _UNMARKED for child in token.children or []
            ):
                text = Marked(text, source.replace("|", "\\|"))
            elif source == text and "|" not in text and not are_plain((text,)):
                text = Marked(text, source)  # What people wrote without escapes stays without.
            yield text


def _is_linked(source: str) -> bool:
    """Return True if GitHub links an address in a cell; `markdown` breaks those of artifacts."""
    return ("://" in source or "www." in source) and ZERO_WIDTH_SPACE not in source

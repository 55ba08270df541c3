"""A section's block as Markdown and back: `parse(render(t)) == t` for every table.

The only place that knows how a table looks in the page; writer and reader stand side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from results_bot.hostile import are_plain, code, has_loose_underscore, markdown, visible
from results_bot.model import Direction, Status
from results_bot.page.plain_lines import plain_lines
from results_bot.patterns import later

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

EMPTY = "No finished runs yet."
_SORTED = later(r"Sorted by \*\*(?P<title>.+?)(?: \((?P<way>lower|higher) is better\))?\*\*\.")
_UNFINISHED = "Unfinished, no final metrics: "
_STATUSES = {str(status): status for status in Status}
_HEAD = later(r"(?:Sorted by \*\*[^\n]*\n\n)?(?=\| )")
# Nothing in these characters is markup, as long as no underscore stands at the edge of a word. The
# letters beyond ASCII stand apart: with them in one class, every character would take longer, and
# with the dash, its compilation.
_PLAIN = later(r"(?:[A-Za-z0-9_ .,%/+=()@#:±|\n-]++|—|[^\W\0-\x7f])++")
_FOLDED = later(r"(?:Sorted by \*\*[^\n]*\n\n)?\n\n<details><summary>[^\n]*</summary>\n\n(?=\| )")
_TOGETHER = 64
"""Rows whose text is looked at as one, whether anything in it needs an escape."""
_TEXT = ("text", "text_special", "code_inline", "html_inline")


class TableText(msgspec.Struct, frozen=True):
    """What a section's block says, as plain text: the first column names the run."""

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
        parts.append(sentence(*table.sorted_by))
    parts.append(_grid(table.header, table.rows) if table.rows else EMPTY)
    if table.replicates:
        count = f"{len(table.replicates)} runs of single seeds"
        parts += [
            f"<details><summary>{count}</summary>",
            _grid(table.header, table.replicates),
            "</details>",
        ]
    if table.unfinished:
        parts.append(_UNFINISHED + ", ".join(_unfinished(table.unfinished)) + ".")
    if table.note:
        parts.append(f"Note: {table.note}")
    if table.narrative:
        parts.append(f"Narrative: {code(table.narrative)}.")
    return "\n\n".join(parts)


def sentence(title: str, direction: Direction) -> str:
    """Return the sentence that tells the sort order."""
    way = "" if direction is Direction.UNKNOWN else f" ({direction} is better)"
    return f"Sorted by **{markdown(title)}{way}**."


def parse(text: str) -> TableText:
    """Return what a block says, also where people wrote it: markup in cells is dropped."""
    header, rows, rest = _plain_grid(visible(text), _HEAD)
    replicates: list[tuple[str, ...]] = []
    if "<details>" in rest:
        _, replicates, rest = _plain_grid(rest, _FOLDED)
    if header and (said := plain_lines(rest)):
        beside = (said.sorted_by, said.unfinished, said.note, said.narrative)
        return TableText(header, tuple(rows), *beside, tuple(replicates))
    tokens = parser().parse(rest)
    folded, tables = False, int(bool(header))
    for index, token in enumerate(tokens):
        tables += token.type == "table_open"
        if token.type == "html_block":
            folded = folded or token.content.startswith("<details>")
        elif token.type == "tr_open":
            cells = tuple(_cells(tokens, index))
            if not header:
                header = cells
            elif not folded and tables == 1:
                rows.append(cells)
            elif tokens[index - 1].type == "tbody_open" or replicates:
                replicates.append(cells)
    lines = [token for token in tokens if token.type == "inline" and token.level == 1]
    return TableText(
        header,
        tuple(rows),
        _sorted_by(lines),
        tuple(_parse_unfinished(lines)),
        _after(lines, "Note: "),
        _narrative(lines),
        tuple(replicates),
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


def _plain_grid(
    source: str, before: re.Pattern[str]
) -> tuple[tuple[str, ...], list[tuple[str, ...]], str]:
    """Split a table of plain cells off a block: its header, its rows, and the rest of the block.

    Where none follows on what `before` fits, as `render` writes it, all of it is the rest. Without
    markup the parser has nothing to say about a cell, and its time is most of that of a big page.
    """
    head = before.match(source)
    if head is not None and "\r" not in source:
        end = source.find("\n\n", head.end())
        end = end if end >= 0 else len(source)
        rows = _plain_rows(source[head.end() : end])
        if rows:
            return rows[0], rows[1:], head[0] + source[end:]
    return (), [], source


def _plain_rows(grid: str) -> list[tuple[str, ...]]:
    """Return the cells of a table, its header first; nothing where they are not plain for sure."""
    if not _PLAIN.fullmatch(grid) or "  " in grid or has_loose_underscore(grid):
        return []
    first, _, below = grid.partition("\n")
    ruler, _, body = below.partition("\n")
    width = first.count("|") - 1
    lines = f"{first}\n{body}"
    if ruler != "|" + "---|" * width or not (body and lines.startswith("| ")):
        return []
    if not lines.endswith(" |") or lines.count(" |\n| ") != lines.count("\n"):
        return []
    rows = [tuple(line.split(" | ")) for line in lines[2:-2].split(" |\n| ")]
    one_width = all(len(row) == width for row in rows)
    # A bar more than there are cells is within one.
    return rows if one_width and lines.count("|") == len(rows) * (width + 1) else []


@cache
def parser() -> MarkdownIt:
    """Return a parser for the Markdown that GitHub shows."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def plain(token: Token) -> str:
    """Return the text of an inline token without its markup."""
    children = token.children or []
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in children
        if child.type in _TEXT or child.type in ("softbreak", "hardbreak")
    )


def _grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return what tabulate makes of it without padding, whose import takes longer than the rest."""
    ruler = "|" + "---|" * len(header)
    return "\n".join([*_lines([header]), ruler, *_lines(rows)])


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for start in range(0, len(rows), _TOGETHER):
        some = rows[start : start + _TOGETHER]
        if are_plain([*chain.from_iterable(some)]):
            yield from [f"| {' | '.join(row)} |" for row in some]
        else:
            yield from [f"| {' | '.join(map(markdown, row))} |" for row in some]


def _unfinished(runs: Iterable[tuple[str, Status]]) -> Iterator[str]:
    for name, status in runs:
        yield code(name) + ("" if status is Status.UNFINISHED else f" ({status})")


def _cells(tokens: Sequence[Token], row: int) -> Iterator[str]:
    for at in range(row + 1, len(tokens)):
        token = tokens[at]
        if token.type == "tr_close":
            return
        if token.type == "inline":
            yield plain(token)


def _sorted_by(lines: Sequence[Token]) -> tuple[str, Direction] | None:
    for token in lines:
        found = _SORTED.fullmatch(token.content)
        if found:
            inner = plain(token).removeprefix("Sorted by ").removesuffix(".")
            title = re.sub(r" \((lower|higher) is better\)$", "", inner)
            return title, Direction(found["way"] or Direction.UNKNOWN)
    return None


def _parse_unfinished(lines: Sequence[Token]) -> Iterator[tuple[str, Status]]:
    for token in lines:
        if token.content.startswith(_UNFINISHED):
            children = token.children or []
            for child, after in zip(children, [*children[1:], None], strict=True):
                if child.type == "code_inline":
                    found = re.match(r" \((\w+)\)", after.content if after else "")
                    word = found[1] if found else ""
                    yield child.content, _STATUSES.get(word, Status.UNFINISHED)


def _after(lines: Sequence[Token], start: str) -> str:
    return next((t.content.removeprefix(start) for t in lines if t.content.startswith(start)), "")


def _narrative(lines: Sequence[Token]) -> str:
    for token in lines:
        if token.content.startswith("Narrative: "):
            return next((c.content for c in token.children or [] if c.type == "code_inline"), "")
    return ""

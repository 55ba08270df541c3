"""The tables of a page that people wrote: where each stands and under which headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from results_bot.page.document import parse_page
from results_bot.page.markdown import TableText, parse, parser, plain

if TYPE_CHECKING:
    from markdown_it.token import Token


class Heading(msgspec.Struct, frozen=True):
    """A heading above a table."""

    level: int
    source: str
    """Its Markdown, without the number signs."""
    line: int

    @property
    def title(self) -> str:
        """The words, without a path in brackets behind them."""
        return re.sub(r"\s*\(`[^`]*`\)\s*$", "", self.source).strip()


class HandTable(msgspec.Struct, frozen=True):
    """One table of a page; lines count from 0, `end` is one past the last."""

    table: TableText
    headings: tuple[Heading, ...]
    """The nearest first, each of a higher rank than the one before."""
    start: int
    """The first line, or that of the sentence on its order just above."""
    first: int
    """The table's own first line."""
    end: int


def find_tables(text: str) -> list[HandTable]:
    """Return the tables of `text` that are not between markers already."""
    tokens = parser().parse(text)
    lines = text.split("\n")
    page = parse_page(text)
    owned = [
        (text.count("\n", 0, block.start), text.count("\n", 0, block.end))
        for block in page.blocks.values()
    ]
    out = []
    for index, token in enumerate(tokens):
        if token.type == "table_open" and token.map and token.level == 0:
            first, end = token.map
            while end > first and not lines[end - 1].strip():
                end -= 1
            if any(begin <= first <= stop for begin, stop in owned):
                continue
            start = _sentence_above(tokens[:index], lines, first)
            table = parse("\n".join(line.rstrip("\r") for line in lines[start:end]))
            out.append(HandTable(table, _headings(tokens[:index]), start, first, end))
    return out


def heading_slug(title: str) -> str:
    """Return a section id from a heading: letters, digits and dashes."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return slug[:60].strip("-") or "results"


def _sentence_above(before: Sequence[Token], lines: Sequence[str], first: int) -> int:
    """Return the line where the `Sorted by` sentence begins, else the table's own."""
    paragraph = next((t for t in reversed(before) if t.type == "paragraph_open"), None)
    if paragraph is None or paragraph.map is None:
        return first
    start, end = paragraph.map
    nothing_between = all(not line.strip() for line in lines[end:first])
    says = parse("\n".join(lines[start:end])).sorted_by is not None
    return start if nothing_between and says else first


def _headings(before: Sequence[Token]) -> tuple[Heading, ...]:
    out: list[Heading] = []
    for token, inline in zip(reversed(before[:-1]), reversed(before[1:]), strict=True):
        if token.type == "heading_open":
            level = int(token.tag[1:])
            if not out or level < out[-1].level:
                line = token.map[0] if token.map else 0
                out.append(Heading(level, inline.content or plain(inline), line))
    return tuple(out)

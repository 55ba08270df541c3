"""Merge three versions of the page: tables by row and cell, what people wrote as text.

The caller passes the function that merges the text; the merge driver passes git's.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from results_bot.config import Config, SectionTable
from results_bot.escape import markdown
from results_bot.page import cells, charts, takeaways
from results_bot.page.document import (
    CHARTS,
    GENERATED,
    OWN,
    TAKEAWAYS,
    Page,
    block_text,
    markers,
    parse_page,
)
from results_bot.page.facts import Facts
from results_bot.page.markdown import Marked, TableText, parse, render
from results_bot.page.page import arranged, summary_of
from results_bot.page.section import Summary, in_natural_order

Supported = Callable[[str, str, str], str | None]
"""Section, run and column title to the text that an artifact supports; None where none does."""
_Row = dict[str, str]
"""Column titles to cells, without the run's name."""
_Cell = Callable[[str, str], str | None]
T = TypeVar("T")
MergeText = Callable[[str, str, str], tuple[str, bool]]
"""Base, ours and theirs to the merged text, and whether it holds conflict markers."""
_HEADING = re.compile(r"#{1,6} [^\n]*\n\n\Z")


class Merged(msgspec.Struct, frozen=True):
    """The merged page."""

    text: str
    conflicts: tuple[str, ...] = ()
    """What people must settle: `SECTION/RUN`, or `text`."""


def merge(
    base: str,
    ours: str,
    theirs: str,
    config: Config,
    sections: Sequence[SectionTable],
    merge_text: MergeText,
    supported: Supported = lambda *_: None,
    joined: Callable[[Summary], Summary] = lambda summary: summary,
) -> Merged:
    """Merge three versions of the page. Raises PageError where one has broken markers.

    `supported` returns the cell that the artifacts here give, for a cell that both sides changed;
    `joined` adds the runs behind the merged tables, for the takeaways.
    """
    texts = (text.replace("\r\n", "\n") for text in (base, ours, theirs))
    pages = [parse_page(text, config.page) for text in texts]
    text, text_conflict = merge_text(*map(_skeleton, pages))
    conflicts = ["text"] if text_conflict else []
    contents: dict[str, str] = {}
    tables: dict[str, TableText] = {}
    headings: dict[str, str] = {}
    for block in dict.fromkeys(block for page in pages for block in page.blocks):
        base_text, *sides = versions = [page.content(block) for page in pages]
        headings[block] = next(_heading(page, block) for page in pages if block in page.blocks)
        if base_text is not None and None in sides and {*sides} <= {None, base_text}:
            continue  # One side removed it, and the other left it unchanged.
        if block == GENERATED:
            contents[block] = max(version or "" for version in versions)
        elif block not in OWN:
            old, one, other = (TableText(()) if not text else parse(text) for text in versions)
            merged, disputed = merge_tables(old, one, other, partial(supported, block))
            tables[block] = arranged(block, merged, config, sections)
            contents[block] = render(tables[block])
            conflicts += [f"{block}/{run}" for run in disputed]
    if TAKEAWAYS in headings:
        for page in pages[1:]:
            # A side that has exactly these tables has their takeaways.
            if TAKEAWAYS in page.blocks and page.tables() == tables:
                contents[TAKEAWAYS] = page.blocks[TAKEAWAYS].content
                break
        else:
            facts = Facts(joined(summary_of(tables, config, sections)))
            contents[TAKEAWAYS] = takeaways.render(takeaways.takeaways(facts))
    if CHARTS in headings:
        drawn = charts.charts(summary_of(tables, config, sections))
        contents[CHARTS] = charts.links(drawn, config.page)
    whole = _filled(text, contents, headings)
    newline = "\r\n" if "\r\n" in ours else "\n"
    return Merged(whole.replace("\n", newline), tuple(conflicts))


def _skeleton(page: Page) -> str:
    """Return the page without its blocks, each a line of its own that text merging keeps whole.

    The heading that the bot wrote before a block goes with it: two sides that each add a section
    at the end of the page do not dispute any text.
    """
    out: list[str] = []
    position = 0
    for block in sorted(page.blocks.values(), key=lambda block: block.start):
        begin, end = markers(block.id)
        out.append(_HEADING.sub("", page.text[position : page.begin(block.id)]))
        out.append(begin)
        position = block.end + len(end)
    return "".join([*out, page.text[position:]]).rstrip("\n") + "\n"


def _heading(page: Page, block: str) -> str:
    found = _HEADING.search(page.text[: page.begin(block)])
    return found[0] if found else ""


def _filled(text: str, contents: Mapping[str, str], headings: Mapping[str, str]) -> str:
    """Put the blocks back: in their line, or at the end where a text merge lost it."""
    for block, content in contents.items():
        line = f"{markers(block)[0]}\n"
        whole = f"{headings.get(block, '')}{block_text(block, content)}\n"
        if line in text:
            first, rest = text.split(line, 1)
            text = first + whole + rest.replace(line, "")
        else:
            text = f"{text.rstrip()}\n\n{whole}"
    return re.sub(r"^<!-- results-bot:begin (\S+) -->\n(?!\n)", "", text, flags=re.MULTILINE)


def merge_tables(
    base: TableText, ours: TableText, theirs: TableText, supported: _Cell
) -> tuple[TableText, tuple[str, ...]]:
    """Return the merged table, its rows by name, and the runs with a cell in dispute."""
    tables = base, ours, theirs
    header = _header(base.header, ours.header, theirs.header)
    rows, disputed = _rows([_by_run(table, table.rows) for table in tables], header, supported)
    seeds, _ = _rows([_by_run(table, table.replicates) for table in tables], header, supported)
    unfinished = _merged(
        dict(base.unfinished), dict(ours.unfinished), dict(theirs.unfinished), lambda *of: of[2]
    )
    names = {row[0] for row in rows}
    rulers = dict.fromkeys(header, "---")
    for table in (theirs, ours):
        rulers |= dict(zip(table.header, table.rulers, strict=False))
    changed: dict[str, Any] = {
        field: _one_of(*(getattr(table, field) for table in tables))
        for field in ("sorted_by", "note", "narrative", "top", "transposed")
    }
    merged = TableText(
        header,
        rows,
        unfinished=tuple((run, status) for run, status in unfinished.items() if run not in names),
        replicates=seeds,
        rulers=tuple(rulers[title] for title in header) if ours.rulers or theirs.rulers else (),
        **changed,
    )
    return merged, disputed


def _by_run(table: TableText, rows: Sequence[tuple[str, ...]]) -> dict[str, _Row]:
    return {name: dict(zip(table.header[1:], row, strict=False)) for name, *row in rows}


def _rows(
    sides: Sequence[Mapping[str, _Row]], header: Sequence[str], supported: _Cell
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Return the merged rows of base, ours and theirs, and the runs with a cell in dispute."""
    disputed: dict[str, None] = {}

    def row(run: str, base: _Row | None, ours: _Row, theirs: _Row) -> _Row:
        def cell(title: str, _: str | None, one: str, other: str) -> str:
            text = supported(run, title)
            if text is not None:
                return text
            disputed[run] = None
            # Both in one cell: the table still shows as a table, and no number is believed.
            shown = (
                side.source if isinstance(side, Marked) else markdown(side) for side in (one, other)
            )
            return Marked(f"ours {one} / theirs {other}", "ours {} / theirs {}".format(*shown))

        return _merged(base or {}, ours, theirs, cell, _same_cell, _source)

    base, ours, theirs = sides
    merged = _merged(base, ours, theirs, row, _same_row, _sources)
    texts = (
        (run, *(values.get(title, cells.MISSING) for title in header[1:]))
        for run, values in merged.items()
    )
    return tuple(texts), tuple(disputed)


def _source(text: str) -> str:
    """Return the Markdown of a cell, since people change links in it; of a number, the text."""
    if isinstance(text, Marked) and cells.parse(str(text)).number is None:
        return text.source
    return str(text)


def _sources(row: _Row) -> dict[str, str]:
    return {title: _source(text) for title, text in row.items()}


def _same_row(one: _Row, other: _Row) -> bool:
    """Return True if two rows differ at most in how many digits they show.

    One very small value changes the digits of its whole column, and nobody changed the other rows.
    """
    return one.keys() == other.keys() and all(_same_cell(one[key], other[key]) for key in one)


def _same_cell(one: str, other: str) -> bool:
    return _source(one) == _source(other) or (
        str(one) != str(other) and cells.same(cells.parse(str(one)), cells.parse(str(other)))
    )


def _header(
    base: tuple[str, ...], ours: tuple[str, ...], theirs: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the columns that nobody took out, then those that somebody added."""
    if not ours or not theirs or ours == theirs:
        return ours or theirs
    if base in (ours, theirs):
        return _one_of(base, ours, theirs)
    kept = [title for title in base or ours if title in ours and title in theirs]
    added = sorted({*ours, *theirs}.difference(base, kept))
    return (*kept, *added)


def _merged(
    base: Mapping[str, T],
    ours: Mapping[str, T],
    theirs: Mapping[str, T],
    settled: Callable[[str, T | None, T, T], T],
    same: Callable[[T, T], bool] = operator.eq,
    exact: Callable[[T], object] = lambda one: one,
) -> dict[str, T]:
    """Merge by name, in natural order; `settled` merges what both sides changed.

    What one side took out goes, unless the other side changed it: `same` is false then. Of two that
    are the `same`, the one whose `exact` value was changed is taken.
    """
    out: dict[str, T] = {}
    for name in in_natural_order({*ours, *theirs}):
        old, one, other = base.get(name), ours.get(name), theirs.get(name)
        if one is None or other is None:
            left = other if one is None else one
            if left is not None and (old is None or not same(old, left)):
                out[name] = left
        elif exact(one) == exact(other) or (old is not None and exact(one) == exact(old)):
            out[name] = other
        elif old is None or not (same(old, one) or same(old, other)):
            out[name] = settled(name, old, one, other)
        else:
            out[name] = one if same(old, other) else other
    return out


def _one_of(base: T, ours: T, theirs: T) -> T:
    return theirs if ours == base else ours

"""Merge three versions of the page: tables by row and cell, what people wrote as text.

The caller passes the function that merges the text; the merge driver passes git's.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from results_bot.config import Config, SectionTable
from results_bot.page import cells, charts
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
from results_bot.page.facts.facts import Facts
from results_bot.page.markdown import Marked, TableText, parse, render
from results_bot.page.page import arranged, summary_of
from results_bot.page.section import Summary, in_natural_order
from results_bot.page.takeaways import registry as takeaways

Supported = Callable[[str, str, str], str | None]
"""Section, run and column title to the text that an artifact supports; None where none does."""
_Row = dict[str, str]
"""Column titles to cells, without the run's name."""
_Cell = Callable[[str, str], str | None]
T = TypeVar("T")
MergeText = Callable[[str, str, str], tuple[str, bool]]
"""Base, ours and theirs to the merged text, and whether it holds conflict markers."""
_HEADING = re.compile(r"#{1,6} [^\n]*\n\n\Z")


def nothing_supported(section: str, run: str, column: str) -> str | None:
    """Stand in where no artifacts are at hand."""
    del section, run, column
    return None


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
    supported: Supported = nothing_supported,
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
        versions = [page.content(block) for page in pages]
        headings[block] = next(_heading(page, block) for page in pages if block in page.blocks)
        if _is_deleted(*versions):
            continue
        if block == GENERATED:
            contents[block] = max(version or "" for version in versions)
        elif block not in OWN:
            cell = partial(supported, block)
            merged, disputed = _table(block, versions, config, sections, cell)
            tables[block], contents[block] = merged, render(merged)
            conflicts += [f"{block}/{run}" for run in disputed]
    if TAKEAWAYS in headings:
        contents[TAKEAWAYS] = _takeaways(pages, tables, config, sections, joined)
    if CHARTS in headings:
        drawn = charts.charts(summary_of(tables, config, sections))
        contents[CHARTS] = charts.links(drawn, config.page)
    whole = _filled(text, contents, headings)
    newline = "\r\n" if "\r\n" in ours else "\n"
    return Merged(whole.replace("\n", newline), tuple(conflicts))


def _is_deleted(base: str | None, ours: str | None, theirs: str | None) -> bool:
    """Return True if one side removed a block and the other left it unchanged."""
    return base is not None and (
        (ours is None and theirs in (None, base)) or (theirs is None and ours in (None, base))
    )


def _table(
    block: str,
    versions: Sequence[str | None],
    config: Config,
    sections: Sequence[SectionTable],
    supported: _Cell,
) -> tuple[TableText, tuple[str, ...]]:
    """Merge a section's block, rows in the section's order; also return the runs in dispute."""
    base, ours, theirs = (parse(version) if version is not None else None for version in versions)
    merged, disputed = merge_tables(base, ours, theirs, supported)
    return arranged(block, merged, config, sections), disputed


def _takeaways(
    pages: Sequence[Page],
    tables: Mapping[str, TableText],
    config: Config,
    sections: Sequence[SectionTable],
    joined: Callable[[Summary], Summary],
) -> str:
    """Return the takeaways of a side that has exactly these tables, else derive them."""
    for page in pages[1:]:
        own = {key: parse(block.content) for key, block in page.blocks.items() if key not in OWN}
        content = page.content(TAKEAWAYS)
        if content is not None and own == tables:
            return content
    facts = Facts(joined(summary_of(tables, config, sections)))
    return takeaways.render(takeaways.takeaways(facts))


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
    base: TableText | None, ours: TableText | None, theirs: TableText | None, supported: _Cell
) -> tuple[TableText, tuple[str, ...]]:
    """Return the merged table, its rows by name, and the runs with a cell in dispute."""
    tables = old, one, other = [table or TableText(()) for table in (base, ours, theirs)]
    header = _header(old.header, one.header, other.header)
    rows, disputed = _rows(tables, [table.rows for table in tables], header, supported)
    seeds, _ = _rows(tables, [table.replicates for table in tables], header, supported)
    unfinished = _merged(
        dict(old.unfinished), dict(one.unfinished), dict(other.unfinished), lambda *of: of[2]
    )
    names = {row[0] for row in rows}
    rulers = dict.fromkeys(header, "---")
    for table in (other, one):
        rulers |= dict(zip(table.header, table.rulers, strict=False))
    merged = TableText(
        header,
        rows,
        _one_of(old.sorted_by, one.sorted_by, other.sorted_by),
        tuple((run, status) for run, status in unfinished.items() if run not in names),
        _one_of(old.note, one.note, other.note),
        _one_of(old.narrative, one.narrative, other.narrative),
        seeds,
        tuple(rulers[title] for title in header) if one.rulers or other.rulers else (),
        _one_of(old.top, one.top, other.top),
        _one_of(old.transposed, one.transposed, other.transposed),
    )
    return merged, disputed


def _rows(
    tables: Sequence[TableText],
    rows: Sequence[Sequence[tuple[str, ...]]],
    header: Sequence[str],
    supported: _Cell,
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Return the merged rows of base, ours and theirs, and the runs with a cell in dispute."""
    marked: dict[str, str] = {}
    disputed: list[str] = []

    def cell(text: str) -> str:
        """Return what is compared: the Markdown of a text, since people change links in it."""
        if not isinstance(text, Marked) or cells.parse(str(text)).number is not None:
            return str(text)
        return marked.setdefault(text.source, text) and text.source

    def settled(run: str, base: _Row | None, ours: _Row, theirs: _Row) -> _Row:
        row, is_disputed = _settled(run, base or {}, ours, theirs, supported)
        disputed.extend([run] if is_disputed else [])
        return row

    old, one, other = (
        {row[0]: dict(zip(table.header[1:], map(cell, row[1:]), strict=False)) for row in lines}
        for table, lines in zip(tables, rows, strict=True)
    )
    out = []
    for run, row in _merged(old, one, other, settled, _same_row).items():
        texts = (row.get(title, cells.MISSING) for title in header[1:])
        out.append((run, *(marked.get(text, text) for text in texts)))
    return tuple(out), tuple(disputed)


def _settled(run: str, base: _Row, ours: _Row, theirs: _Row, supported: _Cell) -> tuple[_Row, bool]:
    """Merge a row that both sides changed, cell by cell; return whether a cell is in dispute."""
    row: dict[str, str] = {}
    disputed = False
    for title in dict.fromkeys([*ours, *theirs]):
        old, one, other = base.get(title), ours.get(title), theirs.get(title)
        if one == other or other is None or _same_cell(old, other):
            text = one
        elif one is None or _same_cell(old, one):
            text = other
        elif (text := supported(run, title)) is None:
            # Both in one cell: the table still shows as a table, and no number is believed.
            text, disputed = f"ours {one} / theirs {other}", True
        row[title] = cells.MISSING if text is None else text
    return row, disputed


def _same_row(one: _Row, other: _Row) -> bool:
    """Return True if two rows differ at most in how many digits they show.

    One very small value changes the digits of its whole column, and nobody changed the other rows.
    """
    return one.keys() == other.keys() and all(_same_cell(one[key], other[key]) for key in one)


def _same_cell(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or cells.same(cells.parse(one), cells.parse(other))


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
) -> dict[str, T]:
    """Merge by name, in natural order; `settled` merges what both sides changed.

    What one side took out goes, unless the other side changed it: `same` is false then.
    """
    out: dict[str, T] = {}
    for name in in_natural_order({*ours, *theirs}):
        old, one, other = base.get(name), ours.get(name), theirs.get(name)
        if one is None or other is None:
            left = other if one is None else one
            if left is not None and (old is None or not same(old, left)):
                out[name] = left
        elif one in (old, other):
            out[name] = other
        elif old is None or not (same(old, one) or same(old, other)):
            out[name] = settled(name, old, one, other)
        else:
            out[name] = one if same(old, other) else other
    return out


def _one_of(base: T, ours: T, theirs: T) -> T:
    return theirs if ours == base else ours

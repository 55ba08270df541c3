"""Merge three versions of the page: tables by row and cell, what people wrote as text.

The caller passes the function that merges the text; the merge driver passes git's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from results_bot.page.order import in_natural_order
from results_bot.page.page import arranged, summary_of
from results_bot.page.section import Summary
from results_bot.page.takeaways import registry as takeaways

Supported = Callable[[str, str, str], str | None]
"""Section, run and column title to the text that an artifact supports; None where none does."""
_Row = Mapping[str, str]
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
    old, one, other = (table or TableText(()) for table in (base, ours, theirs))
    header = _header(old, one, other)
    rows, disputed = _rows(old.rows, one.rows, other.rows, (old, one, other), header, supported)
    replicates, _ = _rows(
        old.replicates, one.replicates, other.replicates, (old, one, other), header, supported
    )
    names = {row[0] for row in rows}
    rulers = dict.fromkeys(header, "---")
    for table in (other, one):
        rulers |= dict(zip(table.header, table.rulers, strict=False))
    unfinished = _merged_map(dict(old.unfinished), dict(one.unfinished), dict(other.unfinished))
    return (
        TableText(
            header,
            rows,
            _one_of(old.sorted_by, one.sorted_by, other.sorted_by),
            tuple((run, unfinished[run]) for run in in_natural_order(unfinished.keys() - names)),
            _one_of(old.note, one.note, other.note) or "",
            _one_of(old.narrative, one.narrative, other.narrative) or "",
            replicates,
            tuple(rulers[title] for title in header) if one.rulers or other.rulers else (),
            _one_of(old.top, one.top, other.top),
            _one_of(old.transposed, one.transposed, other.transposed),
        ),
        disputed,
    )


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
    marked: dict[str, str] = {}

    def cell(text: str) -> str:
        """Return what is compared: the Markdown of a text, since people change links in it."""
        if not isinstance(text, Marked) or cells.parse(str(text)).number is not None:
            return str(text)
        return marked.setdefault(text.source, text) and text.source

    old, one, other = (
        {row[0]: dict(zip(table.header[1:], map(cell, row[1:]), strict=False)) for row in rows}
        for rows, table in zip((base, ours, theirs), tables, strict=True)
    )
    merged: dict[str, _Row] = {}
    disputed: list[str] = []
    for run in in_natural_order({*one, *other}):
        row = _kept(old.get(run), one.get(run), other.get(run))
        if row is None and run in one and run in other:
            row, dispute = _cells(run, old.get(run, {}), one[run], other[run], supported)
            disputed += [run] if dispute else []
        if row is not None:
            merged[run] = row
    rows = [
        (run, *(marked.get(text, text) for text in (row.get(t, cells.MISSING) for t in header[1:])))
        for run, row in merged.items()
    ]
    return tuple(rows), tuple(disputed)


def _kept(base: _Row | None, ours: _Row | None, theirs: _Row | None) -> _Row | None:
    """Return the row if at most one side changed it; None if it is deleted or both did.

    A deletion is honoured unless the other side changed the row.
    """
    if ours is None or theirs is None:
        left = ours if theirs is None else theirs
        return None if base is not None and left == base else left
    if theirs in (ours, base):
        return ours
    return theirs if ours == base else None


def _cells(run: str, base: _Row, ours: _Row, theirs: _Row, supported: _Cell) -> tuple[_Row, bool]:
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

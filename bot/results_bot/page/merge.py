"""Three versions of the page to one: tables by row and cell, people's text as text.

Pure. The text between the blocks is merged by a function that is given; it is git's own where this
runs as a merge driver.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from results_bot.config import Config, SectionTable
from results_bot.model import Summary
from results_bot.page import charts
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
from results_bot.page.markdown import TableText, parse, render
from results_bot.page.material import Material
from results_bot.page.merge_table import Supported, merge_tables, nothing_supported
from results_bot.page.page import section_of_table
from results_bot.page.tables import text_of, with_order
from results_bot.page.takeaways import registry as takeaways

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
    supported: Supported = nothing_supported,
    material: Callable[[Summary], Material] = Material,
) -> Merged:
    """Merge three versions of the page. Raises PageError where one has broken markers.

    `supported` tells what an artifact that is here says of a cell that both sides changed;
    `material` adds what is known of the runs of the merged tables, for the takeaways.
    """
    pages = tuple(parse_page(_lf(text), config.page) for text in (base, ours, theirs))
    ids = dict.fromkeys(block for page in pages for block in page.blocks)
    skeletons = [_skeleton(page) for page in pages]
    text, text_conflict = merge_text(*skeletons)
    conflicts = ["text"] if text_conflict else []
    contents: dict[str, str] = {}
    tables: dict[str, TableText] = {}
    for block in ids:
        versions = tuple(_content(page, block) for page in pages)
        if _is_deleted(*versions):
            continue
        if block == GENERATED:
            contents[block] = max(version or "" for version in versions)
        elif block not in OWN:
            merged, disputed = _table(block, versions, config, sections, supported)
            tables[block], contents[block] = merged, render(merged)
            conflicts += [f"{block}/{run}" for run in disputed]
    if TAKEAWAYS in ids:
        contents[TAKEAWAYS] = _takeaways(pages, tables, config, sections, material)
    if CHARTS in ids:
        summary = _summary(tables, config, sections)
        contents[CHARTS] = charts.links(charts.charts(summary), config.page)
    headings = {block: _heading(page, block) for page in reversed(pages) for block in page.blocks}
    whole = _filled(text, contents, headings)
    newline = "\r\n" if "\r\n" in ours else "\n"
    return Merged(whole.replace("\n", newline), tuple(conflicts))


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n")


def _content(page: Page, block: str) -> str | None:
    return page.blocks[block].content if block in page.blocks else None


def _is_deleted(base: str | None, ours: str | None, theirs: str | None) -> bool:
    """Tell whether one side took a block out and the other left it as it was."""
    return base is not None and (
        (ours is None and theirs in (None, base)) or (theirs is None and ours in (None, base))
    )


def _table(
    block: str,
    versions: tuple[str | None, ...],
    config: Config,
    sections: Sequence[SectionTable],
    supported: Supported,
) -> tuple[TableText, tuple[str, ...]]:
    base, ours, theirs = (parse(version) if version is not None else None for version in versions)
    merged, disputed = merge_tables(
        base, ours, theirs, lambda run, column: supported(block, run, column)
    )
    section = with_order(section_of_table(block, merged, config, sections))
    order = {row.run: position for position, row in enumerate(section.rows)}
    rows = sorted(merged.rows, key=lambda row: order[row[0]])
    said = text_of(section).sorted_by if merged.sorted_by else None
    return (
        TableText(
            merged.header,
            tuple(rows),
            said,
            merged.unfinished,
            merged.note,
            merged.narrative,
            merged.replicates,
        ),
        disputed,
    )


def _takeaways(
    pages: Sequence[Page],
    tables: Mapping[str, TableText],
    config: Config,
    sections: Sequence[SectionTable],
    material: Callable[[Summary], Material],
) -> str:
    """Return what was said of these very tables by ours or theirs, else what follows from them."""
    for page in pages[1:]:
        said = _content(page, TAKEAWAYS)
        if said is not None and _tables(page) == dict(tables):
            return said
    summary = _summary(tables, config, sections)
    return takeaways.render(takeaways.takeaways(Facts(material(summary))))


def _summary(
    tables: Mapping[str, TableText], config: Config, sections: Sequence[SectionTable]
) -> Summary:
    return Summary(
        tuple(section_of_table(block, table, config, sections) for block, table in tables.items())
    )


def _tables(page: Page) -> dict[str, TableText]:
    return {key: parse(block.content) for key, block in page.blocks.items() if key not in OWN}


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

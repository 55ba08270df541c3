"""The text of the page: the blocks between markers, which the bot owns, and where new ones go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from results_bot.collect.paths import is_below
from results_bot.errors import PageError
from results_bot.page.markdown import TableText, parse, parser

GENERATED = "generated"
TAKEAWAYS = "takeaways"
CHARTS = "charts"
OWN = (GENERATED, TAKEAWAYS, CHARTS)
"""Blocks that are not sections."""
_MARKER = re.compile(r"<!-- results-bot:(begin|end) (\S+) -->")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
# What follows the backticks of a fence holds no backtick: "```x``` in a line" is inline code.
_FENCE_OR_MARKER = re.compile(
    r"^(?: {0,3}(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})(?P<rest>.*)|<!--[^\S\n]*results-bot:.*)$",
    re.MULTILINE,
)

_NOTES = re.compile(
    r"(?:\A(?:\r?\n)*|(?<=\n\n)|(?<=\n\r\n))(?:\[[^\]\s]{1,40}\]:? .*(?:\r?\n)*)+\Z"
)
"""Footnotes, references and addresses of links at the end of a page: `[1] Ada`, `[w]: http://...`."""


class Block(msgspec.Struct, frozen=True):
    """The text between two markers."""

    id: str
    content: str
    """Without the blank lines next to the markers."""
    start: int
    """Offset of the first character after the begin marker's line."""
    end: int
    """Offset of the end marker's line."""
    line: int
    """Line of the begin marker, from 1."""


class Page(msgspec.Struct, frozen=True):
    """A results page split into its blocks."""

    text: str
    blocks: Mapping[str, Block]

    @property
    def newline(self) -> str:
        """The line ending that the page uses."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def content(self, block: str) -> str | None:
        """Return the content of a block; None if the page has no block of this id."""
        return self.blocks[block].content if block in self.blocks else None

    def tables(self) -> dict[str, TableText]:
        """Return the tables of the sections by their ids."""
        return {key: parse(one.content) for key, one in self.blocks.items() if key not in OWN}

    def with_text(self, text: str, name: str) -> Page:
        """Return the page with another text. Raises PageError as `parse_page` does."""
        return self if text == self.text else parse_page(text, name)

    def begin(self, block: str) -> int:
        """Return the offset of a block's begin marker."""
        return self.text.rindex(markers(block)[0], 0, self.blocks[block].start)


def parse_page(text: str, name: str = "RESULTS.md") -> Page:
    """Find the blocks in `text`.

    Raises PageError naming the line of a broken marker, or of an unresolved merge conflict inside
    a block, which a table would show as runs.
    """
    conflicts = [found.start() for found in _CONFLICT.finditer(text)]
    try:
        blocks = _blocks(text, name)
        spans = [(block.start, block.end) for block in blocks.values()]
        inside = [at for at in conflicts if any(start <= at < end for start, end in spans)]
    except PageError:
        if not conflicts:
            raise
        inside = conflicts  # It has broken the markers.
    if inside:
        raise PageError(
            f"{name}:{text.count(chr(10), 0, inside[0]) + 1}: a merge conflict is not resolved; "
            "keep the lines of either side, then run `results-bot refresh`, which makes them anew"
        )
    return Page(text, blocks)


def _blocks(text: str, name: str) -> dict[str, Block]:
    blocks: dict[str, Block] = {}
    opened: tuple[str, int, int] | None = None
    fence = ""
    for line in _FENCE_OR_MARKER.finditer(text):
        if line["fence"]:
            if not fence:
                fence = line["fence"]
            elif line["fence"].startswith(fence) and not line["rest"].strip():
                fence = ""
            continue
        if fence:
            continue
        number = text.count("\n", 0, line.start()) + 1
        found = _MARKER.fullmatch(line[0].rstrip())
        if found is None:
            raise PageError(f"{name}:{number}: this marker cannot be read: {line[0].strip()}")
        wrong = _out_of_place(found[1], found[2], opened, blocks)
        if wrong:
            raise PageError(f"{name}:{number}: block `{found[2]}` {wrong}")
        if opened is None:
            opened = found[2], line.end() + 1, number
        else:
            section_id, start, begin = opened
            content = text[start : line.start()].replace("\r\n", "\n").strip("\n")
            blocks[section_id] = Block(section_id, content, start, line.start(), begin)
            opened = None
    if opened:
        raise PageError(f"{name}:{opened[2]}: block `{opened[0]}` has no end marker")
    return blocks


def _out_of_place(
    kind: str, section_id: str, opened: tuple[str, int, int] | None, blocks: Mapping[str, Block]
) -> str:
    """Return why a marker may not stand here; empty if it may."""
    if opened and (kind == "begin" or opened[0] != section_id):
        return f"{kind}s inside block `{opened[0]}` (line {opened[2]})"
    if kind == "end" and not opened:
        return "ends, but did not begin"
    if kind == "begin" and section_id in blocks:
        return f"is here twice, first in line {blocks[section_id].line}"
    return ""


def splice(page: Page, contents: Mapping[str, str]) -> str:
    """Return the page's text with the content of the named blocks replaced, all else unchanged.

    Raises KeyError where the page has no such block.
    """
    text = page.text
    blocks = sorted((page.blocks[key] for key in contents), key=lambda block: -block.start)
    for block in blocks:
        framed = _framed(contents[block.id], page.newline)
        text = text[: block.start] + framed + text[block.end :]
    return text


def block_text(section_id: str, content: str, newline: str = "\n") -> str:
    """Return a whole block with its markers, ending without a line break."""
    begin, end = markers(section_id)
    return f"{begin}{newline}{_framed(content, newline)}{end}"


def markers(section_id: str) -> tuple[str, str]:
    """Return the lines that stand before and after a block."""
    return f"<!-- results-bot:begin {section_id} -->", f"<!-- results-bot:end {section_id} -->"


def _framed(content: str, newline: str) -> str:
    # Blank lines keep GitHub's parser from taking the marker and the table for one HTML block.
    body = content.replace("\r\n", "\n").replace("\n", newline)
    return f"{newline}{body}{newline}{newline}"


def insert(page: Page, at: int, parts: Sequence[str]) -> str:
    """Return the page's text with paragraphs inserted at an offset; no other byte changes."""
    newline = page.newline
    before, after = page.text[:at], page.text[at:]
    while before and not before.endswith(newline * 2):
        before += newline
    gap = newline if not after or after.startswith(newline) else newline * 2
    return before + (newline * 2).join(parts) + gap + after


def end_of(page: Page, blocks: Sequence[Block], level: int) -> int:
    """Return the offset after the last of `blocks` where a heading of this level may stand.

    That is before the next heading of the same or a higher rank, the line with the date, or the
    notes that end the page, so that what people wrote below stays in its section.
    """
    last = max(blocks, key=lambda block: block.end, default=None)
    line_end = page.text.find("\n", last.end) if last else -1
    if line_end < 0:
        return len(page.text)
    start, end = line_end + 1, len(page.text)
    if GENERATED in page.blocks and page.begin(GENERATED) >= start:
        end = page.begin(GENERATED)
    text = page.text[start:end]
    heads = (
        token.map
        for token in parser().parse(text)
        if token.type == "heading_open" and int(token.tag[1:]) <= level
    )
    line = next((lines[0] for lines in heads if lines), None)
    if line is None:
        notes = _NOTES.search(text)
        return start + notes.start() if notes else end
    return start + sum(len(one) + 1 for one in text.split("\n")[:line])


def end_of_family(page: Page, family: str, level: int) -> int:
    """Return the offset after the last block of a by-folder section, else of any section."""
    sections = [block for block in page.blocks.values() if block.id not in OWN]
    own = [one for one in sections if is_below(one.id, family)]
    return end_of(page, own or sections, level)


def with_date(page: Page, now: datetime, *, wanted: bool | None) -> str:
    """Return the page's text with a new `Generated:` line.

    `wanted` None keeps the line where there is one.
    """
    if not (GENERATED in page.blocks if wanted is None else wanted):
        return page.text
    stamp = f"Generated: **{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC**"
    if GENERATED in page.blocks:
        return splice(page, {GENERATED: stamp})
    lines = page.text.split(page.newline)
    at = next((i + 1 for i, line in enumerate(lines) if line.startswith("# ")), 0)
    block = ["", *block_text(GENERATED, stamp, page.newline).split(page.newline)]
    return page.newline.join([*lines[:at], *block, *lines[at:]])

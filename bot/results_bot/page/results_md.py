"""The page as a whole: which text is the bot's, which is people's, and how new text gets in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from results_bot.errors import PageError

GENERATED = "generated"
TAKEAWAYS = "takeaways"
CHARTS = "charts"
OWN = (GENERATED, TAKEAWAYS, CHARTS)
"""Blocks that are no sections."""
_MARKER = re.compile(r"<!-- results-bot:(begin|end) (\S+) -->")
_LOOKS_LIKE_MARKER = re.compile(r"<!--\s*results-bot:")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
# What follows the backticks of a fence holds no backtick: "```x``` in a line" is inline code.
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_SIGNS = ("<!--", "```", "~~~")
"""What every marker and every fence holds."""


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
    """A results page, taken apart."""

    text: str
    blocks: Mapping[str, Block]

    @property
    def newline(self) -> str:
        """The line ending that the page uses."""
        # Of one character a long text is searched ten times as fast.
        return "\r\n" if "\r" in self.text and "\r\n" in self.text else "\n"

    def content(self, block: str) -> str | None:
        """Return what a block says; None where the page has none of this id."""
        return self.blocks[block].content if block in self.blocks else None

    def with_text(self, text: str, name: str) -> Page:
        """Return the page with another text. Raises PageError as `parse_page` does."""
        return self if text == self.text else parse_page(text, name)

    def begin(self, block: str) -> int:
        """Return the offset of a block's begin marker."""
        return self.text.rindex(markers(block)[0], 0, self.blocks[block].start)


def parse_page(text: str, name: str = "RESULTS.md") -> Page:
    """Find the blocks in `text`.

    Raises PageError that names the line of a broken marker, or of a conflict in a block: a table
    would take what git wrote there for runs.
    """
    conflicts = [found.start() for found in _CONFLICT.finditer(text)] if "<<<<<<< " in text else []
    try:
        page = Page(text, _blocks(text, name))
    except PageError:
        if conflicts:
            raise _unresolved(text, conflicts[0], name) from None
        raise
    for at in conflicts:
        if any(block.start <= at < block.end for block in page.blocks.values()):
            raise _unresolved(text, at, name)
    return page


def _unresolved(text: str, at: int, name: str) -> PageError:
    return PageError(
        f"{name}:{text.count(chr(10), 0, at) + 1}: a merge conflict is not resolved; take either "
        f"side (git checkout --ours {name}), then run `results-bot refresh`"
    )


def _blocks(text: str, name: str) -> dict[str, Block]:
    blocks: dict[str, Block] = {}
    opened: tuple[str, int, int] | None = None
    fence = ""
    number, counted = 1, 0
    for offset, line in _telling_lines(text):
        number += text.count("\n", counted, offset)
        counted = offset
        fence, inside = _fenced(fence, line)
        if not inside and _LOOKS_LIKE_MARKER.match(line):
            found = _MARKER.fullmatch(line.rstrip())
            if found is None:
                raise PageError(f"{name}:{number}: this marker cannot be read: {line.strip()}")
            if found[1] == "begin":
                _may_begin(opened, blocks, found[2], f"{name}:{number}")
                opened = (found[2], offset + len(line) + 1, number)
            else:
                block = _ended(text, opened, found[2], offset, f"{name}:{number}")
                blocks[block.id] = block
                opened = None
    if opened:
        raise PageError(f"{name}:{opened[2]}: block `{opened[0]}` has no end marker")
    return blocks


def _telling_lines(text: str) -> list[tuple[int, str]]:
    """Return each line that may be a marker or a fence, with its offset: few of a page."""
    return sorted({line for sign in _SIGNS for line in _lines_with(text, sign)})


def _lines_with(text: str, sign: str) -> Iterator[tuple[int, str]]:
    at = text.find(sign)
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = end if end >= 0 else len(text)
        yield start, text[start:end]
        at = text.find(sign, end)


def splice(page: Page, contents: Mapping[str, str]) -> str:
    """Return the page's text with the named blocks' content replaced; all else stays, to the byte.

    Raises KeyError where the page has no such block.
    """
    out: list[str] = []
    position, newline = 0, page.newline
    for block in sorted((page.blocks[key] for key in contents), key=lambda block: block.start):
        out.append(page.text[position : block.start])
        out.append(_framed(contents[block.id], newline))
        position = block.end
    out.append(page.text[position:])
    return "".join(out)


def block_text(section_id: str, content: str, newline: str = "\n") -> str:
    """Return a whole block with its markers, ending without a line break."""
    begin, end = markers(section_id)
    return f"{begin}{newline}{_framed(content, newline)}{end}"


def markers(section_id: str) -> tuple[str, str]:
    """Return the lines that stand before and after a block."""
    return f"<!-- results-bot:begin {section_id} -->", f"<!-- results-bot:end {section_id} -->"


def _framed(content: str, newline: str) -> str:
    # Blank lines keep GitHub's parser from taking the marker and the table for one HTML block.
    body = content
    if "\r" in content or newline != "\n":
        body = content.replace("\r\n", "\n").replace("\n", newline)
    return f"{newline}{body}{newline}{newline}"


def _fenced(fence: str, line: str) -> tuple[str, bool]:
    """Return the fence that is open after `line`, and whether `line` is code."""
    found = _FENCE.match(line)
    if not fence:
        return (found[1], True) if found else ("", False)
    closes = found and found[1].startswith(fence) and not line[found.end() :].strip()
    return ("" if closes else fence), True


def _may_begin(
    opened: tuple[str, int, int] | None, blocks: Mapping[str, Block], section_id: str, where: str
) -> None:
    if opened:
        raise PageError(
            f"{where}: block `{section_id}` begins inside block `{opened[0]}` (line {opened[2]})"
        )
    if section_id in blocks:
        raise PageError(
            f"{where}: block `{section_id}` is here twice, first in line {blocks[section_id].line}"
        )


def _ended(
    text: str, opened: tuple[str, int, int] | None, section_id: str, offset: int, where: str
) -> Block:
    if opened is None:
        raise PageError(f"{where}: block `{section_id}` ends, but did not begin")
    if opened[0] != section_id:
        raise PageError(
            f"{where}: block `{section_id}` ends inside block `{opened[0]}` (line {opened[2]})"
        )
    content = text[opened[1] : offset].replace("\r\n", "\n").strip("\n")
    return Block(section_id, content, opened[1], offset, opened[2])

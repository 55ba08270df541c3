"""What a block says beside its table, read without a parser where no line of it has other markup.

Nearly every block is as `table_md` writes it, and the parser's import alone takes longer than a
small page. Whatever looks in the least different is left to the parser.
"""

from __future__ import annotations

from typing import Any

import msgspec

from results_bot.hostile import has_loose_underscore
from results_bot.model import Direction, Status
from results_bot.patterns import later

# Letters, digits and signs that mean nothing in the middle of a line.
_SORTED = later(
    r"Sorted by \*\*(?P<title>(?:[\w .,%/+=()@#:±-]|—)+?)"
    r"(?: \((?P<way>lower|higher) is better\))?\*\*\."
)
_NAMED = r"`[\w./=+-]+`(?: \(\w+\))?"
_UNFINISHED = later(rf"Unfinished, no final metrics: {_NAMED}(?:, {_NAMED})*\.")
_NAME = later(r"`([^`]+)`(?: \((\w+)\))?")
_NARRATIVE = later(r"Narrative: `([\w./=+-]+)`\.")
_NOTE = later(r"Note: (\S(?:[^\n\r\0]*\S)?)")  # As it stands in the page, markup and all.
_FOLD = later(r"<details><summary>[\w ]+</summary>|</details>")
_STATUSES = {str(status): status for status in Status}


class Said(msgspec.Struct, frozen=True):
    """The lines of a block."""

    sorted_by: tuple[str, Direction] | None = None
    unfinished: tuple[tuple[str, Status], ...] = ()
    note: str = ""
    narrative: str = ""


def plain_lines(text: str) -> Said | None:
    """Return what the lines say, or None where a parser must tell."""
    found: dict[str, Any] = {}
    for line in filter(None, text.strip("\n").split("\n\n")):
        if line.startswith("<") and _FOLD.fullmatch(line):
            continue  # What stood between was cut out before, or is no plain line.
        read = _line(line)
        if read is None or read[0] in found:
            return None
        found[read[0]] = read[1]
    return Said(**found)


def _line(line: str) -> tuple[str, object] | None:
    if found := _SORTED.fullmatch(line):
        title = found["title"]
        if title != title.strip() or has_loose_underscore(title):
            return None
        return "sorted_by", (title, Direction(found["way"] or Direction.UNKNOWN))
    if _UNFINISHED.fullmatch(line):
        names = ((found[1], found[2] or "") for found in _NAME.finditer(line))
        return "unfinished", tuple(
            (name, _STATUSES.get(word, Status.UNFINISHED)) for name, word in names
        )
    if found := _NOTE.fullmatch(line):
        return "note", found[1]
    if found := _NARRATIVE.fullmatch(line):
        return "narrative", found[1]
    return None

"""Lines of text with some colour: written here where they fit the screen, else by rich.

Rich is imported for what it alone can do; that takes as long as a small page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from bot.report.narrow import is_narrow

if TYPE_CHECKING:
    from rich.text import Text

_CODES = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Line(msgspec.Struct, frozen=True):
    """Texts, each with its style: words of `_CODES`, or nothing."""

    parts: tuple[tuple[str, str], ...]

    def written(self, width: int, *, colour: bool) -> str | None:
        """Return the line as rich would print it; None where that is for rich to say."""
        text = "".join([part for part, _ in self.parts])
        if len(text) > width or not is_narrow(text):
            return None
        return "".join([_in_colour(*part) for part in self.parts]) if colour else text

    def rich(self) -> Text:
        """Return the line for rich to print."""
        from rich.text import Text

        return Text.assemble(*self.parts)


def line(text: str, style: str = "") -> Line:
    """Return a line of one style."""
    return Line(((text, style),))


def written(lines: Sequence[object], width: int, *, colour: bool) -> str | None:
    """Return lines as rich would print them; None where one of them is for rich."""
    out = [one.written(width, colour=colour) if isinstance(one, Line) else None for one in lines]
    told = [one for one in out if one is not None]
    return "".join([f"{one}\n" for one in told]) if len(told) == len(out) else None


def _in_colour(text: str, style: str) -> str:
    if not (text and style):
        return text
    return f"\x1b[{';'.join([_CODES[word] for word in style.split()])}m{text}\x1b[0m"

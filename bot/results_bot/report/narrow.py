"""Text cut to a number of terminal columns, of which some characters take two and some none."""

from __future__ import annotations

import re

from results_bot.patterns import later

ELLIPSIS = "…"


def width(text: str) -> int:
    """Return the columns that a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def end_cut(text: str, most: int) -> str:
    """Return `text` in at most `most` columns, its end cut away."""
    if width(text) <= most:
        return text
    return _start(text, most - 1).rstrip() + ELLIPSIS if most > 0 else ""


def middle_cut(text: str, most: int) -> str:
    """Return `text` in at most `most` columns, cut in its middle: names differ at their ends."""
    if width(text) <= most:
        return text
    if most < 3:
        return end_cut(text, most)
    back = _start(text[::-1], (most - 1) // 2)[::-1]
    return _start(text, most - 1 - width(back)) + ELLIPSIS + back


def _start(text: str, most: int) -> str:
    """Return the longest start that takes at most `most` columns."""
    taken = 0
    for at, character in enumerate(text):
        taken += width(character)
        if taken > most:
            return text[:at]
    return text


def wrapped(text: str, most: int) -> list[str]:
    """Return `text` in lines of at most `most` columns, broken at blanks; long words are split.

    What belongs to one figure stays on one line: `p < 0.001`, `± 0.0102`, `+0.5 pp`, `95 %`.
    """
    lines, line = [], ""
    for word in _GLUED.sub(_glue, text).split(" "):
        joined = f"{line} {word}" if line else word
        if width(joined) <= most:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while width(line) > most > 1:
            start = _start(line, most)
            lines.append(start)
            line = line[len(start) :]
    return [one.replace(_BLANK, " ") for one in (*lines, line)]


_BLANK = "\ue000"
"""Stands for a blank where no line may break; of no other use in any text."""
_GLUED = later(r"p [<=] (?=\d)|± (?=\d)|(?<=\d) (?=(?:pp|%)(?!\w))|\(n = (?=\d)")


def _glue(found: re.Match[str]) -> str:
    return found[0].replace(" ", _BLANK)

"""Text cut to a number of terminal columns, of which some characters take two and some none."""

from __future__ import annotations

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

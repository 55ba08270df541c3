"""The signs and colours of better, worse and grave, in the comment and in a terminal.

A colour never stands alone: a word or the number's own sign is beside it. The HTML report has its
colours at the top of `html/page.css`, and the SVG files theirs in `charts.py`.
"""

from __future__ import annotations

from results_bot.model import Direction, Severity

SIGN = {Severity.FAILURE: "✗", Severity.WARNING: "!", Severity.NOTICE: "·"}
EMOJI = {Severity.FAILURE: "❌", Severity.WARNING: "⚠️", Severity.NOTICE: "\u2139\ufe0f"}
SEVERITY = {Severity.FAILURE: "red", Severity.WARNING: "yellow", Severity.NOTICE: "green"}
"""In a terminal."""

# By whether a value is better; None where that is not known or not judged.
WORD = {True: "better", False: "worse", None: "changed"}
DOT = {True: "🟢", False: "🔴", None: ""}
"""On GitHub."""
STYLE = {True: "green", False: "red", None: ""}
"""In a terminal."""

BETTER_WAY = {
    Direction.LOWER: "\u00a0↓",
    Direction.HIGHER: "\u00a0↑",
    Direction.UNKNOWN: "",
}
"""Which way is better. Follows a column's title, after a space at which no line breaks."""


def arrow(difference: str) -> str:
    """Return the direction in which a number went; it does not mean better or worse."""
    return "▼" if difference.startswith("-") else "▲"

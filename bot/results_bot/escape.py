"""Text from artifacts made safe for the place where it is shown.

Names of runs and metrics come from files that anybody may have written. Nothing here decides
what to show; each function makes one text harmless in one kind of document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

ZERO_WIDTH_SPACE = "\u200b"
_REPLACEMENT = "\ufffd"


# Controls become their visible pictures (U+2400 block), so that a newline cannot end a table row
# and an escape sequence cannot reach a terminal. Bidirectional overrides and isolates would let a
# name show other than it is (CVE-2021-42574), zero-width characters let two names look the same;
# surrogates cannot be encoded.
@cache
def _unprintable() -> dict[int, str]:
    return {
        **{code: chr(0x2400 + code) for code in range(0x20)},
        0x7F: "\u2421",
        **dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT),
        **dict.fromkeys((0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF), _REPLACEMENT),
        **dict.fromkeys(range(0x2028, 0x202F), _REPLACEMENT),
        **dict.fromkeys(range(0x2066, 0x206A), _REPLACEMENT),
        **dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT),
        **dict.fromkeys(range(0xFDD0, 0xFDF0), _REPLACEMENT),
        0xFFFE: _REPLACEMENT,
        0xFFFF: _REPLACEMENT,
    }


# Everything with a meaning inside a table cell or in the middle of a line. An underscore between
# letters or digits has none, which keeps the usual run names as people type them.
_LOOSE = r"_(?:(?<![^\W_]_)|(?![^\W_]))"
_LOOSE_UNDERSCORE = re.compile(_LOOSE)
_MARKDOWN_SPECIAL = re.compile(rf"[\\`*<>\[\]|&~$]|{_LOOSE}")
_INVISIBLE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# GitHub links these after the Markdown is rendered, so that no escape stops it: an invisible
# character does. `visible` takes it away again.
_AUTOLINK = re.compile(r"@(?=\w)|#(?=\d)|(?i:gh-)(?=\d)|:(?=//)|(?i:www)(?=\.)|(?i:mailto|xmpp):")
# What has none of those meanings, as long as no underscore is loose and nothing is a link. The
# letters beyond ASCII stand apart: with them in one class, every character would take longer, and
# with the dash, its compilation.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_ .,;!?'\"%/+=(){}^±\0-]++|—|[^\W\0-\x7f])*+")
_EMOJI = re.compile(r":(?=[a-z0-9_+-]+:)")


_LATEX = str.maketrans(
    {one: f"\\{one}" for one in "&%$#_{}"}
    | {"~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "\\": "\\textbackslash{}"}
    | {"±": "$\\pm$", "—": "--"}
)


def printable(text: str) -> str:
    """Return `text` on one line, with every control and direction character made visible."""
    # `isprintable` is False for each character of the table, and for some others.
    return text if text.isprintable() else text.translate(_unprintable())


def latex(text: str) -> str:
    """Return LaTeX that shows `text` literally."""
    return printable(text).translate(_LATEX)


def markdown(text: str) -> str:
    """Return Markdown that shows exactly `text`: no markup, link, mention, emoji or HTML in it.

    For a table cell or the middle of a line; at the start of a line `1.` would begin a list.

    The inverse is a GitHub-flavoured Markdown parser after `visible` took the zero-width spaces
    away: parser(visible(markdown(t))) == printable(t).
    """
    return text if are_plain((text,)) else escaped(text)


def escaped(text: str) -> str:
    """Return the same Markdown, without the shortcut for plain text."""
    text = printable(text)
    text = _AUTOLINK.sub(lambda found: found[0] + ZERO_WIDTH_SPACE, text)
    text = _EMOJI.sub(":" + ZERO_WIDTH_SPACE, text)
    text = _MARKDOWN_SPECIAL.sub(_escaped, text)
    text = _INVISIBLE.sub(lambda found: f"&#{ord(found[0])};", text)
    if text[:1] == " ":
        text = "&#32;" + text[1:]
    if text[-1:] == " ":
        text = text[:-1] + "&#32;"
    return text


def are_plain(texts: Sequence[str]) -> bool:
    """Return True if `markdown` leaves all of these as they are: one fast check for all.

    It may be False where `markdown` would change nothing either.
    """
    joined = "\0".join(["", *texts, ""])
    if not _PLAIN.fullmatch(joined) or joined.count("\0") != len(texts) + 1:
        return False
    if "\0 " in joined or " \0" in joined or _LOOSE_UNDERSCORE.search(joined):
        return False
    lower = joined.lower()
    return "www" not in lower and "gh-" not in lower


def code(text: str) -> str:
    """Return a Markdown code span that shows exactly `text`; for lines of text, not for tables.

    GitHub's e-mail replies look for mentions in code spans too, so those are broken here as well.
    """
    text = _AUTOLINK.sub(lambda found: found[0] + ZERO_WIDTH_SPACE, printable(text))
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padded = text[:1] in ("`", " ") or text[-1:] in ("`", " ")
    pad = " " if padded and text.strip(" ") else ""
    return f"{fence}{pad}{text or ' '}{pad}{fence}"


def visible(source: str) -> str:
    """Return Markdown `source` without the zero-width spaces that `markdown` put in."""
    return source.replace(ZERO_WIDTH_SPACE, "")


def log_line(text: str) -> str:
    """Return one line for the log of a job, which the runner reads for commands."""
    text = printable(text).replace("##[", "##\u200b[")
    return f"\u200b{text}" if text.lstrip().startswith("::") else text


def workflow_command(text: str) -> str:
    """Return `text` for the message of a GitHub workflow command (`::error::...`)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """Return `text` for a property of a GitHub workflow command (`file=...`)."""
    return workflow_command(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character in "<>&":
        return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}[character]
    if character == "|":
        # A backslash would do for GitHub, but other parsers split the row first.
        return "&#124;"
    return "\\" + character

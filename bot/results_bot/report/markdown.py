"""Markdown as GitHub shows it: escaped pieces, tables, and size limits. Any text may be hostile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from results_bot.escape import code as code_span
from results_bot.escape import markdown
from results_bot.page.markdown import parser, write_table
from results_bot.report.colours import DOT

_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/%?=&#+:@!,;-]*)?")
_CODE = re.compile(r"`([^`]+)`")
_HEX = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class Budget:
    """Characters or bytes that a place on GitHub still takes.

    Sizes add up: the measure of two texts in a row is the sum of both.
    """

    def __init__(self, limit: int, measure: Callable[[str], int]) -> None:
        self.left = limit
        self.measure = measure

    def take(self, text: str) -> bool:
        """Spend the size of `text`; return False, and spend nothing, where it does not fit."""
        size = self.measure(text)
        if size > self.left:
            return False
        self.left -= size
        return True

    def first(self, lines: Iterable[str]) -> list[str]:
        """Spend the sizes of the first lines that fit, and return those."""
        return [*takewhile(lambda line: self.take(line + "\n"), lines)]

    def part(self, limit: int) -> Budget:
        """Return a separate budget of at most `limit`, never more than is left here."""
        return Budget(min(limit, self.left), self.measure)


def utf16(text: str) -> int:
    """Return the length in UTF-16 code units, as JavaScript and C# count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8(text: str) -> int:
    """Return the length in bytes."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def without_astral(text: str) -> str:
    """Replace characters above U+FFFF, which GitHub's check runs do not take.

    Our own signs become older ones, everything else U+FFFD.
    """
    ours = {DOT[False]: "❌", DOT[True]: "✅"}
    return _ASTRAL.sub(lambda found: ours.get(found[0], "\ufffd"), text)


def clip(text: str, most: int) -> str:
    """Return `text` in at most `most` characters; an ellipsis marks a cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain(text: str, most: int = 600) -> str:
    """Return Markdown that shows `text` literally, on one line."""
    return markdown(clip(text, most)) if text else ""


def bold(text: str, most: int = 200) -> str:
    """Return bold Markdown; empty for an empty text, which would show as four stars."""
    return f"**{plain(text, most)}**" if text else ""


def code(text: str, most: int = 200) -> str:
    """Return a code span, not for use in tables.

    GitHub shows tags in it as text; a zero-width space breaks them for tools that only search a
    comment's source.
    """
    return re.sub("<(?=[!/])", "<\u200b", code_span(clip(text, most)))


def advice(text: str, most: int = 600) -> str:
    """Return text in which only what stands between backticks is markup, as code."""
    pieces = _CODE.split(clip(text, most))
    return "".join(code(one) if at % 2 else plain(one) for at, one in enumerate(pieces) if one)


def paragraph(text: str) -> str:
    """Return a message of several lines; code between backticks stays code."""
    lines = [line for line in clip(text, 2000).splitlines() if line.strip()]
    return _at_line_start("<br>".join(advice(line, 2000) for line in lines))


def sentence(source: str) -> str:
    """Return a takeaway's Markdown with nothing left but bold, emphasis and code."""
    keep = {"strong_open": "**", "strong_close": "**", "em_open": "*", "em_close": "*"}
    out = []
    for token in parser().parseInline(clip(source, 1000)):
        for child in token.children or []:
            text = child.content or " "
            inner = text.strip(" ")
            if child.type == "code_inline":
                out.append(code(child.content))
            elif child.type in keep:
                out.append(keep[child.type])
            else:
                # Blanks at the ends separate words here; `plain` would make them entities.
                before, after = text[:1] == " ", text[-1:] == " " and inner
                out.append(f"{' ' * bool(before)}{plain(inner)}{' ' * bool(after)}")
    return _at_line_start("".join(out))


def unbroken(text: str) -> str:
    """Return plain text that wraps nowhere."""
    return plain(text, 60).replace(" ", "\u00a0")


def link(text: str, url: str) -> str:
    """Return a link around Markdown `text`, or only the text where the address is not http(s)."""
    return f"[{text}]({url})" if _URL.fullmatch(url) else text


def commit(sha: str, repository_url: str) -> str:
    """Return the short hash of a commit, linked where the repository's address is known."""
    if not _HEX.fullmatch(sha):
        return plain(sha, 40) or "nothing"
    return link(f"`{sha[:7]}`", f"{repository_url}/commit/{sha}" if repository_url else "")


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> list[str]:
    """Return the lines of a table without padding: two for the head, then one a row.

    Cells are Markdown; `align` has `l` or `r` for each column.
    """
    rulers = ["--:" if one == "r" else ":--" for one in align]
    return write_table(titles, rows, rulers).split("\n")


def details(summary: str, body: str) -> str:
    """Return a folded block. `summary` must be our own text; `body` is Markdown."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _at_line_start(source: str) -> str:
    """Escape a first character that would begin a list or heading."""
    source = source.strip()
    first = source[:1]
    return f"&#{ord(first)};{source[1:]}" if first in tuple("0123456789-+=#") else source

"""Small pieces of Markdown as GitHub shows it. Every text given here may be hostile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from results_bot.hostile import code as code_span
from results_bot.hostile import markdown
from results_bot.page.markdown import parser

ELLIPSIS = "…"
NBSP = "\u00a0"
"""As itself and not as an entity, which would take six times the room."""
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/%?=&#+:@!,;-]*)?")
_CODE = re.compile(r"`([^`]+)`")
_HEX = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)


def clip(text: str, most: int) -> str:
    """Return `text` with at most `most` characters; what is cut shows as an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


def plain(text: str, most: int = 600) -> str:
    """Return Markdown that shows `text` as it is, on one line."""
    return markdown(clip(text, most)) if text else ""


def bold(text: str, most: int = 200) -> str:
    """Return bold Markdown; nothing for nothing, which would show as four stars."""
    return f"**{plain(text, most)}**" if text else ""


def code(text: str, most: int = 200) -> str:
    """Return a code span, not for tables.

    GitHub shows tags in it as text; for those that only search a comment's source they are broken.
    """
    return re.sub("<(?=[!/])", "<\u200b", code_span(clip(text, most)))


def advice(text: str, most: int = 600) -> str:
    """Return a rule's tip; what it has between backticks stays code."""
    pieces = _CODE.split(clip(text, most))
    return "".join(code(one) if at % 2 else plain(one) for at, one in enumerate(pieces) if one)


def sentence(source: str, most: int = 1000) -> str:
    """Return a takeaway's Markdown with nothing left but bold, emphasis and code."""
    keep = {"strong_open": "**", "strong_close": "**", "em_open": "*", "em_close": "*"}
    out = []
    for token in parser().parseInline(clip(source, most)):
        for child in token.children or []:
            if child.type == "code_inline":
                out.append(code(child.content))
            else:
                out.append(keep.get(child.type) or _within(child.content or " "))
    return _start("".join(out))


def paragraph(text: str, most: int = 2000) -> str:
    """Return a message of several lines, its code between backticks shown as code."""
    lines = [line for line in clip(text, most).splitlines() if line.strip()]
    return _start("<br>".join(advice(line, most) for line in lines))


def link(text: str, url: str) -> str:
    """Return a link round Markdown `text`, or only the text where the address is none."""
    return f"[{text}]({url})" if _URL.fullmatch(url) else text


def commit(sha: str, repository_url: str) -> str:
    """Return the short hash of a commit, linked where the repository's address is known."""
    if not _HEX.fullmatch(sha):
        return plain(sha, 40) or "nothing"
    return link(f"`{sha[:7]}`", f"{repository_url}/commit/{sha}" if repository_url else "")


def unbroken(text: str, most: int = 60) -> str:
    """Return plain text that no line break tears apart."""
    return plain(text, most).replace(" ", NBSP)


def row(cells: Iterable[str]) -> str:
    """Return a table row."""
    return f"| {' | '.join(cells)} |"


def table_head(titles: Sequence[str], aligned: str) -> list[str]:
    """Return the two lines that open a table; `aligned` has `l` or `r` for each column."""
    return [row(titles), "|" + "".join("--:|" if one == "r" else ":--|" for one in aligned)]


def details(summary: str, body: str) -> str:
    """Return a folded part. `summary` must be ours; `body` is Markdown."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _start(source: str) -> str:
    """Return Markdown for the start of a line, where `1.` or `#` would mean something."""
    source = source.strip()
    first = source[:1]
    return f"&#{ord(first)};{source[1:]}" if first in tuple("0123456789-+=#") else source


def _within(text: str) -> str:
    """Return plain text between other text, where blanks at its ends are only blanks."""
    inner = text.strip(" ")
    if not inner:
        return " " if text else ""
    before, after = text[:1] == " ", text[-1:] == " "
    return f"{' ' * before}{plain(inner)}{' ' * after}"

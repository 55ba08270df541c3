"""What GitHub makes of Markdown, by its own parser, counted by an HTML parser."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

VOID = {"br", "hr", "img", "input"}
OURS = {
    *("h3", "p", "strong", "em", "br", "sub", "code", "pre", "ul", "li", "a"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary"),
}
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


class Seen(HTMLParser):
    """Tags by their number, tables by rows and cells, text, links, and whether all is closed."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.tables: list[list[int]] = []
        self.links: list[str] = []
        self.comments: list[str] = []
        self.text = ""
        self.mentions: list[str] = []
        self.broken: list[str] = []
        self._open: list[str] = []
        html = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
        self.feed(html)
        self.close()
        self.broken += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append(0)
        elif tag in ("td", "th"):
            self.tables[-1][-1] += 1
        elif tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        elif tag not in VOID:
            self.broken.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.text += f"{data}\n"
        # GitHub looks for people and teams in each piece of text by itself.
        self.mentions += re.findall(r"(?<!\w)@\w[\w-]*", data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data.strip())

    @property
    def strangers(self) -> set[str]:
        """Tags that we never write."""
        return set(self.tags) - OURS

    @property
    def ragged(self) -> list[list[int]]:
        """Tables whose rows differ in their number of cells."""
        return [table for table in self.tables if len(set(table)) != 1]

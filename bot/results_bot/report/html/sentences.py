"""A takeaway's Markdown as HTML: words, bold, code and nothing else."""

from __future__ import annotations

from typing import Any

from results_bot.hostile import visible


def sentences(markdown: str) -> Any:
    """Return safe markup of one sentence; HTML, links and images in it stay text."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    parser = MarkdownIt("zero", {"html": False})
    parser.enable(["emphasis", "backticks", "escape", "entity"])
    return Markup(parser.renderInline(visible(markdown)))  # noqa: S704 - escaped by the parser

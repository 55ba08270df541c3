"""The page of a workflow run (`GITHUB_STEP_SUMMARY`): all that the comment says, with more room."""

from __future__ import annotations

from results_bot.report import gfm
from results_bot.report.parts import footer, tables, top
from results_bot.report.review import Provenance, Review
from results_bot.report.room import Room, utf8

LIMIT = 1_048_576
"""GitHub's, in bytes; over it the whole summary is discarded."""
_BUDGET = 1_000_000
_MORE = "`results-bot diff --all`"


def render(review: Review) -> str:
    """Return the summary's Markdown, always below GitHub's limit."""
    closing = footer.render(review.provenance)
    room = Room(_BUDGET - utf8(closing) - 10, utf8)
    parts = [top.render(review, room, _MORE)]
    if not review.quiet:
        parts.append(tables.render(review, room, _MORE))
    parts.append(closing)
    return "\n\n".join(part for part in parts if part) + "\n"


def broken(provenance: Provenance, reason: str) -> str:
    """Return the summary where no verdict was reached."""
    said = f"### ❌ Results could not be judged\n\n{gfm.paragraph(reason)}"
    return f"{said}\n\n{footer.render(provenance)}\n"

"""The one sticky comment of a pull request, and what can be read back from it.

The marker stands first, since a text that is cut loses its end. What a comment says of itself is a
hint, never a proof: whoever looks for it also asks who wrote it.
"""

from __future__ import annotations

import re

import msgspec

from results_bot.report import gfm
from results_bot.report.parts import footer, tables, top
from results_bot.report.review import Provenance, Review
from results_bot.report.room import Room, utf16

LIMIT = 65_536
"""GitHub's, in characters."""
_BUDGET = 65_000
_STATE = re.compile(
    r"<!-- results-bot:state run=(?P<run>\d{1,20}) attempt=(?P<attempt>\d{1,9}) "
    r"head=(?P<head>[0-9a-f]{0,64}) -->"
)


class State(msgspec.Struct, frozen=True, order=True):
    """Which run wrote a comment about which commit; a later run is greater."""

    run: int
    attempt: int
    head: str = ""


def marker(project: str) -> str:
    """Return the first line of a project's comment."""
    return f"<!-- results-bot:comment {re.sub(r'[^A-Za-z0-9._/]+', '-', project)[:200]} -->"


def read_state(body: str, project: str) -> State | None:
    """Return what a comment says of itself; None where it is not this project's comment."""
    lines = body.split("\n", 2)
    if lines[0].rstrip() != marker(project):
        return None
    found = _STATE.fullmatch(lines[1].rstrip()) if len(lines) > 1 else None
    return State(int(found["run"]), int(found["attempt"]), found["head"]) if found else State(0, 0)


def render(review: Review) -> str:
    """Return the comment's Markdown, always below GitHub's limit."""
    opening, closing = _opening(review.provenance), footer.render(review.provenance)
    room = Room(_BUDGET - utf16(f"{opening}\n\n\n{closing}\n"), utf16)
    more = where(review.provenance)
    parts = [top.render(review, room, more)]
    if not review.quiet:
        parts.append(tables.render(review, room, more))
    parts.append(closing)
    return f"{opening}\n" + "\n\n".join(part for part in parts if part) + "\n"


def broken(provenance: Provenance, reason: str) -> str:
    """Return the comment where no verdict was reached: wrong configuration, or a bug."""
    said = f"### ❌ Results could not be judged\n\n{gfm.paragraph(reason)}"
    return f"{_opening(provenance)}\n{said}\n\n{footer.render(provenance)}\n"


def substance(text: str) -> str:
    """Return what a comment or check says, without which run said it of which commits."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    kept = [line for line in lines if not _STATE.fullmatch(line.rstrip())]
    return "\n".join(kept[:-1] if kept[-1].startswith("<sub>") else kept).strip()


def where(provenance: Provenance) -> str:
    """Return where all of it can be read."""
    if provenance.run_url:
        return gfm.link("summary of the run", provenance.run_url)
    return "`results-bot diff --all`"


def _opening(provenance: Provenance) -> str:
    head = re.sub(r"[^0-9a-f]", "", provenance.head.lower())[:64]
    run, attempt = max(0, provenance.run_id), max(0, provenance.run_attempt)
    state = f"<!-- results-bot:state run={run} attempt={attempt} head={head} -->"
    return f"{marker(provenance.project)}\n{state}"

"""How to approve, who approved, and commands that were not followed."""

from __future__ import annotations

from datetime import UTC

from bot.report import gfm
from bot.report.headline import plural
from bot.report.review import Accepted, Refused, Review

MOST = 20
"""More approvals or refused commands than these are only counted."""
_DIGEST = 128


def render(review: Review) -> str:
    """Return the block; nothing where there is nothing to approve and nobody did."""
    view = review.approvals
    lines = [_accepted(one, len(review.verdict.blocking)) for one in view.accepted[-MOST:]]
    lines += [_refused(one) for one in view.refused[-MOST:]]
    hidden = max(0, len(view.accepted) - MOST) + max(0, len(view.refused) - MOST)
    if hidden:
        lines.append(f"- {hidden:,} older ones not shown")
    parts = ["\n".join(lines)] if lines else []
    if review.waiting and view.digest:
        parts.append(_how(review))
    return "\n\n".join(parts)


def _how(review: Review) -> str:
    digest = "".join(one for one in review.approvals.digest if one.isalnum())[:_DIGEST]
    who = "Anybody with write access"
    if not review.approvals.author_may:
        who += ", other than the author,"
    one = len(review.waiting) == 1
    question, them = (
        ("Is this change meant?", "it") if one else ("Are these changes meant?", "them")
    )
    return (
        f"**{question}** {who} can approve {them} with a comment:\n\n"
        f"```\n/approve-metrics {digest}\n```\n\n"
        "<sub>A reason may follow. For one run only, put `SECTION/RUN` behind the digest. "
        "The approval holds while these findings stay as they are, value by value.</sub>"
    )


def _accepted(one: Accepted, blocking: int) -> str:
    when = f"{one.when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    what = gfm.link("approved", one.url)
    part = "" if len(one.findings) >= blocking else f" {plural(len(one.findings), 'finding')}"
    reason = f": {gfm.plain(one.reason, 300)}" if one.reason.strip() else ""
    return f"- ✅ {gfm.bold(one.by, 60)} {what}{part} ({when}){reason}"


def _refused(one: Refused) -> str:
    command = gfm.link("command", one.url)
    return (
        f"- ⚪ {gfm.bold(one.by, 60)}'s {command} {gfm.code(one.command, 120)} "
        f"has no effect: {gfm.plain(one.why, 300)}"
    )

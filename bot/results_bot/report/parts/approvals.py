"""How to approve, who approved, and commands that were not followed."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

from results_bot.judge.approvals import SHOWN, Acceptance, Refusal, place
from results_bot.report import gfm
from results_bot.report.headline import plural
from results_bot.report.review import Review

MOST = 20
"""More approvals or refused commands than these are only counted."""
_PLACES = 10
# What can be copied out of a code block and means there what it says.
_COPYABLE = re.compile(r"[\w./+:=,-]{1,200}")


def render(review: Review) -> str:
    """Return the block; nothing where there is nothing to approve and nobody did."""
    counts = Counter(one for finding, one in review.approvals.accepted)
    all_of_it = len(review.verdict.blocking)
    lines = [_accepted(one, count, all_of_it) for one, count in [*counts.items()][-MOST:]]
    refused = review.approvals.refused
    lines += [_refused(one) for one in refused[-MOST:]]
    hidden = max(0, len(counts) - MOST) + max(0, len(refused) - MOST)
    if hidden:
        lines.append(f"- {hidden:,} older ones not shown")
    parts = ["\n".join(lines)] if lines else []
    if review.waiting and review.approvals.digest:
        parts.append(_how(review))
    return "\n\n".join(parts)


def _how(review: Review) -> str:
    one = len(review.waiting) == 1
    question, them = (
        ("Is this change meant?", "it") if one else ("Are these changes meant?", "them")
    )
    who = "Anybody with write access"
    if not review.authors_may_approve:
        who += ", other than the author,"
    digest = "".join(one for one in review.approvals.digest if one.isalnum())[:SHOWN]
    command = f"/approve-metrics {digest}"
    parts = [
        f"**{question}** {who} can approve {them} with a comment:",
        _block([command]),
        "<sub>A reason may follow. The approval holds while these findings stay as they are, "
        "value by value.</sub>",
        _one_by_one(review, command),
    ]
    return "\n\n".join(part for part in parts if part)


def _one_by_one(review: Review, command: str) -> str:
    """Return the commands for single runs, where there are several and their names can be typed."""
    places = list(dict.fromkeys(place(finding) for finding in review.waiting if finding.run))
    typed = [one for one in places[:_PLACES] if _COPYABLE.fullmatch(one)]
    if len(places) < 2 or not typed:
        return ""
    return gfm.details("Approve one run at a time", _block([f"{command} {one}" for one in typed]))


def _block(lines: list[str]) -> str:
    return "\n".join(["```", *lines, "```"])


def _accepted(one: Acceptance, count: int, all_of_it: int) -> str:
    part = "" if count >= all_of_it else f" {plural(count, 'finding')}"
    reason = f": {gfm.plain(one.reason, 300)}" if one.reason.strip() else ""
    return (
        f"- ✅ {gfm.bold(one.by, 60)} {gfm.link('approved', one.url)}{part} ({_when(one)}){reason}"
    )


def _when(one: Acceptance) -> str:
    try:
        at = datetime.fromisoformat(one.at)
    except ValueError:
        return gfm.plain(one.at, 40)
    return f"{at.astimezone(UTC) if at.tzinfo else at:%Y-%m-%d %H:%M} UTC"


def _refused(one: Refusal) -> str:
    return (
        f"- ⚪ {gfm.bold(one.by, 60)}'s {gfm.link('command', one.url)} "
        f"{gfm.code(one.command, 120)} has no effect: {gfm.plain(one.why, 300)}"
    )

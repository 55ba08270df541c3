"""Approvals as Markdown: how to approve, who approved, and which commands had no effect."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

from results_bot.judge.approvals import SHOWN, place
from results_bot.report import markdown
from results_bot.report.markdown import plain
from results_bot.report.review import Review
from results_bot.report.wording import plural

MOST = 20
"""Approvals, and refused commands, that are listed; older ones are only counted."""
_MOST_RUNS = 10
# A name that can be copied from a code block into a comment, and means the same there.
_COPYABLE = re.compile(r"[\w./+:=,-]{1,200}")


def render(review: Review) -> str:
    """Return the block; empty where nothing waits and nobody said anything."""
    counts = Counter(acceptance for _, acceptance in review.approvals.accepted)
    refused = review.approvals.refused
    lines = []
    for one, count in [*counts.items()][-MOST:]:
        part = count < len(review.verdict.blocking)
        what = f" {plural(count, 'finding')}" if part else ""
        reason = f": {plain(one.reason, 300)}" if one.reason.strip() else ""
        said = markdown.link("approved", one.url)
        lines.append(f"- ✅ {markdown.bold(one.by, 60)} {said}{what} ({_time(one.at)}){reason}")
    lines += [
        f"- ⚪ {markdown.bold(one.by, 60)}'s {markdown.link('command', one.url)} "
        f"{markdown.code(one.command, 120)} has no effect: {plain(one.why, 300)}"
        for one in refused[-MOST:]
    ]
    hidden = max(0, len(counts) - MOST) + max(0, len(refused) - MOST)
    if hidden:
        lines.append(f"- {hidden:,} older ones not shown")
    parts = ["\n".join(lines)] if lines else []
    if review.waiting and review.approvals.digest:
        parts.append(_how_to_approve(review))
    return "\n\n".join(parts)


def _how_to_approve(review: Review) -> str:
    one = len(review.waiting) == 1
    question = "Is this change meant?" if one else "Are these changes meant?"
    who = "Anybody with write access"
    if not review.authors_may_approve:
        who += ", other than the author,"
    digest = "".join(filter(str.isalnum, review.approvals.digest))[:SHOWN]
    command = f"/approve-metrics {digest}"
    parts = [
        f"**{question}** {who} can approve {'it' if one else 'them'} with a comment:",
        f"```\n{command}\n```",
        "<sub>A reason may follow. The approval holds while these findings stay as they are, "
        "value by value.</sub>",
    ]
    places = list(dict.fromkeys(place(finding) for finding in review.waiting if finding.run))
    typed = [one for one in places[:_MOST_RUNS] if _COPYABLE.fullmatch(one)]
    if len(places) > 1 and typed:
        commands = "\n".join(f"{command} {one}" for one in typed)
        parts.append(markdown.details("Approve one run at a time", f"```\n{commands}\n```"))
    return "\n\n".join(parts)


def _time(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return plain(text, 40)
    return f"{at.astimezone(UTC) if at.tzinfo else at:%Y-%m-%d %H:%M} UTC"

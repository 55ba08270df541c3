"""The sticky comment of a pull request, and the parts that check run and job summary share with it.

The marker comes first, since a text that is cut loses its end. Markers can be
forged: whoever looks for the comment also checks its author.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import UTC, datetime

import msgspec

from results_bot.config import ApprovalsTable
from results_bot.judge.approvals import SHOWN, place
from results_bot.numbers import plural
from results_bot.report import findings, markdown, tables
from results_bot.report.markdown import Budget, plain, utf16
from results_bot.report.review import Provenance, Review

MARKER = "<!-- results-bot:comment "
"""How all of our comments begin, whatever their page is."""
LIMIT = 65_536
"""GitHub's limit, in characters."""
_BUDGET = 65_000
_MOST_PROBLEMS = 10
_MOST_APPROVALS = 20
"""Approvals, and refused commands, that are listed; older ones are only counted."""
_MOST_APPROVERS = 5
_MOST_RUNS = 10
# A name that can be copied from a code block into a comment, and means the same there.
_COPYABLE = re.compile(r"[\w./+:=,-]{1,200}")
_STATE = re.compile(
    r"<!-- results-bot:state run=(?P<run>\d{1,20}) attempt=(?P<attempt>\d{1,9}) "
    r"head=(?P<head>[0-9a-f]{0,64}) -->"
)


class CommentState(msgspec.Struct, frozen=True, order=True):
    """Which workflow run wrote a comment about which commit; a later run is greater."""

    run: int
    attempt: int
    head: str = ""


def marker(project: str) -> str:
    """Return the first line of a project's comment."""
    return f"{MARKER}{slug(project)} -->"


def slug(project: str) -> str:
    """Return a project's name for markers and branches; no two projects have the same."""
    plain = re.sub(r"[^A-Za-z0-9._/]+", "-", project)[:200]
    known = hashlib.sha256(project.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return plain if plain == project else f"{plain}-{known}"


def read_state(body: str, project: str) -> CommentState | None:
    """Return the state that a comment names; None where it is not this project's comment."""
    lines = body.split("\n", 2)
    if lines[0].rstrip() != marker(project):
        return None
    found = _STATE.fullmatch(lines[1].rstrip()) if len(lines) > 1 else None
    return (
        CommentState(int(found["run"]), int(found["attempt"]), found["head"])
        if found
        else CommentState(0, 0)
    )


def render(review: Review) -> str:
    """Return the comment's Markdown, always below GitHub's limit."""
    of = review.provenance
    head = re.sub(r"[^0-9a-f]", "", of.head.lower())[:64]
    run, attempt = max(0, of.run_id), max(0, of.run_attempt)
    state = f"<!-- results-bot:state run={run} attempt={attempt} head={head} -->"
    start, foot = f"{marker(of.project)}\n{state}", footer(of)
    budget = Budget(_BUDGET - utf16(f"{start}\n\n\n{foot}\n"), utf16)
    return f"{start}\n{body(review, budget, more_at(of))}\n\n{foot}\n"


def body(review: Review, budget: Budget, more: str) -> str:
    """Return verdict, findings and tables, as much of them as fits.

    `more` is Markdown that points to what found no room.
    """
    parts = opening(review, budget, more), tables.render(review, budget, more)
    return "\n\n".join(part for part in parts if part)


def broken(provenance: Provenance, reason: str) -> str:
    """Return the text for the case that no verdict was reached: bad configuration, or a bug."""
    text = f"### ❌ Results could not be judged\n\n{markdown.paragraph(reason)}"
    return f"{text}\n\n{footer(provenance)}\n"


def substance(text: str) -> str:
    """Return the text of a comment or check without its state and footer, for comparison."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    kept = [line for line in lines if not _STATE.fullmatch(line.rstrip())]
    return "\n".join(kept[:-1] if kept[-1].startswith("<sub>") else kept).strip()


def more_at(provenance: Provenance) -> str:
    """Return in Markdown where everything can be read."""
    if provenance.run_url:
        return markdown.link("summary of the run", provenance.run_url)
    return "`results-bot diff --all`"


def opening(review: Review, budget: Budget, more: str) -> str:
    """Return what everybody reads: verdict, counts, findings, how to approve.

    The findings take what room there is; the budget is reduced by everything written.
    """
    line = review.headline
    approving = approvals_block(review)
    if review.quiet:
        text = f"{line.sign} {markdown.bold(line.verdict)} · {plain(line.counts)}"
        parts = [text.removesuffix(" · "), approving]
    else:
        problems = [
            f"- ❌ {plain(one.file, 200)}: {plain(one.reason, 300)}"
            for one in review.problems[:_MOST_PROBLEMS]
        ]
        if hidden := len(review.problems) - len(problems):
            problems.append(f"- and {hidden:,} more")
        start = [
            f"### {line.sign} {plain(line.verdict)}",
            plain(line.counts),
            "\n".join(["**Could not be used**", "", *problems]) if problems else "",
            *(f"⚠️ {plain(note, 500)}" for note in review.notes),
        ]
        rest = sum(budget.measure(part + "\n\n") for part in (*start, approving))
        groups = findings.render(review, budget.part(budget.left - rest), more)
        # The call for approval stands next to what it is about.
        needing = bool(review.waiting) + bool(review.settled)
        parts = [*start, *groups[:needing], approving, *groups[needing:]]
    text = "\n\n".join(part for part in parts if part)
    budget.take(text)
    return text


def approvals_block(review: Review) -> str:
    """Return how to approve, who approved, and which commands had no effect; mostly empty."""
    counts = Counter(acceptance for _, acceptance in review.approvals.accepted)
    refused = review.approvals.refused
    lines = []
    for one, count in [*counts.items()][-_MOST_APPROVALS:]:
        part = count < len(review.verdict.blocking)
        what = f" {plural(count, 'finding')}" if part else ""
        reason = f": {plain(one.reason, 300)}" if one.reason.strip() else ""
        approved = markdown.link("approved", one.url)
        at = f" ({_time(one.at)})" if one.at else ""
        lines.append(f"- ✅ {markdown.bold(one.by, 60)} {approved}{what}{at}{reason}")
    lines += [
        f"- ⚪ {markdown.bold(one.by, 60)}'s {markdown.link('command', one.url)} "
        f"{markdown.code(one.command, 120)} has no effect: {plain(one.why, 300)}"
        for one in refused[-_MOST_APPROVALS:]
    ]
    hidden = max(0, len(counts) - _MOST_APPROVALS) + max(0, len(refused) - _MOST_APPROVALS)
    if hidden:
        lines.append(f"- {hidden:,} older ones not shown")
    parts = ["\n".join(lines)] if lines else []
    if not review.waiting or not review.approvals.digest:
        return "\n\n".join(parts)
    single = len(review.waiting) == 1
    question = "Is this change intended?" if single else "Are these changes intended?"
    who = _who_may(review.policy)
    digest = "".join(filter(str.isalnum, review.approvals.digest))[:SHOWN]
    command = f"/approve-metrics {digest}"
    bot = review.provenance.bot_url
    docs = markdown.link("How approvals work", f"{bot}/blob/HEAD/docs/approvals.md") if bot else ""
    parts += [
        f"**{question}** {who} can approve {'it' if single else 'them'} with a comment:",
        f"```\n{command}\n```",
        "<sub>You can add a reason after the code. The approval stays valid as long as exactly "
        f"these values do not change.{docs and ' ' + docs}</sub>",
    ]
    places = list(dict.fromkeys(place(finding) for finding in review.waiting if finding.run))
    typed = [one for one in places[:_MOST_RUNS] if _COPYABLE.fullmatch(one)]
    if len(places) > 1 and typed:
        commands = "\n".join(f"{command} {one}" for one in typed)
        parts.append(markdown.details("Approve one run at a time", f"```\n{commands}\n```"))
    return "\n\n".join(parts)


def _who_may(policy: ApprovalsTable) -> str:
    """Return whose approval counts, as the subject of a sentence."""
    who, names = "Anybody with write access", [plain(one, 60) for one in policy.approvers]
    if names:
        few = len(names) <= _MOST_APPROVERS
        who = " or ".join(names) if few else f"One of {len(names)} approvers of the configuration"
    return who if policy.authors_may_approve else f"{who}, other than the author and committers,"


def footer(provenance: Provenance) -> str:
    """Return one small line: commits, artifacts, page, workflow run and version."""
    base = markdown.commit(provenance.base, provenance.repository_url)
    head = markdown.commit(provenance.head, provenance.repository_url)
    parts = [f"{base} → {head}"]
    if provenance.artifacts is not None:
        parts.append(f"{plural(provenance.artifacts, 'artifact')} read")
    if provenance.page_url:
        parts.append(markdown.link(plain(provenance.page, 100), provenance.page_url))
    if provenance.report_url:
        parts.append(markdown.link("report", provenance.report_url))
    if provenance.run_url:
        parts.append(markdown.link("run", provenance.run_url))
    parts.append(f"results-bot {plain(provenance.version, 40)}")
    if provenance.bot_url:
        parts.append(markdown.link("what is this?", f"{provenance.bot_url}#readme"))
    return f"<sub>{' · '.join(parts)}</sub>"


def _time(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return plain(text, 40)
    return f"{at.astimezone(UTC) if at.tzinfo else at:%Y-%m-%d %H:%M} UTC"

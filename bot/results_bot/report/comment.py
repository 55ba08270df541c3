"""The sticky comment of a pull request, and the parts that check run and job summary share with it.

The marker comes first, since a text that is cut loses its end. What a comment says about itself is
a hint and no proof: whoever looks for it also checks its author.
"""

from __future__ import annotations

import re

import msgspec

from results_bot.report import approvals, findings, markdown, tables
from results_bot.report.markdown import Budget, plain, utf16
from results_bot.report.review import Provenance, Review, headline
from results_bot.report.wording import plural

LIMIT = 65_536
"""GitHub's limit, in characters."""
_BUDGET = 65_000
_MOST_PROBLEMS = 10
_STATE = re.compile(
    r"<!-- results-bot:state run=(?P<run>\d{1,20}) attempt=(?P<attempt>\d{1,9}) "
    r"head=(?P<head>[0-9a-f]{0,64}) -->"
)


class State(msgspec.Struct, frozen=True, order=True):
    """Which workflow run wrote a comment about which commit; a later run is greater."""

    run: int
    attempt: int
    head: str = ""


def marker(project: str) -> str:
    """Return the first line of a project's comment."""
    return f"<!-- results-bot:comment {re.sub(r'[^A-Za-z0-9._/]+', '-', project)[:200]} -->"


def read_state(body: str, project: str) -> State | None:
    """Return the state that a comment names; None where it is not this project's comment."""
    lines = body.split("\n", 2)
    if lines[0].rstrip() != marker(project):
        return None
    found = _STATE.fullmatch(lines[1].rstrip()) if len(lines) > 1 else None
    return State(int(found["run"]), int(found["attempt"]), found["head"]) if found else State(0, 0)


def render(review: Review) -> str:
    """Return the comment's Markdown, always below GitHub's limit."""
    head, foot = _marker_lines(review.provenance), footer(review.provenance)
    budget = Budget(_BUDGET - utf16(f"{head}\n\n\n{foot}\n"), utf16)
    more = more_at(review.provenance)
    parts = [opening(review, budget, more), tables.render(review, budget, more), foot]
    return f"{head}\n" + "\n\n".join(part for part in parts if part) + "\n"


def broken(provenance: Provenance, reason: str) -> str:
    """Return the comment for the case that no verdict was reached: bad configuration, or a bug."""
    text = f"### ❌ Results could not be judged\n\n{markdown.paragraph(reason)}"
    return f"{_marker_lines(provenance)}\n{text}\n\n{footer(provenance)}\n"


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
    """Return what everybody reads: verdict, worst finding, counts, findings, how to approve.

    The findings take what room there is; the budget is reduced by everything written.
    """
    line = headline(review)
    approving = approvals.render(review)
    if review.quiet:
        said = f"{line.sign} {markdown.bold(line.verdict)} · {plain(line.counts)}"
        parts = [said.removesuffix(" · "), approving]
    else:
        details = [markdown.bold(line.worst, 300), plain(line.counts)]
        start = [
            f"### {line.sign} {plain(line.verdict)}",
            "<br>".join(part for part in details if part),
            _problems(review),
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


def footer(provenance: Provenance) -> str:
    """Return one small line: commits, artifacts, page, workflow run and version."""
    base = markdown.commit(provenance.base, provenance.repository_url)
    head = markdown.commit(provenance.head, provenance.repository_url)
    parts = [f"{base} → {head}"]
    if provenance.artifacts is not None:
        parts.append(f"{plural(provenance.artifacts, 'artifact')} read")
    if provenance.page_url:
        parts.append(markdown.link(plain(provenance.page, 100), provenance.page_url))
    if provenance.run_url:
        parts.append(markdown.link("run", provenance.run_url))
    parts.append(f"results-bot {plain(provenance.version, 40)}")
    return f"<sub>{' · '.join(parts)}</sub>"


def _problems(review: Review) -> str:
    """Return the list of problems; a single one is in the headline already."""
    found = review.problems
    if len(found) < 2:
        return ""
    lines = [
        f"- ❌ {plain(one.file, 200)}: {plain(one.reason, 300)}" for one in found[:_MOST_PROBLEMS]
    ]
    if len(found) > _MOST_PROBLEMS:
        lines.append(f"- and {len(found) - _MOST_PROBLEMS:,} more")
    return "\n".join(["**Could not be used**", "", *lines])


def _marker_lines(provenance: Provenance) -> str:
    head = re.sub(r"[^0-9a-f]", "", provenance.head.lower())[:64]
    run, attempt = max(0, provenance.run_id), max(0, provenance.run_attempt)
    state = f"<!-- results-bot:state run={run} attempt={attempt} head={head} -->"
    return f"{marker(provenance.project)}\n{state}"

"""The part that everybody reads: verdict, worst finding, counts, findings, how to approve."""

from __future__ import annotations

from results_bot.model import Problem
from results_bot.report import gfm
from results_bot.report.headline import headline
from results_bot.report.parts import approvals, findings
from results_bot.report.review import Review
from results_bot.report.room import Room

_PROBLEMS = 10


def render(review: Review, room: Room, more: str) -> str:
    """Return it, the findings in as many words as fit. Takes what it uses from the room."""
    if review.quiet:
        parts = [_quiet(review), approvals.render(review)]
    else:
        opening = [_opening(review), _problems(review.problems), _notes(review.notes)]
        approving = approvals.render(review)
        rest = sum(room.measure(part + "\n\n") for part in (*opening, approving))
        found = findings.render(review, Room(room.left - rest, room.measure), more)
        # The call for approval stands next to what it is about.
        needing = bool(review.waiting) + bool(review.settled)
        parts = [*opening, *found[:needing], approving, *found[needing:]]
    text = "\n\n".join(part for part in parts if part)
    room.take(text)
    return text


def _opening(review: Review) -> str:
    said = headline(review)
    lines = [f"### {said.sign} {gfm.plain(said.verdict)}"]
    details = [gfm.bold(said.worst, 300), gfm.plain(said.counts)]
    shown = "<br>".join(line for line in details if line)
    return "\n\n".join([*lines, shown] if shown else lines)


def _quiet(review: Review) -> str:
    said = headline(review)
    return f"{said.sign} {gfm.bold(said.verdict)} · {gfm.plain(said.counts)}".removesuffix(" · ")


def _notes(notes: tuple[str, ...]) -> str:
    return "\n\n".join(f"⚠️ {gfm.plain(note, 500)}" for note in notes)


def _problems(problems: tuple[Problem, ...]) -> str:
    if len(problems) < 2:
        # The headline has said it.
        return ""
    lines = [
        f"- ❌ {gfm.plain(problem.file, 200)}: {gfm.plain(problem.reason, 300)}"
        for problem in problems[:_PROBLEMS]
    ]
    if len(problems) > _PROBLEMS:
        lines.append(f"- and {len(problems) - _PROBLEMS:,} more")
    return "\n".join(["**Could not be read**", "", *lines])

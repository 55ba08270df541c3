"""The headline of a review: one sign, the verdict, the gravest finding and the counts."""

from __future__ import annotations

import msgspec

from results_bot.model import ChangeKind
from results_bot.numbers import plural
from results_bot.report import wording
from results_bot.report.review import Conclusion, Review


class Headline(msgspec.Struct, frozen=True):
    """What everybody should know, even those who read nothing else. Plain text."""

    sign: str
    verdict: str
    worst: str
    """The gravest finding in one sentence; empty where all is well."""
    counts: str


def headline(review: Review) -> Headline:
    """Return the headline of a review."""
    warned = review.conclusion is Conclusion.SUCCESS and review.warnings
    signs = {Conclusion.SUCCESS: "✅", Conclusion.NEUTRAL: "⚪"}
    sign = "⚠️" if warned else signs.get(review.conclusion, "❌")
    gravest = review.waiting or review.warnings
    worst = gravest[0].message if gravest else ""
    if review.problems:
        worst = f"{review.problems[0].file}: {review.problems[0].reason}"
    return Headline(sign, _verdict(review), worst, _counts(review))


def _verdict(review: Review) -> str:
    waiting = len(review.waiting)
    wait = f"{plural(waiting, 'finding')} {'waits' if waiting == 1 else 'wait'} for approval"
    warnings = plural(len(review.warnings), "warning")
    if review.problems:
        broken = wording.counted_problems(review.problems)
        return f"{broken}, and {wait}" if waiting else broken
    if waiting:
        return wait
    if review.settled:
        names = review.approvals.by
        by = ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} more"
        approved = f"{plural(len(review.settled), 'finding')} approved by {by}"
        return f"{approved}, {warnings}" if review.warnings else approved
    if review.conclusion is Conclusion.NEUTRAL:
        return "Nothing to compare with yet"
    if review.warnings:
        return f"{warnings}, nothing to approve"
    calm = "Nothing to approve" if _worse(review) else "Nothing got worse"
    return "No metric changed" if review.quiet else calm


def _counts(review: Review) -> str:
    whole = wording.direction_of_all(review.verdict)
    parts = [whole] if whole else []
    if review.verdict.changes:
        # Worse values that are no finding, for a reason that `counted` does not name.
        explained = review.flagged.union(review.verdict.unflagged)
        unflagged = sum(one not in explained for one in _worse(review))
        suffix = f" ({unflagged:,} worse but not flagged)" if unflagged else ""
        parts.append(wording.counted(review.verdict) + suffix)
    if review.warnings and (review.waiting or review.problems):
        parts.append(plural(len(review.warnings), "warning"))
    if review.older:
        parts.append(plural(len(review.older), "older finding"))
    if review.verdict.compared:
        parts.append(f"{plural(review.verdict.compared, 'value')} compared")
    return " · ".join(parts)


def _worse(review: Review) -> list[tuple[str, str, str]]:
    return [
        change.cell
        for change in review.verdict.changes
        if change.kind is ChangeKind.VALUE_CHANGED and change.better is False
    ]

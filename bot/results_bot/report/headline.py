"""The verdict in words, to be read in ten seconds. Plain text: each report makes it safe."""

from __future__ import annotations

import msgspec

from results_bot.model import ChangeKind
from results_bot.report import words
from results_bot.report.conclusion import Conclusion, conclusion
from results_bot.report.review import Review

_SIGN = {
    Conclusion.SUCCESS: "✅",
    Conclusion.NEUTRAL: "⚪",
    Conclusion.ACTION_REQUIRED: "❌",
    Conclusion.FAILURE: "❌",
}
WARNING_SIGN = "⚠️"


class Headline(msgspec.Struct, frozen=True):
    """What everybody should know, even those who read nothing else."""

    sign: str
    verdict: str
    worst: str
    """The gravest thing found, in one sentence; nothing where all is well."""
    counts: str


def headline(review: Review) -> Headline:
    """Return the headline of a review."""
    return Headline(_sign(review), _verdict(review), _worst(review), _counts(review))


def plural(number: int, one: str, many: str = "") -> str:
    """Return `1 finding`, `2 findings`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _sign(review: Review) -> str:
    reached = conclusion(review)
    if reached is Conclusion.SUCCESS and review.warnings:
        return WARNING_SIGN
    return _SIGN[reached]


def _verdict(review: Review) -> str:
    waiting = len(review.waiting)
    wait = f"{plural(waiting, 'finding')} {'waits' if waiting == 1 else 'wait'} for approval"
    if review.problems:
        broken = f"{plural(len(review.problems), 'file')} could not be read"
        return f"{broken}, and {wait}" if waiting else broken
    if waiting:
        return wait
    if review.settled:
        warnings = f", {plural(len(review.warnings), 'warning')}" if review.warnings else ""
        approved = f"{plural(len(review.settled), 'finding')} approved by {_approvers(review)}"
        return approved + warnings
    if conclusion(review) is Conclusion.NEUTRAL:
        return "Nothing to compare with yet"
    return _calm(review)


def _calm(review: Review) -> str:
    if review.quiet:
        return "No metric changed"
    if review.warnings:
        return f"{plural(len(review.warnings), 'warning')}, nothing to approve"
    return "Nothing to approve" if _worse(review) else "Nothing got worse"


def _approvers(review: Review) -> str:
    names = review.approvals.by
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} more"


def _worst(review: Review) -> str:
    if review.problems:
        return f"{review.problems[0].file}: {review.problems[0].reason}"
    found = review.waiting or review.warnings
    return found[0].message if found else ""


def _counts(review: Review) -> str:
    parts = []
    changed = words.counted(review.verdict.changes, review.verdict.passed)
    if review.verdict.changes:
        parts.append(changed + _unflagged(review))
    if review.warnings and (review.waiting or review.problems):
        parts.append(plural(len(review.warnings), "warning"))
    if review.older:
        parts.append(plural(len(review.older), "older finding"))
    if review.verdict.compared:
        parts.append(f"{plural(review.verdict.compared, 'value')} compared")
    return " · ".join(parts)


def _unflagged(review: Review) -> str:
    """Say how many of the worse values are no finding for a reason that is not counted already."""
    told = review.flagged.union(review.verdict.passed)
    quiet = sum(one not in told for one in _worse(review))
    return f" ({quiet:,} worse but not flagged)" if quiet else ""


def _worse(review: Review) -> list[tuple[str, str, str]]:
    return [
        (change.section, change.run or "", change.metric.key)
        for change in review.verdict.changes
        if change.kind is ChangeKind.VALUE_CHANGED and change.metric and change.better is False
    ]

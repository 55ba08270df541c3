"""The check run's conclusion; comment, check run and exit code all ask here."""

from __future__ import annotations

from enum import StrEnum

from results_bot.report.review import Review


class Conclusion(StrEnum):
    """GitHub's words."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    ACTION_REQUIRED = "action_required"
    FAILURE = "failure"


def conclusion(review: Review) -> Conclusion:
    """Return what a review comes to, the gravest first."""
    if review.problems:
        return Conclusion.FAILURE
    if review.waiting:
        return Conclusion.ACTION_REQUIRED
    nothing_before = not any(section.rows for section in review.base.sections)
    if nothing_before and review.verdict.compared == 0 and not review.settled:
        return Conclusion.NEUTRAL
    return Conclusion.SUCCESS

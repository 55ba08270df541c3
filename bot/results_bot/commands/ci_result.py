"""What a flow comes to; `ci` turns it into outputs, a job summary and an exit code."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from results_bot.report.conclusion import Conclusion, conclusion
from results_bot.report.review import Review


class Result(msgspec.Struct, frozen=True):
    """The outputs of `action.yml`, and what the log and the job summary say."""

    said: str
    """One line for the log."""
    conclusion: Conclusion | None = None
    """None where nothing was judged."""
    digest: str = ""
    changed: bool = False
    waiting: int = 0
    warnings: int = 0
    comment_url: str = ""
    upload: str = ""
    summary: str = ""
    """Markdown."""
    commands: Sequence[str] = ()
    """Workflow commands to print as they are."""


def skipped(why: str) -> Result:
    """Return the result of doing nothing."""
    return Result(f"Nothing to do: {why}.")


def judged(review: Review, said: str, *, changed: bool, summary: str, url: str = "") -> Result:
    """Return the result of a review."""
    return Result(
        said,
        conclusion(review),
        review.approvals.digest if review.waiting else "",
        changed,
        len(review.waiting),
        len(review.warnings),
        url,
        summary=summary,
    )

"""The check run: conclusion, title, summary, text and annotations."""

from __future__ import annotations

import msgspec

from results_bot.escape import printable
from results_bot.report import comment, markdown, tables
from results_bot.report.annotations import MOST_ANNOTATIONS, Annotation, annotate, annotated
from results_bot.report.markdown import Budget, clip, utf8, without_astral
from results_bot.report.review import Conclusion, Provenance, Review

LIMIT = 65_535
"""GitHub's limit for the summary and for the text, in bytes."""
_BUDGET = 65_000
_TITLE = 255


class CheckOutput(msgspec.Struct, frozen=True):
    """What a completed check run shows."""

    conclusion: Conclusion
    title: str
    summary: str
    text: str = ""
    annotations: tuple[Annotation, ...] = ()
    """All of them; GitHub takes 50 in one request."""


def render(review: Review, page_text: str | None = None) -> CheckOutput:
    """Return the check run. `page_text` is the page at the head commit, for the annotations."""
    more = comment.more_at(review.provenance)
    wanted = len(annotated(review))
    closing = comment.footer(review.provenance)
    if wanted > MOST_ANNOTATIONS:
        closing = (
            f"<sub>{MOST_ANNOTATIONS} of {wanted:,} findings are annotated, the gravest first."
            f"</sub>\n\n{closing}"
        )
    opening = comment.opening(review, Budget(_BUDGET - utf8(closing), utf8), more)
    line = review.headline
    title = f"{line.verdict}: {line.worst}" if line.worst else line.verdict
    # Replacing characters makes a text only shorter, so that the limits hold.
    return CheckOutput(
        conclusion=review.conclusion,
        title=clip(without_astral(printable(title)), _TITLE),
        summary=without_astral(f"{opening}\n\n{closing}\n"),
        text=without_astral(tables.render(review, Budget(_BUDGET, utf8), more, picture=False)),
        annotations=tuple(annotate(review, page_text)),
    )


def broken(provenance: Provenance, reason: str) -> CheckOutput:
    """Return the check run for the case that no verdict was reached: bad settings, or a bug."""
    text = f"{markdown.paragraph(reason)}\n\n{comment.footer(provenance)}\n"
    return CheckOutput(Conclusion.FAILURE, "Results could not be judged", without_astral(text))

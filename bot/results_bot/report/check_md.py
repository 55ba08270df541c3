"""The check run `results-bot`: conclusion, title, summary, text and annotations."""

from __future__ import annotations

import msgspec

from results_bot.hostile import printable
from results_bot.report import gfm
from results_bot.report.comment_md import where
from results_bot.report.conclusion import Conclusion, conclusion
from results_bot.report.headline import headline
from results_bot.report.page_annotations import MOST, Annotation, annotate, count
from results_bot.report.parts import footer, tables, top
from results_bot.report.restrict import restrict
from results_bot.report.review import Provenance, Review
from results_bot.report.room import Room, utf8

LIMIT = 65_535
"""GitHub's, in bytes, for the summary and for the text."""
_BUDGET = 65_000
_TITLE = 255


class CheckOutput(msgspec.Struct, frozen=True):
    """All that a completed check run says."""

    conclusion: Conclusion
    title: str
    summary: str
    text: str = ""
    """Empty where there is nothing below the summary."""
    annotations: tuple[Annotation, ...] = ()
    """All of them; GitHub takes 50 a request."""


def render(review: Review, page_text: str | None = None) -> CheckOutput:
    """Return the check run. `page_text` is the page at the head commit, for the annotations.

    Exchanging signs makes a text only shorter, so that the limits hold.
    """
    more = where(review.provenance)
    closing = _closing(review)
    room = Room(_BUDGET - utf8(closing), utf8)
    summary = f"{top.render(review, room, more)}\n\n{closing}\n"
    text = "" if review.quiet else tables.render(review, Room(_BUDGET, utf8), more, chart=False)
    return CheckOutput(
        conclusion=conclusion(review),
        title=_title(review),
        summary=restrict(summary),
        text=restrict(text),
        annotations=tuple(annotate(review, page_text)),
    )


def broken(provenance: Provenance, reason: str) -> CheckOutput:
    """Return the check run where no verdict was reached: wrong configuration, or a bug."""
    said = f"{gfm.paragraph(reason)}\n\n{footer.render(provenance)}\n"
    return CheckOutput(Conclusion.FAILURE, "Results could not be judged", restrict(said))


def _title(review: Review) -> str:
    said = headline(review)
    title = f"{said.verdict}: {said.worst}" if said.worst else said.verdict
    return gfm.clip(restrict(printable(title)), _TITLE)


def _closing(review: Review) -> str:
    wanted = count(review)
    note = f"<sub>{MOST} of {wanted:,} findings are annotated, the gravest first.</sub>\n\n"
    return (note if wanted > MOST else "") + footer.render(review.provenance)

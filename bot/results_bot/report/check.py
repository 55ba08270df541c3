"""The check run: conclusion, title, summary, text, and annotations on the lines of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from results_bot.errors import PageError
from results_bot.escape import printable, workflow_command, workflow_property
from results_bot.model import Finding, Severity
from results_bot.page.document import parse_page
from results_bot.page.markdown import row_lines
from results_bot.page.section import Place
from results_bot.report import comment, markdown, tables, wording
from results_bot.report.markdown import Budget, clip, utf8, without_astral
from results_bot.report.review import Conclusion, Provenance, Review

LIMIT = 65_535
"""GitHub's limit for the summary and for the text, in bytes."""
_BUDGET = 65_000
_TITLE = 255
MOST_ANNOTATIONS = 500
_MESSAGE = 4000
"""GitHub takes 64 KB; nobody reads that much beside a line."""
MOST_COMMANDS = 10
"""Workflow commands of each level that GitHub shows for one step."""


class Annotation(msgspec.Struct, frozen=True):
    """One remark on one line. Plain text, not Markdown."""

    path: str
    line: int
    level: Severity
    title: str
    message: str


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


def annotate(review: Review, page_text: str | None) -> list[Annotation]:
    """Return the new findings but improvements as annotations, the gravest first.

    A finding without a row on the page stands at its section, else on the first line.
    """
    found = annotated(review)[:MOST_ANNOTATIONS]
    lines = _lines(page_text or "", {one.section for one in found if one.runs or one.run})
    out = []
    for finding in found:
        approved = finding in review.approved
        title = f"{finding.id} (approved)" if approved else finding.id
        how_sure = wording.evidence(finding, review.metric(finding))
        parts = [printable(one) for one in (finding.message, how_sure, finding.tip) if one]
        out.append(
            Annotation(
                review.provenance.page,
                _line(finding, lines),
                Severity.NOTICE if approved else finding.severity,
                clip(without_astral(printable(title)), _TITLE),
                clip(without_astral("\n".join(parts)), _MESSAGE) or finding.id,
            )
        )
    return out


def workflow_commands(found: Iterable[Annotation]) -> list[str]:
    """Return annotations as lines for the runner's log, for runs that may not write a check run."""
    names = {Severity.FAILURE: "error", Severity.WARNING: "warning", Severity.NOTICE: "notice"}
    count: Counter[Severity] = Counter()
    out = []
    for one in found:
        count[one.level] += 1
        if count[one.level] <= MOST_COMMANDS:
            place = f"file={workflow_property(one.path)},line={one.line}"
            title, message = workflow_property(one.title), workflow_command(one.message)
            out.append(f"::{names[one.level]} {place},title={title}::{message}")
    return out


def annotated(review: Review) -> tuple[Finding, ...]:
    """Return the findings that get an annotation, the gravest first."""
    return (*review.waiting, *review.warnings, *review.settled, *review.notices)


def _lines(text: str, sections: set[str]) -> dict[Place, int]:
    """Return the lines of sections, with an empty name, and of the rows of those asked for."""
    try:
        blocks = parse_page(text).blocks.values()
    except PageError:
        return {}
    lines = {(block.id, ""): block.line for block in blocks}
    for block in blocks:
        if "" in sections or block.id in sections:
            raw = text[block.start : block.end].replace("\r\n", "\n")
            first = block.line + 1 + len(raw) - len(raw.lstrip("\n"))
            rows = row_lines(block.content)
            lines |= {(block.id, run): first + line for run, line in rows if run}
    return lines


def _line(finding: Finding, lines: Mapping[Place, int]) -> int:
    """Return the line of a finding's first run, else of its section, else 1."""
    runs = [printable(run) for run in (*finding.runs, finding.run or "")]
    if not finding.section:
        # A finding over several sections stands at the first of its rows.
        return min((at for (_, run), at in lines.items() if run and run in runs), default=1)
    places = ((finding.section, run) for run in (*runs, ""))
    return next((lines[place] for place in places if place in lines), 1)

"""Findings on the lines of the results page that they are about. Plain text, not Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from results_bot.errors import PageError
from results_bot.hostile import printable
from results_bot.model import Finding, Severity
from results_bot.page.document import Block, parse_page
from results_bot.page.markdown import row_lines
from results_bot.report import findings_text
from results_bot.report.gfm import clip
from results_bot.report.restrict import restrict
from results_bot.report.review import Review

MOST = 500
_TITLE = 255
_MESSAGE = 4000
"""GitHub takes 64 KB; nobody reads that much beside a line."""


class Annotation(msgspec.Struct, frozen=True):
    """One remark beside one line."""

    path: str
    line: int
    level: Severity
    title: str
    message: str


def annotate(review: Review, page_text: str | None) -> list[Annotation]:
    """Return the new findings as annotations, the gravest first, at most `MOST` of them.

    `page_text` is the page at the head commit. What has no row there stands at its section, else
    at the first line. Improvements are none: they need nobody's eye.
    """
    found = (*review.waiting, *review.warnings, *review.settled, *review.notices)[:MOST]
    lines = _Lines(page_text or "", {one.section for one in found if one.runs or one.run})
    return [_annotation(review, finding, lines) for finding in found]


def count(review: Review) -> int:
    """Return how many findings annotations are wanted for."""
    return sum(map(len, (review.waiting, review.warnings, review.settled, review.notices)))


class _Lines:
    """Where runs and sections stand on a page. Only the sections asked for are read."""

    def __init__(self, text: str, sections: set[str]) -> None:
        try:
            page = parse_page(text)
            self._blocks: Mapping[str, Block] = page.blocks
        except PageError:
            self._blocks = {}
        every = "" in sections
        wanted = [one for one in self._blocks.values() if every or one.id in sections]
        self._rows = {(one.id, run): line for one in wanted for run, line in _rows(text, one)}

    def of(self, finding: Finding) -> int:
        """Return the line of a finding's first run, else of its section, else the first."""
        for run in finding.runs or ((finding.run,) if finding.run else ()):
            line = self._rows.get((finding.section, printable(run)))
            if line is not None:
                return line
        if not finding.section:
            return self._anywhere(finding)
        block = self._blocks.get(finding.section)
        return block.line if block else 1

    def _anywhere(self, finding: Finding) -> int:
        """Return the line of a run that a finding over several sections is about."""
        runs = {printable(run) for run in finding.runs}
        return min((line for (_, run), line in self._rows.items() if run in runs), default=1)


def _rows(text: str, block: Block) -> Iterator[tuple[str, int]]:
    raw = text[block.start : block.end].replace("\r\n", "\n")
    blank = len(raw) - len(raw.lstrip("\n"))
    for run, line in row_lines(block.content):
        yield run, block.line + 1 + blank + line


def _annotation(review: Review, finding: Finding, lines: _Lines) -> Annotation:
    approved = finding in review.approved
    level = Severity.NOTICE if approved else finding.severity
    title = f"{finding.id} (approved)" if approved else finding.id
    said = [finding.message, _sure(review, finding), finding.tip]
    message = "\n".join(printable(one) for one in said if one)
    return Annotation(
        path=review.provenance.page,
        line=lines.of(finding),
        level=level,
        title=clip(restrict(printable(title)), _TITLE),
        message=clip(restrict(message), _MESSAGE) or finding.id,
    )


def _sure(review: Review, finding: Finding) -> str:
    metric = review.metric(finding)
    if finding.evidence is None or metric is None:
        return ""
    return findings_text.evidence(finding.evidence, metric.format)

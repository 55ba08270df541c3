"""The value that every report renders: a verdict, both sides, approvals, provenance.

Its conclusion and its headline live here too, so that comment, check run, job summary and HTML page
cannot disagree. Who may approve is decided in `judge.approvals`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property

import msgspec

from results_bot import __version__
from results_bot.config import ApprovalsTable
from results_bot.judge.approvals import Approvals
from results_bot.judge.rule import RANK, grouped
from results_bot.judge.rules import metric_improved
from results_bot.model import (
    Change,
    ChangeKind,
    EvidenceKind,
    Finding,
    Metric,
    Problem,
    Severity,
    Verdict,
)
from results_bot.numbers import plural
from results_bot.page.section import Place, Section, Summary
from results_bot.report import wording

NO_APPROVALS = Approvals("")
_STRENGTH = list(EvidenceKind)


class Provenance(msgspec.Struct, frozen=True):
    """What was compared, and by which workflow run. Unknown addresses are empty."""

    project: str
    """Distinguishes several projects of one repository."""
    base: str
    head: str
    """Full commit hashes."""
    artifacts: int | None = None
    """Number of files read, where known."""
    page: str = "RESULTS.md"
    repository_url: str = ""
    page_url: str = ""
    run_url: str = ""
    run_id: int = 0
    run_attempt: int = 1
    version: str = __version__
    bot_url: str = ""
    """The repository of results-bot itself, which has the documentation."""
    report_url: str = ""
    """The HTML report, where the workflow uploaded it."""


class Picture(msgspec.Struct, frozen=True):
    """A chart file of the page that exists at the head commit."""

    section: str
    path: str
    words: str
    """The chart in one sentence."""


class Conclusion(StrEnum):
    """A check run's conclusion, in GitHub's words."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    ACTION_REQUIRED = "action_required"
    FAILURE = "failure"


class Headline(msgspec.Struct, frozen=True):
    """What everybody should know, even those who read nothing else. Plain text."""

    sign: str
    verdict: str
    worst: str
    """The gravest finding in one sentence; empty where all is well."""
    counts: str


class Review(msgspec.Struct, frozen=True, dict=True):
    """One verdict with everything that reports show beside it."""

    verdict: Verdict
    base: Summary
    head: Summary
    provenance: Provenance
    approvals: Approvals = NO_APPROVALS
    """Without a digest the reports do not explain how to approve."""
    policy: ApprovalsTable = ApprovalsTable()
    problems: tuple[Problem, ...] = ()
    """Artifacts or settings that could not be used; any of them fails the check."""
    takeaways: tuple[str, ...] = ()
    """Markdown sentences."""
    notes: tuple[str, ...] = ()
    """Remarks on this workflow run, in plain text."""
    pictures: tuple[Picture, ...] = ()

    @cached_property
    def approved(self) -> frozenset[Finding]:
        """The findings that somebody approved."""
        accepted = {finding for finding, _ in self.approvals.accepted}
        return frozenset(accepted.intersection(self.verdict.blocking))

    @cached_property
    def waiting(self) -> tuple[Finding, ...]:
        """The findings that need an approval and have none."""
        return self._ordered([f for f in self.verdict.blocking if f not in self.approved])

    @cached_property
    def settled(self) -> tuple[Finding, ...]:
        """The findings that needed an approval and have it."""
        return self._ordered([f for f in self.verdict.blocking if f in self.approved])

    @cached_property
    def warnings(self) -> tuple[Finding, ...]:
        """The new findings that deserve a look and block nothing."""
        return self._new(Severity.WARNING)

    @cached_property
    def notices(self) -> tuple[Finding, ...]:
        """The new findings that are good to know, improvements aside."""
        return tuple(f for f in self._new(Severity.NOTICE) if f.id != metric_improved.ID)

    @cached_property
    def improvements(self) -> tuple[Finding, ...]:
        """The values that got better."""
        return tuple(f for f in self._new(Severity.NOTICE) if f.id == metric_improved.ID)

    @cached_property
    def older(self) -> tuple[Finding, ...]:
        """The findings that were there before this change."""
        return self._ordered(finding for finding in self.verdict.findings if finding.known)

    @property
    def quiet(self) -> bool:
        """Whether nothing changed and nothing new was found."""
        fresh = any(not finding.known for finding in self.verdict.findings)
        return not (self.verdict.changes or fresh or self.problems or self.notes)

    @cached_property
    def sections(self) -> dict[str, Section]:
        """Every section by its id: the head's, else the base's."""
        both = (*self.head.sections, *self.base.sections)
        return {section.id: section for section in reversed(both)}

    @cached_property
    def flagged(self) -> frozenset[tuple[str, str, str]]:
        """Section, run and metric of every value that a new finding judges."""
        return frozenset(
            (f.section, f.run, f.metric)
            for f in self.verdict.findings
            if f.run is not None and f.metric is not None and f.evidence and not f.known
        )

    @cached_property
    def conclusion(self) -> Conclusion:
        """The check run's conclusion; comment and exit code follow it."""
        if self.problems:
            return Conclusion.FAILURE
        if self.waiting:
            return Conclusion.ACTION_REQUIRED
        empty_base = not any(section.rows for section in self.base.sections)
        if empty_base and self.verdict.compared == 0 and not self.settled:
            return Conclusion.NEUTRAL
        return Conclusion.SUCCESS

    @cached_property
    def headline(self) -> Headline:
        """One sign, the verdict, the gravest finding and the counts."""
        warned = self.conclusion is Conclusion.SUCCESS and self.warnings
        signs = {Conclusion.SUCCESS: "✅", Conclusion.NEUTRAL: "⚪"}
        sign = "⚠️" if warned else signs.get(self.conclusion, "❌")
        gravest = self.waiting or self.warnings
        worst = gravest[0].message if gravest else ""
        if self.problems:
            worst = f"{self.problems[0].file}: {self.problems[0].reason}"
        return Headline(sign, _verdict(self), worst, _counts(self))

    def section_title(self, section_id: str) -> str:
        """Return the title of a section, or its id where it has none."""
        section = self.sections.get(section_id)
        return (section.title if section else "") or section_id

    def metric(self, finding: Finding) -> Metric | None:
        """Return the metric that a finding is about."""
        section = self.sections.get(finding.section)
        return section.metric(finding.metric) if section and finding.metric else None

    def change(self, finding: Finding) -> Change | None:
        """Return the change that a finding judges, where it judges a single one."""
        changes = self.changes.get((finding.section, finding.run or ""), ())
        return next((one for one in changes if one.metric and one.cell[2] == finding.metric), None)

    @cached_property
    def changes(self) -> dict[Place, list[Change]]:
        """The changes of each run."""
        return grouped(self.verdict.changes, lambda change: change.place)

    def _new(self, severity: Severity) -> tuple[Finding, ...]:
        new = (f for f in self.verdict.findings if f.severity is severity and not f.known)
        return self._ordered(new)

    def _ordered(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(by_importance(findings, self.sections))


def by_importance(findings: Iterable[Finding], sections: Mapping[str, Section]) -> list[Finding]:
    """Order findings for every report: new before known, and the gravest first.

    Within a severity the rules keep their order; within a rule the metric that sorts its section
    comes first, then the strongest evidence, then the order of the page.
    """
    found = list(findings)
    rules = {rule: at for at, rule in enumerate(dict.fromkeys(one.id for one in found))}

    def key(finding: Finding) -> tuple[bool, int, int, bool, int]:
        section, evidence = sections.get(finding.section), finding.evidence
        primary = section is not None and finding.metric == section.sort
        strength = _STRENGTH.index(evidence.kind) if evidence else len(_STRENGTH)
        return finding.known, -RANK[finding.severity], rules[finding.id], not primary, strength

    return sorted(found, key=key)


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

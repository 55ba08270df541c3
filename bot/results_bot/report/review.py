"""What GitHub is shown, as one frozen value: comment, check run and job summary start from it.

So that they cannot disagree. Holds no text of its own; who may approve is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import msgspec

from results_bot import __version__
from results_bot.judge.approvals import Approvals
from results_bot.judge.rules import metric_improved
from results_bot.model import Change, Finding, Metric, Problem, Section, Severity, Summary, Verdict

NO_APPROVALS = Approvals("")


class Provenance(msgspec.Struct, frozen=True):
    """What was compared, by which run. Addresses that are not known stay empty."""

    project: str
    """Tells two projects of one repository apart."""
    base: str
    head: str
    """Commits, in full."""
    artifacts: int | None = None
    """How many files were read; None where nobody counted."""
    page: str = "RESULTS.md"
    repository_url: str = ""
    page_url: str = ""
    run_url: str = ""
    run_id: int = 0
    run_attempt: int = 1
    version: str = __version__


class Picture(msgspec.Struct, frozen=True):
    """A chart file of the page that the head commit has."""

    section: str
    path: str
    words: str
    """What it shows, in a sentence."""


class Review(msgspec.Struct, frozen=True, dict=True):
    """One verdict with all that is told about it."""

    verdict: Verdict
    base: Summary
    head: Summary
    provenance: Provenance
    approvals: Approvals = NO_APPROVALS
    """Without a digest the reports do not tell how to approve."""
    authors_may_approve: bool = False
    problems: tuple[Problem, ...] = ()
    """Artifacts or settings that could not be used; any makes the check fail."""
    takeaways: tuple[str, ...] = ()
    """Markdown sentences, as `summary.takeaways` makes them."""
    notes: tuple[str, ...] = ()
    """What else to know about this run, in plain sentences."""
    pictures: tuple[Picture, ...] = ()

    @cached_property
    def approved(self) -> frozenset[Finding]:
        """The findings that somebody approved."""
        accepted = {finding for finding, _ in self.approvals.accepted}
        return frozenset(accepted.intersection(self.verdict.blocking))

    @cached_property
    def waiting(self) -> tuple[Finding, ...]:
        """The findings that need an approval and have none, the worst first."""
        return self._worst_first(f for f in self.verdict.blocking if f not in self.approved)

    @cached_property
    def settled(self) -> tuple[Finding, ...]:
        """The findings that needed an approval and have it."""
        return self._worst_first(f for f in self.verdict.blocking if f in self.approved)

    @cached_property
    def warnings(self) -> tuple[Finding, ...]:
        """The new findings that are worth a look and block nothing."""
        return self._new(Severity.WARNING)

    @cached_property
    def notices(self) -> tuple[Finding, ...]:
        """The new findings that are good to know, improvements aside."""
        return tuple(f for f in self._new(Severity.NOTICE) if f.id != metric_improved.ID)

    @cached_property
    def improvements(self) -> tuple[Finding, ...]:
        """The values that got better, the largest step first."""
        found = (f for f in self._new(Severity.NOTICE) if f.id == metric_improved.ID)
        return self._worst_first(found)

    @cached_property
    def older(self) -> tuple[Finding, ...]:
        """The findings that were there before this change."""
        return tuple(finding for finding in self.verdict.findings if finding.known)

    @property
    def quiet(self) -> bool:
        """Nothing changed and nothing new was found."""
        fresh = any(not finding.known for finding in self.verdict.findings)
        return not (self.verdict.changes or fresh or self.problems or self.notes)

    @cached_property
    def sections(self) -> dict[str, Section]:
        """Every section by its id, as the head has it, else as the base had it."""
        both = (*self.head.sections, *self.base.sections)
        return {section.id: section for section in reversed(both)}

    @cached_property
    def flagged(self) -> frozenset[tuple[str, str, str]]:
        """Section, run and metric of every value that a new finding of its own is about."""
        return frozenset(
            (f.section, f.run, f.metric)
            for f in self.verdict.findings
            if f.run is not None and f.metric is not None and f.evidence and not f.known
        )

    def metric(self, finding: Finding) -> Metric | None:
        """Return the metric that a finding is about."""
        section = self.sections.get(finding.section)
        return section.metric(finding.metric) if section and finding.metric else None

    def change(self, finding: Finding) -> Change | None:
        """Return the change that a finding judges, where it judges a single one."""
        return self._changes.get((finding.section, finding.run, finding.metric))

    @cached_property
    def _changes(self) -> dict[tuple[str, str | None, str | None], Change]:
        return {
            (change.section, change.run, change.metric.key): change
            for change in self.verdict.changes
            if change.metric is not None
        }

    def _new(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(f for f in self.verdict.findings if f.severity is severity and not f.known)

    def _worst_first(self, found: Iterable[Finding]) -> tuple[Finding, ...]:
        """Order by rule as the verdict does, within a rule by the size of the step."""
        findings = tuple(found)
        rank = {rule: at for at, rule in enumerate(dict.fromkeys(f.id for f in findings))}
        return tuple(sorted(findings, key=lambda f: (rank[f.id], -effect(self.change(f)))))


def effect(change: Change | None) -> float:
    """Return how large a step is against the value before; 0 where that cannot be said."""
    difference = change.difference if change else None
    if change is None or difference is None or change.before is None:
        return 0.0
    size = abs(difference)
    if not size < float("inf"):
        return float("inf")
    return size / (abs(change.before.number or 0.0) or size or 1.0)

"""A rule takes a case, a base compared with a head, and returns results."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Protocol, TypeVar

import msgspec

from results_bot.config import Config
from results_bot.judge.compare import compare, finite_seeds
from results_bot.judge.noise import PastPage
from results_bot.judge.significance import Comparison, judge_changes
from results_bot.model import Change, ChangeKind, Direction, Evidence, Metric, Severity
from results_bot.page.facts import Facts
from results_bot.page.section import Summary
from results_bot.page.takeaways.view import joined

Fact = TypeVar("Fact")
Key = TypeVar("Key", bound=Hashable)
MOST_NAMES = 6
RANK = {Severity.NOTICE: 1, Severity.WARNING: 2, Severity.FAILURE: 3}
"""Severities in order."""


_TOUCHING = (
    ChangeKind.RUN_ADDED,
    ChangeKind.VALUE_CHANGED,
    ChangeKind.VALUE_ADDED,
    ChangeKind.METRIC_LOST,
    ChangeKind.RUN_UNFINISHED,
)


class Case(msgspec.Struct, frozen=True, dict=True):
    """One comparison of a base with a head: the input of every rule."""

    base: Summary
    head: Summary
    config: Config
    changes: tuple[Change, ...]
    """Every difference from base to head; of a mean that is NaN, that of its finite seeds."""
    facts: Facts
    """The facts of the head side."""
    base_config: Config | None = None
    """The configuration on the base side; None where it is the same."""
    page: Summary | None = None
    """The page on the head side as it was committed; None where it was just regenerated."""
    is_stale: bool = False
    """The text of the page as it was committed is not what the artifacts give."""
    will_refresh: bool = False
    """The page is refreshed in the same step, so that a stale one is nothing to report."""
    committed_by_bot: bool = False
    """The bot committed the page, so that a differing cell is an older value and no edit."""
    defaults: Mapping[str, Severity] = {}
    """Default severity of each rule; a rule that is missing here is a warning."""
    past: Callable[[], Iterable[PastPage]] = tuple
    """Reads the versions of the page on the base branch, the newest first."""
    past_is_cut: bool = False
    """Older versions were not fetched."""
    turned: tuple[tuple[str, Metric, Direction], ...] = ()
    """Section, metric and former direction of each metric that has another direction now."""

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every changed value that can be judged, with evidence and judgement."""
        return tuple(judge_changes(self.changes, self.base, self.head, self.past()))

    @cached_property
    def finite(self) -> tuple[Summary, Summary]:
        """Base and head with the mean of the finite seeds in place of one that is NaN."""
        return finite_seeds(self.base), finite_seeds(self.head)

    @cached_property
    def page_changes(self) -> tuple[Change, ...]:
        """Every difference from the page as it was committed to the head; empty without one."""
        return tuple(compare(self.page, self.head)) if self.page else ()

    @cached_property
    def touched(self) -> frozenset[tuple[str, str]]:
        """Section and name of every run that this change touches."""
        return frozenset(change.place for change in self.changes if change.kind in _TOUCHING)

    @cached_property
    def by_place(self) -> dict[tuple[str, str], list[Change]]:
        """The changes of values of every run, by section and name."""
        of_values = (change for change in self.changes if change.metric is not None)
        return grouped(of_values, lambda change: change.place)

    def is_typed(self, metric: Metric) -> bool:
        """Return True for a column that people fill in by hand, as the configuration says."""
        return self.config.is_typed(metric)


class RuleResult(msgspec.Struct, frozen=True):
    """One place where a rule applies; the verdict makes a finding of it.

    All text is plain; reports escape it for their format.
    """

    section: str
    message: str
    runs: tuple[str, ...] = ()
    metric: str | None = None
    before: str | None = None
    after: str | None = None
    evidence: Evidence | None = None
    severity: Severity | None = None
    """Where it differs from the rule's own."""
    tip: str | None = None
    """Where it differs from the rule's own."""
    where: tuple[tuple[str, str], ...] = ()
    """Section and name of every run, where they stand in several sections."""
    compared_with: tuple[tuple[str, str], ...] = ()
    """Section and name of other runs whose values are accepted with it."""
    state: bool = False
    """It describes the page as it is, not a change; known where no run of it is touched."""

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Section and name of every run it is about."""
        return self.where or tuple((self.section, run) for run in self.runs)


class Rule(Protocol):
    """A module or object that looks for one thing; its first docstring line is its summary.

    It may also have `SETTINGS`, an example in TOML of what changes its results beside the
    severity, and `WATCHES_CONFIG`, set where it is about the configuration itself.
    """

    ID: str
    SEVERITY: Severity
    EXPLANATION: str
    TIP: str

    def findings(self, case: Case) -> Iterable[RuleResult]:
        """Return every place where the rule applies."""
        ...


def severity_of(rule_id: str, default: Severity, config: Config) -> Severity | None:
    """Return a rule's severity under a configuration; None where it is switched off."""
    chosen = config.rules.get(rule_id, True)
    if chosen is True:
        return default
    return None if chosen is False else chosen


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence; of many the first, and how many more."""
    return joined(names, MOST_NAMES)


def grouped(found: Iterable[Fact], key: Callable[[Fact], Key]) -> dict[Key, list[Fact]]:
    """Group facts by a key, in the order in which the keys come."""
    groups: dict[Key, list[Fact]] = {}
    for fact in found:
        groups.setdefault(key(fact), []).append(fact)
    return groups

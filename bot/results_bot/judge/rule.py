"""What a rule is, what it returns, how severe it is, and wording that rules share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from results_bot.config import Config
from results_bot.model import Evidence, Severity

if TYPE_CHECKING:
    from results_bot.judge.case import Case

Fact = TypeVar("Fact")
MOST_NAMES = 6
RANK = {Severity.NOTICE: 1, Severity.WARNING: 2, Severity.FAILURE: 3}
"""Severities in order."""


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
    where: tuple[tuple[str, str], ...] = ()
    """Section and name of every run, where they stand in several sections."""
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
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def grouped(found: Iterable[Fact], key: Callable[[Fact], Hashable]) -> list[list[Fact]]:
    """Group facts by a key, in the order in which the keys come."""
    groups: dict[Hashable, list[Fact]] = {}
    for fact in found:
        groups.setdefault(key(fact), []).append(fact)
    return list(groups.values())

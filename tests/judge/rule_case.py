"""The shape of the tables of cases: where a rule must speak, and where it must not."""

from __future__ import annotations

from dataclasses import dataclass

from results_bot.judge.rule import Case
from results_bot.model import Severity


@dataclass(frozen=True)
class Fires:
    """The rule finds exactly this, once."""

    rule: str
    name: str
    case: Case
    message: str
    runs: tuple[str, ...] = ()
    section: str = "main"
    severity: Severity | None = None
    """Where it is not the rule's own."""
    before: str | None = None
    after: str | None = None
    metric: str | None = None
    known: bool = False


@dataclass(frozen=True)
class Quiet:
    """A near-miss: the rule finds nothing."""

    rule: str
    name: str
    case: Case

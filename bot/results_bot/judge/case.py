"""What a verdict is reached on: base and head with everything behind them, compared once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import msgspec

from results_bot.config import Config
from results_bot.judge.compare import compare
from results_bot.judge.comparisons import Comparison, comparisons
from results_bot.model import Change, ChangeKind, Severity, Summary
from results_bot.page.facts.facts import Facts
from results_bot.page.material import Material

_TOUCHING = (
    ChangeKind.RUN_ADDED,
    ChangeKind.VALUE_CHANGED,
    ChangeKind.VALUE_ADDED,
    ChangeKind.METRIC_LOST,
    ChangeKind.RUN_UNFINISHED,
)


class Case(msgspec.Struct, frozen=True, dict=True):
    """One comparison of a base with a head: the input of every rule."""

    base: Material
    head: Material
    config: Config
    base_config: Config | None = None
    """The configuration on the base side; None where it is the same."""
    page: Summary | None = None
    """The page on the head side as it was committed; None where it was just regenerated."""
    renewed: bool = False
    """The page is refreshed in the same step, so that a stale one is nothing to report."""
    page_is_ours: bool = False
    """The bot committed the page, so that a differing cell is an older value and no edit."""
    defaults: Mapping[str, Severity] = {}
    """Default severity of each rule; a rule that is missing here is a warning."""
    known_changes: tuple[Change, ...] | None = None
    """The changes, where the caller compared already."""
    known_facts: Facts | None = None
    """The facts of the head side, where the caller has them already."""

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Every difference from base to head."""
        known = self.known_changes
        return tuple(compare(self.base.summary, self.head.summary)) if known is None else known

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every changed value that can be judged, with evidence and outcome."""
        return tuple(comparisons(self.changes, self.base, self.head))

    @cached_property
    def facts(self) -> Facts:
        """The facts of the head side."""
        return self.known_facts or Facts(self.head)

    @cached_property
    def touched(self) -> frozenset[tuple[str, str]]:
        """Section and name of every run that this change touches."""
        return frozenset(
            (change.section, change.run)
            for change in self.changes
            if change.run is not None and change.kind in _TOUCHING
        )

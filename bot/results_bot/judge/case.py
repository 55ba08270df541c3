"""What a verdict is reached on: two summaries with all that is behind them, compared once."""

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
    """One comparison. The rules take it and return what they find."""

    base: Material
    head: Material
    config: Config
    base_config: Config | None = None
    """The configuration on the base side; None where it is the same."""
    page: Summary | None = None
    """The page on the head side as somebody committed it; None where it was just regenerated."""
    renewed: bool = False
    """The page is put right in the same go, so that its being stale is nothing to report."""
    page_is_ours: bool = False
    """The page was committed by the bot, so that an odd cell is an older value and no edit."""
    defaults: Mapping[str, Severity] = {}
    """How loud each rule is where nothing is set; a rule that is not here is a warning."""
    known_changes: tuple[Change, ...] | None = None
    """Every difference from base to head, where somebody looked already."""
    known_facts: Facts | None = None
    """What is said of the head side, where somebody looked already."""

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
        """What can be said of the head side."""
        return self.known_facts or Facts(self.head)

    @cached_property
    def touched(self) -> frozenset[tuple[str, str]]:
        """Section and name of every run that this change touches."""
        return frozenset(
            (change.section, change.run)
            for change in self.changes
            if change.run is not None and change.kind in _TOUCHING
        )

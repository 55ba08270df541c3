"""The rules in the order in which a report shows them; third parties add theirs.

Entry point group `results_bot.rules`. A rule has `ID`, `SEVERITY`, `EXPLANATION`, `TIP` and
`findings(case)`, and may have `SETTINGS`, an example in TOML, and `WATCHES_CONFIG`; a new one of
ours is a new file in `rules/` and a line here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol

from results_bot import plug_ins
from results_bot.errors import ConfigError
from results_bot.judge.case import Case
from results_bot.judge.hit import Hit
from results_bot.judge.rules import (
    best_regressed,
    hand_edited,
    identical_metrics,
    loss_changed,
    metric_improved,
    metric_lost,
    metric_regressed,
    not_finite,
    one_class_predicted,
    outlier_regime,
    row_removed,
    run_unfinished,
    summary_stale,
    test_set_changed,
    tolerance_loosened,
    twin_runs,
    unit_changed,
)
from results_bot.model import Severity


class Rule(Protocol):
    """One thing that is looked for."""

    ID: str
    SEVERITY: Severity
    EXPLANATION: str
    TIP: str

    def findings(self, case: Case) -> Iterable[Hit]:
        """Return every place where the rule applies."""
        ...


BUILT_IN: Sequence[Rule] = (
    best_regressed,
    metric_regressed,
    metric_lost,
    not_finite,
    test_set_changed,
    unit_changed,
    tolerance_loosened,
    hand_edited,
    row_removed,
    one_class_predicted,
    twin_runs,
    identical_metrics,
    loss_changed,
    run_unfinished,
    summary_stale,
    outlier_regime,
    metric_improved,
)


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, the project's own first."""
    return (*BUILT_IN, *(point.load() for point in plug_ins.points(plug_ins.RULES)))


def rule(rule_id: str) -> Rule:
    """Return the rule with this id. Raises ConfigError that names the known ones."""
    for one in rules():
        if rule_id == one.ID:
            return one
    known = ", ".join(one.ID for one in rules())
    raise ConfigError(f"there is no rule {rule_id!r}; the rules are {known}")


def own_settings(one: Rule) -> str:
    """Return TOML that changes what the rule finds, beside its severity; most rules have none."""
    return str(getattr(one, "SETTINGS", ""))


def watches_config(one: Rule) -> bool:
    """Tell whether a rule is about the configuration itself.

    Then the one before the change says how loud it is, or else a change could switch it off
    together with the rest.
    """
    return bool(getattr(one, "WATCHES_CONFIG", False))


def default_severities() -> dict[str, Severity]:
    """Return how loud each rule is where nothing is set, by its id."""
    return {one.ID: one.SEVERITY for one in rules()}

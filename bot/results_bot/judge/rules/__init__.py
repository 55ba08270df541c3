"""The rules in the order in which a report shows them: a new one is a file here and a line below.

Third parties add theirs by the entry point group `results_bot.rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points

from results_bot.errors import ConfigError
from results_bot.judge.rule import Rule
from results_bot.judge.rules import (
    best_regressed,
    hand_edited,
    identical_metrics,
    loss_changed,
    metric_improved,
    metric_lost,
    metric_regressed,
    mixed_units,
    not_finite,
    one_class_predicted,
    outlier_regime,
    row_removed,
    run_unfinished,
    summary_stale,
    test_set_changed,
    tolerance_loosened,
    twin_runs,
    uneven_seeds,
    unit_changed,
)
from results_bot.model import Severity

BUILT_IN: Sequence[Rule] = (
    best_regressed,
    metric_regressed,
    metric_lost,
    not_finite,
    test_set_changed,
    unit_changed,
    mixed_units,
    tolerance_loosened,
    hand_edited,
    row_removed,
    one_class_predicted,
    twin_runs,
    identical_metrics,
    loss_changed,
    run_unfinished,
    uneven_seeds,
    summary_stale,
    outlier_regime,
    metric_improved,
)


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, the built-in ones first."""
    return (*BUILT_IN, *(point.load() for point in entry_points(group="results_bot.rules")))


def rule(rule_id: str) -> Rule:
    """Return the rule with this id. Raises ConfigError that names the known ones."""
    for one in rules():
        if rule_id == one.ID:
            return one
    known = [one.ID for one in rules()]
    near = get_close_matches(rule_id, known, 1)
    hint = f"is {near[0]!r} meant?" if near else f"the rules are {', '.join(known)}"
    raise ConfigError(f"there is no rule {rule_id!r}; {hint}")


def own_settings(one: Rule) -> str:
    """Return an example in TOML of a rule's settings beside its severity; most have none."""
    return str(getattr(one, "SETTINGS", ""))


def watches_config(one: Rule) -> bool:
    """Return True if a rule is about the configuration itself."""
    return bool(getattr(one, "WATCHES_CONFIG", False))


def default_severities() -> dict[str, Severity]:
    """Return the default severity of each rule, by its id."""
    return {one.ID: one.SEVERITY for one in rules()}

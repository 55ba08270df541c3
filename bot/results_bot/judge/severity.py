"""How loud a rule is under a configuration; knows no rule by name."""

from __future__ import annotations

from results_bot.config import Config
from results_bot.model import Severity


def severity_of(rule_id: str, default: Severity, config: Config) -> Severity | None:
    """Return a rule's severity, its own default where nothing is set; None where it is off."""
    chosen = config.rules.get(rule_id, True)
    if chosen is True:
        return default
    return None if chosen is False else chosen

"""A value got better, beyond noise and beyond its tolerance."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.rule import Case, RuleResult
from results_bot.judge.rules import metric_regressed
from results_bot.judge.significance import Judgement
from results_bot.model import Severity

ID = "metric-improved"
SEVERITY = Severity.NOTICE
EXPLANATION = (
    "The mirror of metric-regressed: significantly better by the strongest evidence available, "
    "and by more than the tolerance."
)
TIP = ""
SETTINGS = metric_regressed.SETTINGS


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a value."""
    for one in case.comparisons:
        if one.judgement is Judgement.IMPROVEMENT:
            yield metric_regressed.moved(one, "better")

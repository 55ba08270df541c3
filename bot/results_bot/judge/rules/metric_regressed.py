"""A value got worse, beyond its tolerance and beyond noise."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.case import Case
from results_bot.judge.comparisons import Comparison, Outcome
from results_bot.judge.rule import RuleResult
from results_bot.model import Metric, Severity
from results_bot.page import cells
from results_bot.table import Value

ID = "metric-regressed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "A run's value got worse by more than the metric's tolerance (1 % of the value before, unless "
    "it is set), and the strongest evidence at hand says that it is not noise: predictions on the "
    "same samples, else replicate seeds, else the number of samples. Over all values of a report "
    "the share of false alarms is held at 5 % (Benjamini-Hochberg). Samples tell two models apart; "
    "whether another training would differ too, only seeds can tell. Where two single numbers are "
    "all there is, the tolerance alone decides, and the finding says so."
)
TIP = "Find out why, or approve the new value if it is meant."
SETTINGS = """\
[metrics.test_loss]
tolerance = { relative = 0.02, absolute = 0.001 }  # both must be passed"""


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a value."""
    for one in case.comparisons:
        if one.outcome is Outcome.REGRESSION:
            yield moved(one, "worse")


def moved(one: Comparison, word: str) -> RuleResult:
    """Return the result of a value that got better or worse."""
    change = one.change
    before, after = change.before or Value(""), change.after or Value("")
    return RuleResult(
        change.section,
        f"{one.metric.title} of {change.run} is {word}: {change_of(before, after, one.metric)}",
        (change.run or "",),
        one.metric.key,
        before.text,
        after.text,
        one.evidence,
    )


def change_of(before: Value, after: Value, metric: Metric) -> str:
    """Return `0.3365 to 0.3918 (+0.0553)`."""
    delta = ""
    if before.number is not None and after.number is not None:
        delta = f" ({cells.signed(after.number - before.number, metric.format)})"
    return f"{before.text} to {after.text}{delta}"

"""A value got worse, beyond noise and beyond its tolerance."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from results_bot.judge.comparisons import Comparison, Outcome
from results_bot.judge.rule import Case, RuleResult
from results_bot.metric_names import is_cost, split_of
from results_bot.model import Metric, Severity
from results_bot.page import cells
from results_bot.table import Value

ID = "metric-regressed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "A run's value got significantly worse, by the strongest evidence available: predictions on "
    "the same samples, else replicate seeds, else the number of samples. Over all values of a "
    "report the false-discovery rate is held at 5 % (Benjamini-Hochberg). Samples distinguish two "
    "models; only seeds show whether another training would differ too. A tolerance that you set "
    "must be exceeded as well. Without such evidence the tolerance alone decides (1 % of the value "
    "before, unless you set one), and the finding mentions it. Metrics of the training split are a "
    "notice and costs such as latency or memory a warning, unless you set a tolerance or a "
    "direction for the metric."
)
TIP = "Find out why, or approve the new value if it is meant."
SETTINGS = """\
[metrics.test_loss]
tolerance = { relative = 0.02, absolute = 0.001 }  # both must be exceeded"""


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a value."""
    for one in case.comparisons:
        if one.outcome is Outcome.REGRESSION:
            yield replace(moved(one, "worse"), severity=lowered(one.metric))


def lowered(metric: Metric) -> Severity | None:
    """Return the severity of metrics that say nothing of quality; None for all others."""
    if metric.configured:
        return None
    if split_of(metric.key) == "train":
        return Severity.NOTICE
    return Severity.WARNING if is_cost(metric.key) else None


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

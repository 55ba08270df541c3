"""A value got worse, beyond its tolerance and beyond noise."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.case import Case
from results_bot.judge.evidence.decide import Outcome
from results_bot.judge.hit import Hit
from results_bot.judge.phrases import moved
from results_bot.model import Severity

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


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a value."""
    for one in case.comparisons:
        if one.outcome is Outcome.REGRESSION:
            yield moved(one, "worse")

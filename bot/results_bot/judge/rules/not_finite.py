"""A value is NaN or infinite."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import isfinite

from results_bot.judge.case import Case
from results_bot.judge.hit import Hit
from results_bot.model import Severity

ID = "not-finite"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "NaN compares as neither better nor worse, so that a threshold lets it pass. Here it never "
    "passes: a run that shows NaN or infinity must be approved or mended."
)
TIP = "The training diverged or the metric divides by zero; look at the run's log."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a value."""
    for siblings in case.head.sections:
        # Most columns are of numbers throughout, which their sum tells.
        metrics = [one for one in siblings.section.metrics if not one.is_setting]
        odd = [one for one in metrics if not siblings.is_finite(one.key)]
        for member, metric in product(siblings.members if odd else (), odd):
            value = member.row.values.get(metric.key)
            if value is None or value.number is None or isfinite(value.number):
                continue
            before = case.base.member(member.section.id, member.name)
            was = before.row.values.get(metric.key) if before else None
            yield Hit(
                member.section.id,
                f"{metric.title} of {member.name} is {value.text}",
                (member.name,),
                metric.key,
                was.text if was else None,
                value.text,
                state=True,
            )

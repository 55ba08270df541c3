"""A row has fewer seeds than before, or one of its seeds is far worse than the others."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite

from results_bot.judge.rule import Case, RuleResult, listed
from results_bot.model import Direction, Metric, Row, Severity
from results_bot.numbers import plural
from results_bot.page import cells
from results_bot.page.replicates import unit

ID = "uneven-seeds"
SEVERITY = Severity.NOTICE
EXPLANATION = (
    "A row is the mean of fewer seeds than before, or one of at least three seeds is far worse "
    "than all others: ten times as far from the next as those spread, and by at least half. The "
    "mean and its spread then show a failure, and no noise."
)
TIP = "Run the missing one again, or look at the log of the one that is far off."
FEWEST = 3
FAR = 10
_LEAST_SPREAD = 0.05
"""As a share of the values: two of three seeds often agree by chance."""


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a row for missing seeds, and one for a seed that is far off."""
    for section in case.head.sections:
        for row in section.rows:
            before = case.base.row(section.id, row.run)
            replicates = [*row.replicates, *(before.row.replicates if before else ())]
            what = unit(one.run for one in replicates)
            now, was = _seeds(row), _seeds(before.row) if before else 0
            if 0 < now < was:
                message = f"{row.run} has {plural(now, what)} now, {was} before"
                yield RuleResult(section.id, message, (row.run,))
            off: dict[str, str] = {}
            for metric in section.judged:
                for seed, value in _far_off(row, metric):
                    off.setdefault(seed, f"{metric.title} {cells.number(value, metric.format)}")
            if off:
                which = listed([f"{seed} ({value})" for seed, value in off.items()])
                message = f"{row.run}: far worse than its other {what}s: {which}"
                yield RuleResult(
                    section.id, message, (row.run,), severity=Severity.WARNING, state=True
                )


def _seeds(row: Row) -> int:
    """Return how many trainings a row stands for."""
    return max([1, len(row.replicates), *(value.n or 0 for value in row.values.values())])


def _far_off(row: Row, metric: Metric) -> Iterator[tuple[str, float]]:
    """Yield the worst seed and its value where it is far from the others."""
    values = ((one.run, one.number(metric.key)) for one in row.replicates)
    numbers = {run: value for run, value in values if value is not None}
    if len(numbers) < FEWEST or not all(map(isfinite, numbers.values())):
        return
    sign = 1 if metric.direction is Direction.HIGHER else -1
    worst, *rest = sorted(numbers, key=lambda run: sign * numbers[run])
    next_one, best = numbers[rest[0]], numbers[rest[-1]]
    spread = max(abs(best - next_one), _LEAST_SPREAD * abs(best))
    if abs(numbers[worst] - next_one) > FAR * (spread or inf):
        yield worst, numbers[worst]

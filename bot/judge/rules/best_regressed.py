"""A section's headline got worse: its best value, whichever run holds it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.judge.case import Case
from bot.judge.evidence.decide import Outcome
from bot.judge.hit import Hit
from bot.judge.phrases import change_of
from bot.model import Direction, Metric, Row, Section, Severity
from bot.summary.tables import ordered

ID = "best-regressed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The best value of the metric that a section is sorted by got worse by more than its "
    "tolerance: the best run got worse, or left, and no other took its place."
)
TIP = "This is the number people quote. Bring the run back, or approve the new headline."


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a section."""
    for section in case.head.summary.sections:
        before = case.base.summary.section(section.id)
        metric = section.metric(section.sort or "")
        if before is None or metric is None or metric.direction is Direction.UNKNOWN:
            continue
        old, new = _best(before, metric), _best(section, metric)
        if old is not None and _worse(case, section, metric, old, new):
            yield _hit(section, metric, old, new)


def _hit(section: Section, metric: Metric, old: Row, new: Row | None) -> Hit:
    if new is None:
        message = f"Best {metric.title} is gone with {old.run}: no run of the section has one"
        return Hit(section.id, message, (old.run,), metric.key, old.values[metric.key].text, None)
    values = change_of(old.values[metric.key], new.values[metric.key], metric)
    who = f"{old.run}, now {new.run}" if new.run != old.run else old.run
    return Hit(
        section.id,
        f"Best {metric.title} {values} ({who})",
        (new.run,),
        metric.key,
        old.values[metric.key].text,
        new.values[metric.key].text,
    )


def _worse(case: Case, section: Section, metric: Metric, old: Row, new: Row | None) -> bool:
    if new is None:
        return True
    before, after = old.values[metric.key].number, new.values[metric.key].number
    if before is None or after is None or not metric.tolerance.exceeded(before, after):
        return False
    if (after > before) != (metric.direction is Direction.LOWER):
        return False
    return not _is_noise(case, section, metric, old.run)


def _is_noise(case: Case, section: Section, metric: Metric, run: str) -> bool:
    """Tell whether the former best run merely moved within its noise."""
    return any(
        one.outcome in (Outcome.NOISE, Outcome.WITHIN_TOLERANCE)
        for one in case.comparisons
        if (one.change.section, one.change.run, one.metric.key) == (section.id, run, metric.key)
    )


def _best(section: Section, metric: Metric) -> Row | None:
    rows = [
        row
        for row in section.rows
        if (value := row.values.get(metric.key)) is not None
        and value.number is not None
        and abs(value.number) < float("inf")
    ]
    return ordered(rows, section.metrics, metric.key)[0] if rows else None

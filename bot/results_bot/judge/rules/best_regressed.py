"""A section's headline got worse: its best value, whichever run holds it."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite

from msgspec.structs import replace

from results_bot.judge.case import Case
from results_bot.judge.compare import same
from results_bot.judge.comparisons import Comparison
from results_bot.judge.evidence.decide import Outcome, tolerance_alone
from results_bot.judge.hit import Hit
from results_bot.judge.phrases import RANK, change_of
from results_bot.judge.rules import metric_regressed
from results_bot.judge.severity import severity_of
from results_bot.model import ChangeKind, Direction, Evidence, Metric, Section, Severity
from results_bot.page.material import judged
from results_bot.page.row_order import best
from results_bot.table import Row

ID = "best-regressed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The best value of the metric that a section is sorted by got worse by more than its "
    "tolerance: the best run got worse, or left, and no other took its place. Where the run is "
    "still the best, metric-regressed has the same figures, with the evidence, and this rule is "
    "silent."
)
TIP = "This is the number people quote. Bring the run back, or approve the new headline."
SETTINGS = """\
[metrics.test_loss]
tolerance = { relative = 0.02, absolute = 0.001 }  # both must be passed"""


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit a section, where metric-regressed does not say the same."""
    changed = {change.section for change in case.changes}
    for before in case.base.summary.sections:
        if before.id not in changed:
            continue
        section = case.head.summary.section(before.id)
        if section is None or not section.rows:
            # An empty table has no columns either.
            section = replace(before, rows=())
        metric = section.metric(before.sort or section.sort or "")
        if metric is None or metric not in judged(section):
            continue
        old, new = _best(before, metric), _best(section, metric)
        if old is not None and _worse(case, section, metric, old, new):
            yield _hit(case, section, metric, old, new)


def _hit(case: Case, section: Section, metric: Metric, old: Row, new: Row | None) -> Hit:
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
        evidence=_evidence(case, (section.id, old.run, metric.key), still_best=new.run == old.run),
    )


def _evidence(case: Case, place: tuple[str, str, str], *, still_best: bool) -> Evidence:
    """Return what the run's own change was judged by; of two runs there is only the tolerance."""
    own = (one.evidence for one in case.comparisons if still_best and _place(one) == place)
    return next(own, tolerance_alone())


def _place(one: Comparison) -> tuple[str, str | None, str]:
    return (one.change.section, one.change.run, one.metric.key)


def _worse(case: Case, section: Section, metric: Metric, old: Row, new: Row | None) -> bool:
    if new is None:
        return True
    before, after = old.values[metric.key].number, new.values[metric.key].number
    if before is None or after is None or not metric.tolerance.exceeded(before, after):
        return False
    if same(old.values[metric.key], new.values[metric.key]):
        return False  # The page rounds one side only.
    if (after > before) != (metric.direction is Direction.LOWER):
        return False
    return not _said_elsewhere(case, section, metric, old.run, still_best=new.run == old.run)


def _said_elsewhere(
    case: Case, section: Section, metric: Metric, run: str, *, still_best: bool
) -> bool:
    """Tell whether the former best run merely moved within its noise, or another rule has it."""
    place = (section.id, run, metric.key)
    for one in case.comparisons:
        if _place(one) == place:
            # The same figures twice: where both are as loud, the one with the evidence will do.
            repeats = still_best and _metric_regressed_is_as_loud(case)
            return one.outcome is not Outcome.REGRESSION or repeats
    # A value of another test set or loss is not judged, and rules of their own say so.
    return any(
        change.kind is ChangeKind.VALUE_CHANGED
        and (change.section, change.run, change.metric and change.metric.key) == place
        and isfinite(change.difference if change.difference is not None else inf)
        for change in case.changes
    )


def _metric_regressed_is_as_loud(case: Case) -> bool:
    loud = severity_of(metric_regressed.ID, metric_regressed.SEVERITY, case.config)
    own = severity_of(ID, SEVERITY, case.config)
    return loud is not None and (own is None or RANK[loud] >= RANK[own])


def _best(section: Section, metric: Metric) -> Row | None:
    rows = [
        row
        for row in section.rows
        if (value := row.values.get(metric.key)) is not None
        and value.number is not None
        and abs(value.number) < float("inf")
    ]
    own = section.metric(metric.key) or metric  # In its format the section's cells are.
    return best(rows, own) if rows else None

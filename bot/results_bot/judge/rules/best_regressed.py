"""The best value of a section got worse, whichever run has it."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from msgspec.structs import replace

from results_bot.judge.evidence.strongest import strongest, untested
from results_bot.judge.noise import earlier_values, spreads_of_seeds
from results_bot.judge.rule import RANK, Case, RuleResult, severity_of
from results_bot.judge.rules import metric_regressed
from results_bot.judge.significance import ALPHA, Judgement
from results_bot.model import Evidence, Metric, Row, Severity
from results_bot.page import cells
from results_bot.page.section import Section, ordered

ID = "best-regressed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The best value of the metric that a section is sorted by got worse by more than its "
    "tolerance: the best run got worse or left, and no other took its place. Another run that is "
    "best now is compared by what is known of the former one's noise. If the same run is "
    "still the best, metric-regressed reports the same figures with the evidence, and this rule "
    "is silent."
)
TIP = "This is the number people quote. Restore the run."
SETTINGS = metric_regressed.SETTINGS


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a section, unless metric-regressed has the same."""
    changed = {change.section for change in case.changes}
    base, head = case.finite  # A seed that diverged is a finding of its own.
    for before in base.sections:
        if before.id not in changed:
            continue
        section = head.section(before.id)
        if section is None or not section.rows:
            # An empty table has no columns either.
            section = replace(before, rows=())
        metric = section.metric(before.sort or section.sort or "")
        if metric is None or metric not in section.judged:
            continue
        baselines = before.baselines | section.baselines
        old, new = (_best(side, metric, baselines) for side in (before, section))
        if old is not None and new is None:
            was = old.values[metric.key].text
            message = f"Best {metric.title} is gone with {old.run}: no run of the section has one"
            yield RuleResult(section.id, message, (old.run,), metric.key, was, None)
        elif old is not None and new is not None:
            evidence = _evidence(case, section, metric, old, new)
            if evidence is not None:
                values = old.values[metric.key], new.values[metric.key]
                change = metric_regressed.change_of(*values, metric)
                who = f"{old.run}, now {new.run}" if new.run != old.run else old.run
                yield RuleResult(
                    section.id,
                    f"Best {metric.title} {change} ({who})",
                    (new.run,),
                    metric.key,
                    values[0].text,
                    values[1].text,
                    evidence,
                    metric_regressed.lowered(metric),
                )


def _evidence(case: Case, section: Section, metric: Metric, old: Row, new: Row) -> Evidence | None:
    """Return what makes the new best value worse; None where it is not, or is reported already."""
    before, after = old.number(metric.key), new.number(metric.key)
    if before is None or after is None or not metric.tolerance.exceeded(before, after):
        return None
    # The page may round one side only.
    same = cells.same(old.values[metric.key], new.values[metric.key])
    if same or metric.better(after - before) is not False:
        return None
    changes = case.by_place.get((section.id, old.run), ())
    moved = next((one for one in changes if one.metric and one.metric.key == metric.key), None)
    judged = next((one for one in case.comparisons if one.change is moved), None)
    now = (section.row(old.run) or old).number(metric.key)
    if judged is None or (now is not None and not isfinite(now)):
        # A value of another test set or loss is not judged, and rules of their own report it.
        step = moved.difference if moved and judged is None else None
        is_incomparable = step is not None and isfinite(step)
        return None if is_incomparable else _between(case, section.id, metric, old.run, new.run)
    if judged.judgement is not Judgement.REGRESSION:
        return None  # The former best run merely moved within its noise.
    if new.run != old.run:
        found = _between(case, section.id, metric, old.run, new.run)
        return None if found.p_value is not None and found.p_value > ALPHA else found
    # The same figures twice: where both are as severe, the other will do.
    other = severity_of(metric_regressed.ID, metric_regressed.SEVERITY, case.config)
    own = severity_of(ID, SEVERITY, case.config)
    repeats = other is not None and (own is None or RANK[other] >= RANK[own])
    return None if repeats else judged.evidence


def _between(case: Case, section: str, metric: Metric, old: str, new: str) -> Evidence:
    """Return the evidence on the former best value against that of the run that is best now."""
    base, head = case.finite
    before, after = base.row(section, old), head.row(section, new)
    if before is None or after is None:
        return untested(metric)
    place = section, old
    was = next((one.was for one in case.changes if one.was and one.place == place), place)
    levels = earlier_values(case.past(), {was: before.section}).get((*was, metric.key), ())
    spread = spreads_of_seeds(before.section).get(metric.key)
    return strongest(metric, before, after, base, head, levels, spread)


def _best(section: Section, metric: Metric, baselines: frozenset[str]) -> Row | None:
    rows = [
        row
        for row in section.rows
        if row.run not in baselines
        and (number := row.number(metric.key)) is not None
        and isfinite(number)
    ]
    own = section.metric(metric.key) or metric  # Its format is that of the section's cells.
    return ordered(rows, own)[0] if rows else None

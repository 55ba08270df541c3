"""Runs were trained with another loss function, so that their losses do not compare."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.rule import Case, RuleResult, grouped, listed
from results_bot.judge.significance import other_loss, rows_of
from results_bot.metric_names import tokens
from results_bot.model import Change, ChangeKind, Severity
from results_bot.page.facts.other_losses import OtherLoss

ID = "loss-changed"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "The configuration names another loss than before, or than most runs do. Where none does, the "
    "numbers show it: under one loss function the ratio of the loss to another metric of the same "
    "split stays nearly the same over runs, and these runs leave it (robust z-score above 6). A "
    "higher loss at the same error rate is no sign: an overconfident model has one. Losses of such "
    "runs are not judged, nor used in takeaways; a run whose loss got worse with another loss "
    "function waits for approval."
)
TIP = "Compare these runs by a metric other than the loss."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a changed run, and one a section for those that differ from the rest."""
    changed: dict[tuple[str, str], Severity | None] = {}
    for change in case.changes:
        pair = rows_of(change, case.base, case.head)
        if change.kind is ChangeKind.VALUE_CHANGED and pair is not None and other_loss(*pair):
            worse = Severity.FAILURE if _worse(change) else None
            changed[change.place] = worse or changed.get(change.place)
    for (section_id, run), severity in changed.items():
        message = f"{run} has another loss function now"
        if severity:
            message += ", and its loss is higher: the two values are not compared"
        yield RuleResult(section_id, message, (run,), severity=severity)
    for section_id, here in grouped(case.facts.other_losses, lambda fact: fact.section).items():
        runs = tuple(fact.run for fact in here)
        message = f"{listed(runs)}: another loss function ({_why(here)})"
        yield RuleResult(section_id, message, runs, state=True)


def _worse(change: Change) -> bool:
    """Return True if a loss is worse by more than its tolerance."""
    metric = change.metric
    if metric is None or "loss" not in tokens(metric.key) or change.better is not False:
        return False
    return change.numbers is not None and metric.tolerance.exceeded(*change.numbers)


def _why(found: list[OtherLoss]) -> str:
    if found[0].setting:
        return ", ".join(sorted({fact.setting for fact in found}))
    ratios = [fact.ratio for fact in found]
    here, usual = _span(min(ratios), max(ratios)), _span(*found[0].usual)
    return (
        f"{found[0].loss} / {found[0].beside} is {here}, in {found[0].kept_by} other runs {usual}"
    )


def _span(low: float, high: float) -> str:
    """Return `1.07 to 1.64`, or one figure where both look the same."""
    return " to ".join(dict.fromkeys((f"{low:.2f}", f"{high:.2f}")))

"""Reach the verdict: every report, every exit code and every approval starts from it."""

from __future__ import annotations

from msgspec.structs import replace

from results_bot.config import Config
from results_bot.judge.compare import compared_values
from results_bot.judge.rule import RANK, Case, Rule, RuleResult, severity_of
from results_bot.judge.rules import rules, watches_config
from results_bot.judge.significance import Comparison, Judgement, incomparable
from results_bot.model import (
    NOISE_UNKNOWN,
    ChangeKind,
    Direction,
    Finding,
    Severity,
    Value,
    Verdict,
)
from results_bot.numbers import p_text
from results_bot.page.section import RunRow

FORMER = "The settings before this change flag it."


def reach(case: Case) -> Verdict:
    """Return all findings, the most severe first and those known before last."""
    findings = [
        _finding(one, result, severity, case)
        for one in rules()
        if (severity := severity_of(one.ID, one.SEVERITY, _config(one, case))) is not None
        for result in one.findings(case)
    ]
    findings.sort(key=_order)
    compared = compared_values(case.base, case.head)
    return Verdict(tuple(findings), case.changes, compared, unflagged_reasons(case))


def with_former(verdict: Verdict, case: Case, former: Verdict, former_case: Case) -> Verdict:
    """Add what blocks under the settings of the base, and is not flagged under those of the head.

    `former` is the verdict on the same artifacts under the base's settings. A run is known by its
    path: its row may stand in another section now.
    """
    places = {run.path: place for place, run in case.head.runs.items()}

    def moved(finding: Finding) -> Finding:
        """Return the finding with its runs where the head's page has them."""
        now = []
        for name in finding.runs:
            run = former_case.head.runs.get((finding.section, name))
            now.append(places.get(run.path if run else "", (finding.section, name)))
        sections = {section for section, _ in now}
        if len(sections) != 1:
            return finding
        runs = tuple(name for _, name in now)
        one = runs[0] if len(runs) == 1 else None
        return replace(finding, section=sections.pop(), runs=runs, run=one)

    def key(finding: Finding) -> tuple[str, str, str | None]:
        return finding.id, finding.section, finding.metric

    flagged: dict[tuple[str, str, str | None], set[str]] = {}
    for one in verdict.blocking:
        flagged.setdefault(key(one), set()).update(one.runs)
    added = [
        replace(one, tip=f"{FORMER} {one.tip}")
        for one in map(moved, former.blocking)
        if not set(one.runs) <= flagged.get(key(one), set()) or (key(one) not in flagged)
    ]
    replaced = {(*key(one), one.runs) for one in added}
    kept = (one for one in verdict.findings if (*key(one), one.runs) not in replaced)
    findings = sorted([*added, *kept], key=_order)
    return replace(
        verdict, findings=tuple(findings), compared=max(verdict.compared, former.compared)
    )


def _order(finding: Finding) -> tuple[bool, int]:
    return finding.known, -RANK[finding.severity]


def _config(one: Rule, case: Case) -> Config:
    """Return the configuration that sets a rule's severity.

    A rule about the configuration itself goes by the one before the change, which could otherwise
    switch it off together with the rest.
    """
    return (case.base_config if watches_config(one) else None) or case.config


def _bound(one: Rule, result: RuleResult, case: Case) -> tuple[str, str]:
    """Return the exact values that a result decides about, so that no others are approved with it.

    These are the values of its metric, or of all metrics, of its runs: those that changed, and of
    a run that left or came all. What loosens the configuration takes the values of all runs out of
    judgement.
    """
    places = (*result.places, *result.compared_with)
    if watches_config(one):
        places = tuple(place for place in case.by_place if result.section in ("", place[0]))
    cells = {
        change.cell: (change.before, change.after)
        for place in places
        for change in case.by_place.get(place, ())
    }
    for place in places:
        match case.base.row(*place), case.head.row(*place):
            case RunRow(row=row), None:
                cells |= {(*place, key): (value, None) for key, value in row.values.items()}
            case None, RunRow(row=row):
                cells |= {(*place, key): (None, value) for key, value in row.values.items()}
    wanted = (result.metric or "").split(", ")
    before, after = (
        "\n".join(
            " ".join((*cell, _exact(values[side])))
            for cell, values in sorted(cells.items())
            if wanted == [""] or cell[2] in wanted
        )
        for side in (0, 1)
    )
    return before, after


def _exact(value: Value | None) -> str:
    if value is None or value.number is None:
        return value.text if value else ""
    return f"{value.number:.12g}"


def _finding(one: Rule, result: RuleResult, severity: Severity, case: Case) -> Finding:
    if result.severity is not None and _config(one, case).rules.get(one.ID, True) is True:
        severity = result.severity
    touched = any(place in case.touched for place in result.places)
    return Finding(
        id=one.ID,
        severity=severity,
        section=result.section,
        message=result.message,
        run=result.runs[0] if len(result.runs) == 1 else None,
        metric=result.metric,
        before=result.before,
        after=result.after,
        evidence=result.evidence,
        tip=one.TIP if result.tip is None else result.tip,
        runs=result.runs,
        bound=_bound(one, result, case),
        known=result.state and not touched,
    )


def unflagged_reasons(case: Case) -> dict[tuple[str, str, str], str]:
    """Return why changed or lost values are no worse or better, by section, run and metric."""
    compared = {one.change.cell: one for one in case.comparisons}
    reasons = {}
    for change in case.changes:
        if change.kind is ChangeKind.METRIC_LOST and change.metric and case.is_typed(change.metric):
            reasons[change.cell] = "was typed by hand"
        if change.kind is not ChangeKind.VALUE_CHANGED or change.metric is None:
            continue
        if change.cell in compared:
            reasons[change.cell] = _reason(compared[change.cell])
        elif change.metric.direction is not Direction.UNKNOWN:
            reasons[change.cell] = incomparable(change, case.base, case.head)
    return {cell: reason for cell, reason in reasons.items() if reason}


def _reason(one: Comparison) -> str:
    """Return why a value that was judged is neither better nor worse; empty where it is."""
    match one.judgement:
        case Judgement.WITHIN_TOLERANCE:
            # The floor that the change does not exceed, the relative one where it is both.
            before, after = one.change.numbers or (0.0, 0.0)
            relative = abs(after - before) <= one.metric.tolerance.relative * abs(before)
            floor = f"{100 * one.metric.tolerance.relative:g}%"
            return f"within {floor if relative else f'{one.metric.tolerance.absolute:g}'}"
        case Judgement.NOISE if one.evidence.p_value is not None:
            return f"noise, {p_text(one.evidence.p_value, one.evidence.adjusted_p)}"
        case Judgement.NOISE_UNKNOWN:
            return NOISE_UNKNOWN
    return ""

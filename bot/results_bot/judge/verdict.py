"""Reach the verdict: every report, every exit code and every approval starts from it."""

from __future__ import annotations

from msgspec.structs import replace

from results_bot.config import Config
from results_bot.judge.compare import compared_values
from results_bot.judge.rule import RANK, Case, Rule, RuleResult, severity_of
from results_bot.judge.rules import rules, watches_config
from results_bot.judge.significance import Judgement, incomparable
from results_bot.model import (
    NOISE_UNKNOWN,
    Change,
    ChangeKind,
    Direction,
    Finding,
    Severity,
    Verdict,
)
from results_bot.numbers import p_text

FORMER = "The settings before this change flag it."


def reach(case: Case) -> Verdict:
    """Return all findings, the most severe first and those known before last."""
    changed = _exact_values(case)
    findings = [
        _finding(one, result, severity, case, changed)
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


def _exact_values(case: Case) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Return the metrics that changed of each run: key, and the values before and after exactly."""
    out: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for change in case.changes:
        if change.metric is not None and change.run is not None:
            before, after = (
                "" if side is None else side.text if side.number is None else f"{side.number:.12g}"
                for side in (change.before, change.after)
            )
            places = out.setdefault((change.section, change.run), [])
            places.append((change.metric.key, before, after))
    return out


def _bound(
    one: Rule, result: RuleResult, changed: dict[tuple[str, str], list[tuple[str, str, str]]]
) -> tuple[str, str]:
    """Return the exact values that a result decides about, so that no others are approved with it.

    These are the values of its metric, or of all metrics, of its runs. What loosens the
    configuration takes the values of all runs out of judgement.
    """
    places = result.places
    if watches_config(one):
        places = tuple(place for place in changed if result.section in ("", place[0]))
    wanted = (result.metric or "").split(", ")
    found = sorted(
        (*place, key, before, after)
        for place in places
        for key, before, after in changed.get(place, ())
        if wanted == [""] or key in wanted
    )
    before, after = ("\n".join(" ".join((*row[:3], row[at])) for row in found) for at in (3, 4))
    return before, after


def _finding(
    one: Rule,
    result: RuleResult,
    severity: Severity,
    case: Case,
    changed: dict[tuple[str, str], list[tuple[str, str, str]]],
) -> Finding:
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
        tip=one.TIP,
        runs=result.runs,
        bound=_bound(one, result, changed),
        known=result.state and not touched,
    )


def unflagged_reasons(case: Case) -> dict[tuple[str, str, str], str]:
    """Return why changed values are neither better nor worse, by section, run and metric."""

    def place(change: Change) -> tuple[str, str, str]:
        return change.section, change.run or "", change.metric.key if change.metric else ""

    compared = {place(one.change): one for one in case.comparisons}
    reasons = {}
    for change in case.changes:
        metric = change.metric
        if change.kind is not ChangeKind.VALUE_CHANGED or metric is None:
            continue
        one, reason = compared.get(place(change)), ""
        if one is None:
            if metric.direction is not Direction.UNKNOWN:
                reason = incomparable(change, case.base, case.head)
        elif one.judgement is Judgement.WITHIN_TOLERANCE:
            # The floor that the change does not exceed, the relative one where it is both.
            before = (change.before.number if change.before else None) or 0.0
            relative = abs(change.difference or 0.0) <= metric.tolerance.relative * abs(before)
            floor = f"{100 * metric.tolerance.relative:g}%"
            reason = f"within {floor if relative else f'{metric.tolerance.absolute:g}'}"
        elif one.judgement is Judgement.NOISE and one.evidence.p_value is not None:
            reason = f"noise, {p_text(one.evidence.p_value, one.evidence.adjusted_p)}"
        elif one.judgement is Judgement.NOISE_UNKNOWN:
            reason = NOISE_UNKNOWN
        if reason:
            reasons[place(change)] = reason
    return reasons

"""The one verdict function: every report, every exit code and every approval starts from it."""

from __future__ import annotations

from results_bot.config import Config
from results_bot.judge.case import Case
from results_bot.judge.compare import compared_values
from results_bot.judge.hit import Hit
from results_bot.judge.passed import passed
from results_bot.judge.registry import Rule, rule, rules, watches_config
from results_bot.judge.severity import severity_of
from results_bot.model import Finding, Severity, Verdict

_ORDER = {Severity.FAILURE: 0, Severity.WARNING: 1, Severity.NOTICE: 2}


def reach(case: Case) -> Verdict:
    """Return all findings, the gravest first, those that were known before last.

    Raises ConfigError where the configuration speaks of a rule that does not exist.
    """
    for rule_id in case.config.rules:
        rule(rule_id)
    findings = [
        _finding(one, hit, severity, case)
        for one in rules()
        if (severity := severity_of(one.ID, one.SEVERITY, _config(one, case))) is not None
        for hit in one.findings(case)
    ]
    findings.sort(key=lambda finding: (finding.known, _ORDER[finding.severity]))
    compared = compared_values(case.base.summary, case.head.summary)
    return Verdict(tuple(findings), case.changes, compared, passed(case))


def _config(one: Rule, case: Case) -> Config:
    """Return what says how loud a rule is."""
    return (case.base_config if watches_config(one) else None) or case.config


def _finding(one: Rule, hit: Hit, severity: Severity, case: Case) -> Finding:
    chosen = severity
    if hit.severity is not None and _config(one, case).rules.get(one.ID, True) is True:
        chosen = hit.severity
    touched = any(place in case.touched for place in hit.places)
    return Finding(
        id=one.ID,
        severity=chosen,
        section=hit.section,
        message=hit.message,
        run=hit.runs[0] if len(hit.runs) == 1 else None,
        metric=hit.metric,
        before=hit.before,
        after=hit.after,
        evidence=hit.evidence,
        tip=one.TIP,
        runs=hit.runs,
        known=hit.state and not touched,
    )

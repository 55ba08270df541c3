"""Changes, findings and problems as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from results_bot.model import Evidence, Finding, Problem, Verdict
from results_bot.report import wording
from results_bot.table import Value


def changes_json(verdict: Verdict) -> list[dict[str, Any]]:
    """Return one object a change; missing values are null."""
    return [
        {
            "kind": str(change.kind),
            "section": change.section,
            "run": change.run,
            "was": list(change.was) if change.was else None,
            "metric": change.metric.key if change.metric else None,
            "direction": str(change.metric.direction) if change.metric else None,
            "before": _value(change.before),
            "after": _value(change.after),
            "difference": _finite(change.difference),
            "better": change.better,
            "passed": wording.reason(change, verdict) or None,
        }
        for change in verdict.changes
    ]


def findings_json(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return one object a finding."""
    return [
        {
            "id": finding.id,
            "severity": str(finding.severity),
            "known": finding.known,
            "section": finding.section,
            "runs": list(finding.runs),
            "metric": finding.metric,
            "before": finding.before,
            "after": finding.after,
            "message": finding.message,
            "evidence": _evidence(finding.evidence),
            "tip": finding.tip,
        }
        for finding in found
    ]


def problems_json(found: Iterable[Problem]) -> list[dict[str, str]]:
    """Return one object for each artifact that could not be used."""
    return [{"file": problem.file, "reason": problem.reason} for problem in found]


def _value(value: Value | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"text": value.text, "number": _finite(value.number), "exact": value.exact}


def _evidence(found: Evidence | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "kind": str(found.kind),
        "test": found.test,
        "p_value": _finite(found.p_value),
        "adjusted_p": _finite(found.adjusted_p),
        "interval": None if found.interval is None else [_finite(one) for one in found.interval],
        "n": found.n,
        "spread": _finite(found.spread),
    }


def _finite(number: float | None) -> float | None:
    """Return None for what JSON cannot hold; the text has NaN and infinity."""
    return number if number is not None and isfinite(number) else None

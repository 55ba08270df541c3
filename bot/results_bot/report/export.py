"""Changes, findings and problems for machines (JSON) and for pasting (Markdown)."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from results_bot.escape import markdown
from results_bot.model import Change, Evidence, Finding, Problem, Verdict
from results_bot.report import wording
from results_bot.table import Value

_TITLES = ("Run", "Metric", "Before", "After", "Change", "")
_ALIGNED = ("left", "left", "right", "right", "right", "left")


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


def changes_markdown(verdict: Verdict) -> str:
    """Return a sentence that counts the changes and one table a section.

    The tables are padded, so that they can be read as they are.
    """
    from tabulate import tabulate

    parts = [f"**{wording.counted_sentence(verdict)}**"]
    for section in dict.fromkeys(change.section for change in verdict.changes):
        rows = [_row(one, verdict) for one in verdict.changes if one.section == section and one.run]
        if rows:
            table = tabulate(rows, _TITLES, "pipe", disable_numparse=True, colalign=_ALIGNED)
            parts += [f"### {markdown(section)}", table]
    return "\n\n".join(parts) + "\n"


def _row(change: Change, verdict: Verdict) -> list[str]:
    was = wording.previous_name(change)
    run = f"{change.run} (was {was})" if was else change.run or ""
    if change.metric is None:
        return [markdown(run), "", "", "", "", change.kind.removeprefix("run-")]
    texts = (
        run,
        change.metric.title,
        wording.text(change.before),
        wording.text(change.after),
        wording.difference(change),
    )
    return [*map(markdown, texts), wording.outcome(change, verdict)]


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
    }


def _finite(number: float | None) -> float | None:
    """Return None for what JSON cannot hold; the text has NaN and infinity."""
    return number if number is not None and isfinite(number) else None

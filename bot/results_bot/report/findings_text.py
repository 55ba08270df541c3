"""How sure a finding is, in words; plain text for every kind of report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from results_bot.model import Evidence, EvidenceKind, Finding, Severity
from results_bot.page import cells

SIGN = {Severity.FAILURE: "✗", Severity.WARNING: "!", Severity.NOTICE: "·"}
_UNIT = {
    EvidenceKind.PAIRED: "pairs",
    EvidenceKind.SEEDS: "replicates",
    EvidenceKind.COUNTS: "samples",
}


def evidence(found: Evidence, spec: str) -> str:
    """Return `McNemar, mid-p over 1,484 pairs: 95 % interval -5.1 pp to -3.4 pp, p < 0.001`.

    `spec` is the metric's format. The p-value is the adjusted one.
    """
    if found.kind is EvidenceKind.TOLERANCE:
        return "two single values: the tolerance alone decides, noise is not ruled out"
    parts = []
    if found.interval is not None:
        low, high = (cells.signed(bound, spec) for bound in found.interval)
        parts.append(f"95 % interval {low} to {high}")
    p = found.p_value if found.adjusted_p is None else found.adjusted_p
    if p is not None:
        parts.append("p < 0.001" if p < 0.001 else f"p = {p:.3f}")
    over = f" over {found.n:,} {_UNIT[found.kind]}" if found.n else ""
    return f"{found.test}{over}: {', '.join(parts)}"


def counted(found: Iterable[Finding]) -> str:
    """Return `2 failures, 1 warning`; the known ones are not counted."""
    count = Counter(finding.severity for finding in found if not finding.known)
    parts = [
        f"{count[level]} {level if count[level] == 1 else f'{level}s'}"
        for level in (Severity.FAILURE, Severity.WARNING, Severity.NOTICE)
        if count[level]
    ]
    return ", ".join(parts) or "nothing found"

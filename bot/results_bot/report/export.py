"""What reports hold for other programs: changes and findings as JSON, tables as data."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from results_bot.escape import latex as latex_text
from results_bot.escape import printable
from results_bot.model import (
    SETTING_PREFIX,
    Direction,
    Finding,
    Metric,
    Problem,
    Value,
    Verdict,
)
from results_bot.page.section import Section
from results_bot.report import wording

if TYPE_CHECKING:
    import pandas as pd


def frame(section: Section) -> pd.DataFrame:
    """Return a section's table as a DataFrame: a row a run, with the keys of metrics as columns.

    Metrics are float64 at full precision, with `KEY_std` and `n` where seeds are folded; a setting
    is numeric where all of its values are. Counts and whole settings are Int64, which has integers
    beside missing values.
    """
    import pandas as pd

    texts, numbers, std, n = map(section.frame, ("text", "number", "std", "n"))
    made = pd.DataFrame(index=pd.Index([printable(row.run) for row in section.rows], name="run"))
    for metric in section.metrics:
        key = metric.key
        cells = (row.values[key] for row in section.rows if key in row.values)
        column = numbers[key]
        if metric.is_setting or all(cell.number is None for cell in cells):
            shown = texts[key].map(printable, na_action="ignore")
            read = pd.to_numeric(shown, errors="coerce")
            column = _whole(read) if read.notna().equals(shown.notna()) else shown
        elif metric.format.endswith("d"):
            column = _whole(column)
        made[key.removeprefix(SETTING_PREFIX)] = column.array
        if std[key].notna().any():
            made[f"{key}_std"] = std[key].to_numpy()
    if n.notna().any(axis=None):
        made["n"] = _whole(n.max(axis=1)).array
    return made


def _whole(numbers: pd.Series) -> pd.Series:
    """Return whole numbers as integers; a column with any other number as it is."""
    held = numbers.dropna()
    is_whole = held.abs().lt(2**53).all() and held.mod(1).eq(0).all()
    return numbers.astype("Int64") if is_whole else numbers


def latex(section: Section) -> str:
    """Return a section's table with booktabs' rules, the best of each column in bold."""
    from tabulate import tabulate

    def cell(run: str, metric: Metric, text: str | None) -> str:
        shown = latex_text("" if text is None else text.partition(" (n = ")[0])
        return f"\\textbf{{{shown}}}" if run in best[metric.key] else shown

    best = {metric.key: section.best(metric) for metric in section.metrics}
    arrows = {Direction.LOWER: " $\\downarrow$", Direction.HIGHER: " $\\uparrow$"}
    header = [latex_text(section.run_title)]
    header += [latex_text(one.title) + arrows.get(one.direction, "") for one in section.metrics]
    texts = section.frame("text")
    rows = [
        [latex_text(run), *(cell(run, one, texts[one.key].iloc[at]) for one in section.metrics)]
        for at, run in enumerate(texts.index)
    ]
    sides = ["left", *("right" for _ in section.metrics)]
    text = tabulate(rows, header, "latex_raw", disable_numparse=True, colalign=sides)
    for rule in ("toprule", "midrule", "bottomrule"):
        text = text.replace("\\hline", f"\\{rule}", 1)
    return f"% {latex_text(section.title)}; needs \\usepackage{{booktabs}}\n{text}\n"


def changes_json(verdict: Verdict) -> list[dict[str, Any]]:
    """Return one object a change; missing values are null."""
    return [
        {
            "kind": str(change.kind),
            "section": change.section,
            "run": change.run or None,
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
            "evidence": _finite(to_builtins(finding.evidence)),
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


def _finite(value: Any) -> Any:
    """Return None for a number that JSON cannot hold, also in a list or among named values."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, list | tuple):
        return [*map(_finite, value)]
    return {key: _finite(one) for key, one in value.items()} if isinstance(value, dict) else value

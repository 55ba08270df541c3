"""The figures of docs/verdicts.md, and the same for machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.simulation.aims import aims, lines
from benchmarks.simulation.data import FIVE, OURS, STRONGEST, WELCH_TOO, WILCOXON
from benchmarks.simulation.play import Results
from benchmarks.simulation.regimes import EDGES, LIMITS, MAIN, REGIMES
from benchmarks.simulation.tables import (
    COLUMNS,
    alarm_table,
    half_table,
    other_tests,
    power,
    power_table,
)

BEGIN, END = "<!-- figures:begin -->\n", "<!-- figures:end -->"


def figures(results: Results) -> str:
    """Return everything measured as Markdown."""
    three = ((1, 1), (5, 4), (20, 4))
    parts = [
        ("Aims", lines(aims(results))),
        ("Reports without a change that raise a regression", alarm_table(results, MAIN, COLUMNS)),
        (
            "One value of a report truly worse: how often it is found",
            power_table(results, MAIN, three),
        ),
        ("Ten values of twenty truly worse", half_table(results)),
        (
            "Few samples, few seeds, and other edges",
            alarm_table(results, EDGES, (OURS, STRONGEST, WELCH_TOO)),
        ),
        (
            "The same edges: power",
            power_table(results, EDGES, three[:2], (WELCH_TOO, FIVE)),
        ),
        (
            "Where assumptions fail",
            alarm_table(results, LIMITS, (OURS, STRONGEST, WELCH_TOO, WILCOXON)),
        ),
        ("Other tests on one value", other_tests(results)),
    ]
    return "\n".join(f"### {title}\n\n" + "\n".join(lines) + "\n" for title, lines in parts)


def records(results: Results) -> dict[str, dict[str, Any]]:
    """Return the main figures of each kind of data, as a training job would write them."""
    return {
        aim.regime: {
            "data": REGIMES[aim.regime].title,
            "false_alarm_rate": round(aim.alarms, 5),
            "power_lost": round(max(0.0, aim.behind), 5),
            "mean_power": round(_mean_power(results, aim.regime), 5),
            "reports": sum(
                tallies[OURS].reports
                for task, tallies in results.items()
                if task.regime == aim.regime
            ),
        }
        for aim in aims(results)
    }


def _mean_power(results: Results, regime: str) -> float:
    """Return the power over all sizes of effect and of report."""
    found = [
        power(tallies[OURS], task)
        for task, tallies in results.items()
        if task.regime == regime and task.effect
    ]
    return sum(found) / len(found)


def write_records(folder: Path, results: Results) -> None:
    """Write `NAME/metrics.json` for each kind of data."""
    for name, record in records(results).items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        text = json.dumps(record, indent=2) + "\n"
        (folder / name / "metrics.json").write_text(text, "utf-8")


def splice(page: Path, words: str) -> None:
    """Put the figures between the two marks of the page."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page}: no marks for the figures")
    page.write_text(f"{before}{begin}\n{words}\n{end}{after}", "utf-8")

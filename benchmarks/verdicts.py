"""Verdicts on real trainings: false alarms where nothing changed, power where something did.

Run from the repository: `python -m benchmarks.verdicts`. It trains 12 pairs of data and model
100 times each, makes reports of the results, and gives them to results-bot and to other rules.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean

# Two processes share the work; threads of their own would only get in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from results_bot.judge.significance import ALPHA

from benchmarks.figures import splice
from benchmarks.simulation.reports import (
    ORACLE,
    OURS,
    RULES,
    Bench,
    Cell,
    cells,
    oracle_level,
    play,
)
from benchmarks.simulation.trainings import HALF, LABELS, METRICS, PAIRS, SAME, SEEDS, train

CHANGES = ((SAME, 0.0), (HALF, 0.0), (LABELS, 0.0), (SAME, 0.01), (SAME, 0.02))
"""For each kind of report: the recipe of the head, and the drop subtracted from accuracy and F1."""
TITLES = ("nothing", HALF, LABELS, "1 point", "2 points")
BESIDE_ORACLE = "history-12-"
"""The reports that are compared with the test that knows the true spread."""
FOR_LEVEL = 4_000
"""Unchanged reports from which the level of that test is taken."""
Shares = dict[str, list[dict[str, float]]]
"""By cell: for each change the share of reports in which each rule raises an alarm."""


def simulate(reports: int) -> tuple[Bench, Shares]:
    """Run all trainings, and judge the given number of reports for each cell and change."""
    with ProcessPoolExecutor(2) as pool:
        recipes = [(recipe, *pair) for recipe in SEEDS for pair in PAIRS]
        bench = dict(zip(recipes, pool.map(train, *zip(*recipes, strict=True)), strict=True))
        found = pool.map(_cell, ((bench, cell, reports) for cell in cells()))
        return bench, {cell.name: shares for cell, shares in zip(cells(), found, strict=True)}


def _cell(task: tuple[Bench, Cell, int]) -> list[dict[str, float]]:
    bench, cell, reports = task
    reports = reports if cell.rows == 1 else reports // 2
    beside_oracle = cell.name.startswith(BESIDE_ORACLE)
    level = oracle_level(bench, cell, FOR_LEVEL) if beside_oracle else ALPHA
    counts = [reports, *[reports if beside_oracle else reports // 4] * (len(CHANGES) - 1)]
    return [play(bench, cell, *one, n, level) for one, n in zip(CHANGES, counts, strict=True)]


def figures(bench: Bench, found: Shares, reports: int) -> str:
    """Return everything measured as Markdown."""
    kinds = {cell.name: cell for cell in cells()}
    spread = [
        [f"{data}, {model}", *(_noise(bench, (data, model), at) for at in range(len(METRICS)))]
        for data, model in PAIRS
    ]
    ours = [
        [kinds[name].title, *(f"{100 * one[OURS]:.1f} %" for one in shares)]
        for name, shares in found.items()
    ]
    for name, line in zip(found, ours, strict=True):
        if kinds[name].predictions and not kinds[name].history:
            line[-2:] = "", ""  # Predictions do not know of what is subtracted.
    oracle = []
    for name, shares in found.items():
        if name.startswith(BESIDE_ORACLE):
            behind = [100 * (one[ORACLE] - one[OURS]) for one in shares]
            behind.append(fmean(behind[1:]))
            oracle.append([kinds[name].title, *(f"{points:+.0f}" for points in behind)])
    others = [
        [f"{kinds[name].title}: {rule}", *(f"{100 * one[rule]:.0f} %" for one in found[name])]
        for name in ("alone-1", "alone-12", "seeds-5-1", "seeds-5-12")
        for rule in RULES[2:]
        if (rule == RULES[-1]) == name.startswith("seeds")
    ]
    parts = (
        ("Noise of the trainings", ["Data and model", *METRICS], spread),
        ("Reports that block", ["What is known", *TITLES], ours),
        (
            "Points behind a test that knows the true spread",
            ["What is known", *TITLES, "all changes"],
            oracle,
        ),
        ("Other rules on the same reports", ["Report and rule", *TITLES], others),
    )
    words = [
        f"{reports} unchanged reports of one row, half as many of 12; a quarter with each change, "
        "and as many as unchanged ones where twelve earlier values are known."
    ]
    for title, header, rows in parts:
        words += [f"### {title}", "\n".join(_table(header, rows))]
    return "\n\n".join(words) + "\n"


def _noise(bench: Bench, pair: tuple[str, str], at: int) -> str:
    values = bench[SAME, *pair].values[:, at]
    return f"{values.mean():.4f} ± {values.std(ddof=1):.4f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return ["| " + " | ".join(line) + " |" for line in (header, rule, *rows)]


def write_records(folder: Path, found: Shares) -> None:
    """Write `NAME/metrics.json` for each cell, as a training job would."""
    for name, shares in found.items():
        power = [one[OURS] for one in shares[1:]]
        record = {"false_alarm_rate": shares[0][OURS], "power": sum(power) / len(power)}
        (folder / name).mkdir(parents=True, exist_ok=True)
        text = json.dumps({key: round(one, 4) for key, one in record.items()}, indent=2) + "\n"
        (folder / name / "metrics.json").write_text(text, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and write what was asked for; 1 if a false-alarm rate exceeds 5 %."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.verdicts")
    parser.add_argument("--reports", type=int, default=600, help="reports of one row, each kind")
    parser.add_argument("--results", type=Path, help="write metrics.json of each kind")
    parser.add_argument("--docs", type=Path, help="put the figures into this page")
    options = parser.parse_args(arguments)
    bench, found = simulate(options.reports)
    words = figures(bench, found, options.reports)
    print(words)
    if options.results:
        write_records(options.results, found)
    if options.docs:
        splice(options.docs, words)
    return 0 if all(shares[0][OURS] <= 0.05 for shares in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

"""What the simulation counted, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt

from benchmarks.simulation.data import (
    ANY,
    FIVE,
    MID_P,
    ONE_SIDED,
    OURS,
    STRONGEST,
    TWICE,
    WELCH,
    WILCOXON,
)
from benchmarks.simulation.play import Results, Tally, Task
from benchmarks.simulation.regimes import MAIN, REGIMES

COLUMNS = (OURS, STRONGEST, WELCH, FIVE, TWICE, ANY)


def alarm_rate(tally: Tally) -> float:
    return tally.alarmed / tally.reports


def power(tally: Tally, task: Task) -> float:
    return tally.hits / (tally.reports * task.worse)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of n replays."""
    z = 1.96
    middle, reach = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + (z / n) ** 2 / 4)
    return max(0.0, (middle - reach) / (1 + z * z / n)), (middle + reach) / (1 + z * z / n)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def amount(effect: float, regime: str) -> str:
    words = f"{100 * effect:g} {REGIMES[regime].unit}"
    return words.removesuffix("s") if words == "1 points" else words


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return ["| " + " | ".join(cells) + " |" for cells in (header, rule, *rows)]


def alarm_row(results: Results, task: Task, columns: Sequence[str]) -> list[str]:
    tallies = results[task]
    low, high = wilson(alarm_rate(tallies[OURS]), tallies[OURS].reports)
    rates = [percent(alarm_rate(tallies[name])) if name in tallies else "" for name in columns]
    size = f"{task.runs} x {task.metrics}"
    rates[0] = f"**{rates[0]}** ({100 * low:.1f} to {100 * high:.1f})"
    return [REGIMES[task.regime].title, size, *rates]


def alarm_table(results: Results, names: Iterable[str], columns: Sequence[str]) -> list[str]:
    tasks = [
        task for name in names for task in results if task == Task(name, task.runs, task.metrics)
    ]
    tasks.sort(key=lambda task: (list(REGIMES).index(task.regime), task.runs * task.metrics))
    header = ["Data", "Runs x metrics", *columns]
    return table(header, (alarm_row(results, task, columns) for task in tasks))


def power_table(
    results: Results,
    names: Iterable[str],
    sizes: Sequence[tuple[int, int]],
    beside: Sequence[str] = (FIVE, TWICE),
) -> list[str]:
    header = ["Data", "Truly worse by"]
    header += [f"{runs * metrics} compared: ours / strongest" for runs, metrics in sizes]
    rows = []
    for name in names:
        for effect in REGIMES[name].effects:
            lone = [Task(name, *size, effect, 1) for size in sizes]
            cells = [power_cell(results, task) for task in lone]
            others = results[lone[1]]
            cells += [percent(power(others[rule], lone[1])) for rule in beside]
            unit = amount(effect, name)
            rows.append([REGIMES[name].title, unit, *cells])
    return table([*header, *(f"20 compared: {rule}" for rule in beside)], rows)


def power_cell(results: Results, task: Task) -> str:
    if task not in results:
        return ""
    ours, strongest = (power(results[task][name], task) for name in (OURS, STRONGEST))
    return f"**{percent(ours)}** / {percent(strongest)}"


def half_table(results: Results) -> list[str]:
    rows = []
    for task, tallies in results.items():
        if task.worse == 10:
            found = [percent(power(tallies[name], task)) for name in (OURS, STRONGEST)]
            false = [
                percent(tallies[name].false_share / tallies[name].reports)
                for name in (OURS, WELCH, ANY)
            ]
            title = REGIMES[task.regime].title
            rows.append([title, amount(task.effect, task.regime), *found, *false])
    header = ["Data", "Ten of twenty worse by", "found: ours", "found: strongest"]
    return table([*header, *(f"false calls: {name}" for name in (OURS, WELCH, ANY))], sorted(rows))


def other_tests(results: Results) -> list[str]:
    """Show what other tests would have found, and raised for nothing, in a report of one value."""
    rules, rows = (OURS, ONE_SIDED, WILCOXON, MID_P), []
    for name in (*MAIN, "flags-100", "flags-200", "losses-30"):
        task = Task(name, 1, 1, REGIMES[name].effects[2 if name in MAIN else 1], 1)
        cells = [
            f"{percent(power(results[task][rule], task))} "
            f"({percent(alarm_rate(results[Task(name, 1, 1)][rule]))})"
            if rule in results[task]
            else ""
            for rule in rules
        ]
        rows.append([REGIMES[name].title, amount(task.effect, name), *cells])
    return table(["Data", "Worse by", *(f"{rule}: found (false)" for rule in rules)], rows)

"""Reports made of real trainings, and what results-bot and other rules make of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import Any

import numpy as np
from results_bot.collect.samples import Samples
from results_bot.config import Config
from results_bot.judge.compare import compare
from results_bot.judge.noise import PastPage
from results_bot.judge.rule import Case
from results_bot.judge.significance import ALPHA, adjust
from results_bot.judge.verdict import reach
from results_bot.model import Direction, Reading, Row, Run, Value
from results_bot.page.facts import Facts
from results_bot.page.section import Section, Summary
from scipy import special, stats

from benchmarks.simulation.trainings import METRICS, PAIRS, SAME, Floats, Trainings

Bench = Mapping[tuple[str, str, str], Trainings]
"""By recipe, data set and model."""
SPECS = tuple(Config().metric(key, None) for key in METRICS)
LOWER = np.array([one.direction is Direction.LOWER for one in SPECS])
OURS, ORACLE = "results-bot", "true spread known"
RULES = (OURS, ORACLE, "any worse", "1 % worse", "10 % worse", "twice as bad", "10 % and a U test")


@dataclass(frozen=True)
class Cell:
    """One kind of report: its number of rows, and the evidence that it offers for each row."""

    name: str
    title: str
    rows: int = 1
    seeds: int = 1
    """Trainings behind each row, on either side."""
    history: int = 0
    """Number of earlier values of each row, the base's included; 0 without any history."""
    counts: bool = False
    predictions: bool = False
    siblings: bool = False
    """Two more rows on the same data have five seeds each."""


def cells() -> list[Cell]:
    """Return all kinds of reports that are simulated."""
    out = []
    for rows in (1, 12):
        size = f"{rows} row{'s' * (rows > 1)}"

        def one(name: str, title: str, rows: int = rows, size: str = size, **known: Any) -> None:
            out.append(Cell(f"{name}-{rows}", f"{size}, {title}", rows, **known))

        one("alone", "one number a side")
        for length in (4, 8, 12):
            one(f"history-{length}", f"{length} earlier values", history=length)
        one("counts", "one number a side and the sample count", counts=True)
        one("predictions", "one training a side with predictions", predictions=True)
        one("both", "predictions and 12 earlier values", predictions=True, history=12)
        one("seeds-3", "3 seeds a side", seeds=3)
        one("seeds-5", "5 seeds a side", seeds=5)
    out.append(Cell("siblings-1", "1 row, two sibling rows with 5 seeds", siblings=True))
    return out


def play(
    bench: Bench, cell: Cell, recipe: str, worse: float, reports: int, level: float
) -> dict[str, float]:
    """Return the share of reports in which each rule raises an alarm about the changed row.

    Without a change, an alarm about any row counts. `worse` is subtracted from accuracy and F1.
    `level` is that of the test that knows the true spread.
    """
    raised: dict[str, int] = dict.fromkeys(RULES, 0)
    for changed, lines in _reports(bench, cell, recipe, worse, reports):
        nothing = recipe == SAME and not worse
        for name, found in _called(bench, cell, lines, level).items():
            raised[name] += any(nothing or changed == run for run in found)
    return {name: count / reports for name, count in raised.items()}


def oracle_level(bench: Bench, cell: Cell, reports: int) -> float:
    """Return the level at which the test that knows the true spread blocks 5 % of such reports.

    Trainings vary by more than a normal distribution does, so that it is below 0.05.
    """
    drawn = _reports(bench, cell, SAME, 0.0, reports)
    smallest = [min(_oracle(cell, lines).values()) for _, lines in drawn]
    return min(ALPHA, float(np.quantile(smallest, ALPHA)))


def _reports(
    bench: Bench, cell: Cell, recipe: str, worse: float, reports: int
) -> Iterator[tuple[str, list[_Line]]]:
    """Yield reports as their rows, each with the name of the row that changed."""
    seed = [len(cell.title), cell.history, len(recipe), int(1e4 * worse)]
    random = np.random.default_rng(seed)
    for number in range(reports):
        pairs = list(PAIRS) if cell.rows > 1 else [PAIRS[number % len(PAIRS)]]
        changed = pairs[number % len(pairs)]
        lines = []
        for pair in pairs:
            other = recipe if pair == changed else SAME
            line = _Line(bench, cell, pair, other, random)
            if pair == changed and worse:
                line.after = line.after - worse * np.array([1, 1, 0, 0])
            lines.append(line)
        yield "_".join(changed), lines


class _Line:
    """One row before and after: shape (seeds, metrics)."""

    def __init__(
        self, bench: Bench, cell: Cell, pair: tuple[str, str], recipe: str,
        random: np.random.Generator,
    ) -> None:  # fmt: skip
        self.pair, self.name = pair, "_".join(pair)
        self.same, self.new = bench[SAME, *pair], bench[recipe, *pair]
        before = max(cell.seeds, cell.history)
        drawn = random.permutation(len(self.same.values))
        self.earlier = drawn[:before]
        self.old = self.earlier[-cell.seeds :]
        later = drawn[before:] if recipe == SAME else random.permutation(len(self.new.values))
        self.fresh = later[: cell.seeds]
        self.before, self.after = self.same.values[self.old], self.new.values[self.fresh]


def _oracle(cell: Cell, lines: list[_Line]) -> dict[str, float]:
    """Return the smallest adjusted p-value of a value that got worse, by row; 1 without any."""
    p_values, worse = [], []
    for line in lines:
        spread = line.same.values.std(0, ddof=1)
        earlier = line.same.values[line.earlier]
        error = spread * sqrt(1 / cell.seeds + 1 / len(earlier))
        after, sign = line.after.mean(0), np.where(LOWER, 1, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (after - earlier.mean(0)) / error
        # A metric that never varied is not judged by its spread, here as there.
        p_values += [*np.where(spread > 1e-9, 2 * special.ndtr(-np.abs(z)), 1.0)]
        past, step = sign * (after - earlier.mean(0)), sign * (after - line.before.mean(0))
        worse.append((past > 0) & (step > 0))
    adjusted = np.array(adjust([float(p) for p in p_values]), float).reshape(len(lines), -1)
    return {
        line.name: float(np.where(is_worse, own, 1.0).min())
        for line, own, is_worse in zip(lines, adjusted, worse, strict=True)
    }


def _called(bench: Bench, cell: Cell, lines: list[_Line], level: float) -> dict[str, set[str]]:
    """Return the rows about which each rule raises an alarm."""
    before, after = (_side(bench, cell, lines, new=new) for new in (False, True))
    changes, past = tuple(compare(before, after)), partial(_past, cell, lines)
    case = Case(before, after, Config(), changes, Facts(after), past=past)
    found = {OURS: {one.run or "" for one in reach(case).blocking}}
    found[ORACLE] = {name for name, p in _oracle(cell, lines).items() if p <= level}
    found |= {name: set() for name in RULES[2:]}
    for line in lines:
        before, after = line.before.mean(0), line.after.mean(0)
        step = np.where(LOWER, after - before, before - after)
        ratio = np.where(LOWER, after / before, before / after)
        u_test = [
            cell.seeds == 1 or stats.mannwhitneyu(one, other).pvalue < ALPHA
            for one, other in zip(line.before.T, line.after.T, strict=True)
        ]
        for name, calls in {
            "any worse": step > 0,
            "1 % worse": step > 0.01 * before,
            "10 % worse": ratio > 1.1,
            "twice as bad": ratio > 2,
            "10 % and a U test": (ratio > 1.1) & u_test,
        }.items():
            if calls.any():
                found[name].add(line.name)
    return found


def _side(bench: Bench, cell: Cell, lines: list[_Line], *, new: bool) -> Summary:
    rows, runs, samples = [], {}, {}
    for line in lines:
        values = line.after if new else line.before
        rows.append(_row(line.name, values))
        readings = dict(zip(METRICS, values.mean(0).tolist(), strict=True))
        if cell.counts:
            readings["test_num_samples"] = float(len(line.same.target))
        trained, at = (line.new, line.fresh[0]) if new else (line.same, line.old[0])
        files = ("predictions.csv",) if cell.predictions else ()
        runs["main", line.name] = Run(
            line.name,
            line.name,
            {key: Reading(key, number, "metrics.json") for key, number in readings.items()},
            predictions=files,
        )
        predicted, target = (
            one.astype(str).astype(object) for one in (trained.predicted[at], trained.target)
        )
        samples[line.name] = Samples(predicted, target, None, {"loss": trained.losses[at]})
    if cell.siblings:
        data, model = lines[0].pair
        others = [pair for pair in PAIRS if pair[0] == data and pair[1] != model]
        rows += [_row("_".join(pair), bench[SAME, *pair].values[:5]) for pair in others]
    section = Section("main", "Main", SPECS, tuple(rows), sort=METRICS[0])
    return Summary((section,)).with_runs(runs, lambda run: samples[run.name])


def _row(name: str, values: Floats) -> Row:
    """Return the mean of several seeds with their spread, or the value of one."""
    n = len(values)
    means, stds = values.mean(0), values.std(0, ddof=1) if n > 1 else np.zeros(values.shape[1])
    found = {}
    for key, mean, std in zip(METRICS, means.tolist(), stds.tolist(), strict=True):
        folded = n > 1
        found[key] = Value(
            f"{mean:.6f}", mean, std if folded else None, n if folded else None, True
        )
    seeds = [_row(f"{name}-{at}", values[at : at + 1]) for at in range(n)] if n > 1 else []
    return Row(name, found, replicates=tuple(seeds))


def _past(cell: Cell, lines: list[_Line]) -> list[PastPage]:
    """Return the versions of the page, the newest first; every row is measured again in each."""
    titles = {"main": tuple(one.title for one in SPECS)}
    pages = []
    for at in range(1, cell.history + 1):
        rows = {
            ("main", line.name): tuple(f"{v:.6f}" for v in line.same.values[line.earlier[-at]])
            for line in lines
        }
        pages.append(PastPage(titles, rows))
    return pages

"""Plays all cases many times over and counts."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple
from zlib import crc32

import numpy as np

from benchmarks.simulation.regimes import EDGES, LIMITS, MAIN, REGIMES
from benchmarks.simulation.rules import called

SIZES = ((1, 1), (1, 8), (5, 4), (20, 4), (50, 8))
"""Runs and metrics of a report."""


@dataclass(frozen=True)
class Task:
    """So many reports of one size with one truth."""

    regime: str
    runs: int
    metrics: int
    effect: float = 0.0
    worse: int = 0
    """Number of comparisons that are truly worse."""
    replays: int = 0
    block: int = 0

    @property
    def case(self) -> Task:
        return replace(self, replays=0, block=0)


class Tally(NamedTuple):
    """What one rule did over all replays of a case."""

    reports: int = 0
    alarmed: int = 0
    """Reports with a regression where there is none."""
    hits: int = 0
    """Truly worse comparisons that were called."""
    false_share: float = 0.0
    """Sum over the reports of the share of false calls among all calls."""

    def __add__(self, other: object) -> Tally:
        assert isinstance(other, Tally)
        return Tally(
            self.reports + other.reports,
            self.alarmed + other.alarmed,
            self.hits + other.hits,
            self.false_share + other.false_share,
        )


Results = dict[Task, dict[str, Tally]]


def play(task: Task) -> dict[str, Tally]:
    regime = REGIMES[task.regime]
    rng = np.random.default_rng([crc32(repr(task.case).encode()), task.block])
    tallies: dict[str, Tally] = {}
    for _ in range(task.replays):
        truth = np.arange(task.runs * task.metrics) < task.worse
        drawn = regime.draw(rng, task.runs, task.metrics, np.where(truth, task.effect, 0.0))
        for name, calls in called(drawn, regime, task.metrics).items():
            false, hits = int((calls & ~truth).sum()), int((calls & truth).sum())
            share = false / max(1, false + hits)
            tallies[name] = tallies.get(name, Tally()) + Tally(1, int(false > 0), hits, share)
    return tallies


def tasks(quick: bool) -> list[Task]:
    """Return all cases, cut into blocks that the processes can share."""
    cases = [Task(name, *size) for name in MAIN for size in SIZES]
    cases += [Task(name, *size) for name in (*EDGES, *LIMITS) for size in ((1, 1), (5, 4))]
    for name in (*MAIN, *EDGES):
        for effect in REGIMES[name].effects:
            cases += [Task(name, 1, 1, effect, 1), Task(name, 5, 4, effect, 1)]
    for name in MAIN:
        effects = REGIMES[name].effects
        cases += [Task(name, 20, 4, effect, 1) for effect in effects[2:]]
        cases.append(Task(name, 5, 4, effects[2], 10))
    blocks = []
    for case in cases:
        wanted = replays(case, quick)
        size = max(1, min(wanted, 5000 // (case.runs * case.metrics)))
        blocks += [
            replace(case, replays=min(size, wanted - start), block=start)
            for start in range(0, wanted, size)
        ]
    return blocks


def replays(case: Task, quick: bool) -> int:
    wanted = {1: 1500, 8: 1500, 20: 1200, 80: 500, 400: 250}[case.runs * case.metrics]
    if case.effect or case.regime in LIMITS:
        wanted = min(500, wanted)
    if case.regime == "seeds-10":  # every permutation of ten and ten
        wanted //= 4
    if case.regime.startswith("seeds") and case.regime != "seeds-10":  # quickly drawn
        wanted *= 4
    return wanted // 20 if quick else wanted


def simulate(quick: bool) -> Results:
    blocks = tasks(quick)
    # The heavy ones first, so that no process waits for the other at the end.
    blocks.sort(key=lambda task: (-task.runs * task.metrics * task.replays, repr(task)))
    results: Results = {}
    with ProcessPoolExecutor(2) as pool:
        for number, (task, tallies) in enumerate(zip(blocks, pool.map(play, blocks), strict=True)):
            total = results.setdefault(task.case, {})
            for name, tally in tallies.items():
                total[name] = total.get(name, Tally()) + tally
            if sys.stderr.isatty():
                print(f"\r{number + 1}/{len(blocks)}", end="", file=sys.stderr)
    return results

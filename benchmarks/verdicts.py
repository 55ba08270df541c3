"""Verdicts against a known truth: false alarms where nothing changed, power where something did.

Draws reports of many runs and metrics, gives them to our evidence and to other rules, and counts.
Run from the repository: `python -m benchmarks.verdicts --help`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from math import sqrt
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

# Two processes share the work; threads of their own would only get in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bot.judge.evidence.adjust import adjust
from bot.judge.evidence.choose import Side, strongest
from bot.judge.evidence.counts import Rate
from bot.judge.evidence.decide import Outcome, judge
from bot.judge.evidence.means import Moments
from bot.model import Direction, Tolerance

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEVEL = 0.05
HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
OURS, STRONGEST, ANY = "results-bot", "strongest test", "any change"
FIVE, TWICE = "5 % threshold", "200 % threshold"
WELCH, WELCH_TOO = "Welch, unadjusted", "Welch, adjusted"
ONE_SIDED, WILCOXON, MID_P = "strongest, one-sided", "Wilcoxon", "McNemar, mid-p"


class Drawn(NamedTuple):
    """One report: a value a comparison, shape (comparisons,), and what is known of each."""

    before: Floats
    after: Floats
    sides: list[tuple[Side, Side]]
    p_values: dict[str, Floats]
    """Of the other tests, two-sided, before any adjustment."""


EXACTLY = Tolerance()
Draw = Callable[[np.random.Generator, int, int, Floats], Drawn]


@dataclass(frozen=True)
class Regime:
    """One kind of data; effects are amounts by which a value gets truly worse."""

    title: str
    draw: Draw
    direction: Direction
    effects: tuple[float, ...] = ()
    unit: str = ""
    tolerance: Tolerance = EXACTLY


# --- Data with a known truth -----------------------------------------------------------------


def latent(
    rng: np.random.Generator, runs: int, metrics: int, n: int, own: float = 0.1
) -> tuple[Floats, Floats]:
    """Return how hard each sample is for each run and metric, before and after.

    Standard normal, shape (runs * metrics, n). Samples are hard for all runs alike (60 %), for
    one run (20 %) or in one metric; `own` is what a training adds by chance, half of it in all
    metrics of a run together.
    """

    def normal(*shape: int) -> Floats:
        return rng.standard_normal(shape)

    shared = sqrt(0.6) * normal(1, 1, n) + sqrt(0.2) * normal(runs, 1, n)
    shared = shared + sqrt(0.2 - own) * normal(runs, metrics, n)
    sides = [
        shared + sqrt(own / 2) * (normal(runs, 1, n) + normal(runs, metrics, n)) for _ in range(2)
    ]
    return sides[0].reshape(-1, n), sides[1].reshape(-1, n)


def two_sided(z: Floats) -> Floats:
    return np.asarray(2 * special.ndtr(-np.abs(z)), np.float64)


def t_p(difference: Floats, error: Floats, freedom: Floats | float) -> Floats:
    return np.asarray(
        2 * special.stdtr(freedom, -np.abs(difference) / np.maximum(error, 1e-300)), np.float64
    )


def student_p(before: Floats, after: Floats) -> Floats:
    """Student with one variance, the strongest test of two normal samples; shape (c, n)."""
    n, m = before.shape[1], after.shape[1]
    scatter = before.var(1) * n + after.var(1) * m
    error = np.sqrt(scatter / (n + m - 2) * (1 / n + 1 / m))
    return t_p(after.mean(1) - before.mean(1), error, n + m - 2)


def welch_p(before: Floats, after: Floats) -> Floats:
    """Welch from mean, std and n of the two sides, shape (c, n); 1 where a side is one value."""
    n, m = before.shape[1] - 1, after.shape[1] - 1
    if min(n, m) == 0:
        return np.ones(len(before))
    first, second = before.var(1) / n, after.var(1) / m
    freedom = (first + second) ** 2 / np.maximum(first**2 / n + second**2 / m, 1e-300)
    return t_p(after.mean(1) - before.mean(1), np.sqrt(first + second), freedom)


def paired_t_p(difference: Floats) -> Floats:
    n = difference.shape[1]
    return t_p(difference.mean(1), difference.std(1, ddof=1) / sqrt(n), n - 1)


def wilcoxon_p(difference: Floats) -> Floats:
    """Signed ranks by their normal limit, without ties."""
    n = difference.shape[1]
    ranks = np.abs(difference).argsort(1).argsort(1) + 1.0
    total = (ranks * np.sign(difference)).sum(1)
    return two_sided(total / sqrt(n * (n + 1) * (2 * n + 1) / 6))


def paired_flags(n: int, spread: float = 0.0, evidence: str = "correct") -> Draw:
    """Right or wrong on one test set; `spread` is how far one training strays from its recipe."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        hard = latent(rng, runs, metrics, n)
        strays = rng.normal(0, spread, (2, effect.size)) if spread else np.zeros((2, effect.size))
        easy = special.ndtri(0.8 + strays[0]), special.ndtri(0.8 - effect + strays[1])
        right = [z < limit[:, np.newaxis] for z, limit in zip(hard, easy, strict=True)]
        return of_flags(right[0], right[1], evidence)

    return draw


def separate_flags(n: int) -> Draw:
    """Right or wrong on a test set of its own for either side: only the counts are comparable."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        limit = special.ndtri(0.8 - effect)[:, np.newaxis]
        before = latent(rng, runs, metrics, n)[0] < special.ndtri(0.8)
        return of_flags(before, latent(rng, runs, metrics, n)[0] < limit, "rate")

    return draw


def of_flags(before: Bools, after: Bools, evidence: str) -> Drawn:
    n = before.shape[1]
    right = before.astype(np.float64), after.astype(np.float64)
    first, second = right[0].mean(1), right[1].mean(1)
    if evidence == "rate":
        pooled = (first + second) / 2
        z = (second - first) / np.sqrt(np.maximum(2 * pooled * (1 - pooled) / n, 1e-300))
    else:
        discordant = np.maximum((before != after).sum(1), 1)
        z = n * (second - first) / np.sqrt(discordant, dtype=np.float64)
    p_values = {STRONGEST: two_sided(z), WELCH: welch_p(*right)}
    if evidence == "correct":
        p_values[MID_P] = mid_p((after & ~before).sum(1), (before & ~after).sum(1))
    sides = [
        (flag_side(b, evidence), flag_side(a, evidence)) for b, a in zip(before, after, strict=True)
    ]
    return Drawn(first, second, sides, p_values)


def mid_p(gained: NDArray[np.int_], lost: NDArray[np.int_]) -> Floats:
    """McNemar's mid-p test whatever the number of discordant pairs."""
    both, fewer = gained + lost, np.minimum(gained, lost)
    below = np.where(fewer > 0, special.bdtr(np.maximum(fewer - 1, 0), both, 0.5), 0.0)
    return np.minimum(1.0, special.bdtr(fewer, both, 0.5) + below)


def flag_side(right: Bools, evidence: str) -> Side:
    if evidence == "correct":
        return Side(correct=right)
    return Side(rate=Rate(float(right.mean()), right.size)) if evidence == "rate" else Side()


def paired_losses(n: int) -> Draw:
    """A log-normal loss per sample on one test set; the effect is relative."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        hard = latent(rng, runs, metrics, n)
        before, after = np.exp(0.7 * hard[0]), np.exp(0.7 * hard[1]) * (1 + effect[:, np.newaxis])
        return of_losses(before, after)

    return draw


def of_losses(before: Floats, after: Floats) -> Drawn:
    sides = [(Side(per_sample=b), Side(per_sample=a)) for b, a in zip(before, after, strict=True)]
    p_values = {
        STRONGEST: paired_t_p(after - before),
        WELCH: welch_p(before, after),
        WILCOXON: wilcoxon_p(after - before),
    }
    return Drawn(before.mean(1), after.mean(1), sides, p_values)


def skewed_losses(n: int) -> Draw:
    """Means agree, but the differences are skewed: most samples gain a little, few lose much."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        before = np.exp(0.7 * latent(rng, runs, metrics, n)[0])
        shift = rng.exponential(1.0, before.shape) - 1 + effect[:, np.newaxis]
        return of_losses(before, before + 0.3 * shift)

    return draw


def separate_losses(n: int) -> Draw:
    """Mean, standard deviation and count of losses on a test set of its own for either side."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        before = np.exp(0.7 * latent(rng, runs, metrics, n)[0])
        after = np.exp(0.7 * latent(rng, runs, metrics, n)[0]) * (1 + effect[:, np.newaxis])
        sides = [
            (Side(over_samples=known(b)), Side(over_samples=known(a)))
            for b, a in zip(before, after, strict=True)
        ]
        p_values = {STRONGEST: student_p(before, after), WELCH: welch_p(before, after)}
        return Drawn(before.mean(1), after.mean(1), sides, p_values)

    return draw


def known(values: Floats) -> Moments:
    return Moments(float(values.mean()), float(values.std(ddof=1)), values.size)


Noise = Callable[[np.random.Generator, tuple[int, ...]], Floats]


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return rng.standard_normal(shape)


def heavy(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return rng.standard_t(3, shape)


def skewed(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return 1 - rng.exponential(1.0, shape)


def diverging(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """One training in ten goes astray by ten standard deviations."""
    return rng.standard_normal(shape) - 10 * (rng.random(shape) < 0.1)


def seeds(n: int, m: int, noise: Noise = normal, ratio: float = 1.0) -> Draw:
    """n and m trainings of either side, 1 point apart by chance; `ratio` widens the new ones."""

    def side(rng: np.random.Generator, runs: int, metrics: int, size: int) -> Floats:
        both = noise(rng, (runs, 1, size)) + noise(rng, (runs, metrics, size))
        return 0.8 + 0.01 * (both / sqrt(2)).reshape(-1, size)

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        before = side(rng, runs, metrics, n)
        after = 0.8 + ratio * (side(rng, runs, metrics, m) - 0.8) - effect[:, np.newaxis]
        pairs = zip(before.tolist(), after.tolist(), strict=True)
        p_values = {STRONGEST: student_p(before, after), WELCH: welch_p(before, after)}
        sides = [(Side(seeds=b), Side(seeds=a)) for b, a in pairs]
        return Drawn(before.mean(1), after.mean(1), sides, p_values)

    return draw


POINTS = "points"
MAIN = {
    "flags": Regime(
        "Paired, right or wrong (1,000 samples)",
        paired_flags(1000), HIGHER, (0.01, 0.02, 0.03, 0.04, 0.05), POINTS,
    ),
    "losses": Regime(
        "Paired, loss (300 samples)",
        paired_losses(300), LOWER, (0.03, 0.05, 0.07, 0.10, 0.14), "% of loss",
    ),
    "seeds": Regime(
        "5 seeds a side", seeds(5, 5), HIGHER, (0.01, 0.02, 0.03, 0.04, 0.05), POINTS
    ),
    "rates": Regime(
        "Counts: rate (1,000 samples)",
        separate_flags(1000), HIGHER, (0.02, 0.04, 0.06, 0.08, 0.10), POINTS,
    ),
    "moments": Regime(
        "Counts: mean, std, n (300 samples)",
        separate_losses(300), LOWER, (0.10, 0.15, 0.20, 0.30, 0.40), "% of loss",
    ),
}  # fmt: skip
EDGES = {
    "flags-100": Regime(
        "Right or wrong, 100 samples: about 10 disagree",
        paired_flags(100), HIGHER, (0.05, 0.08, 0.11, 0.14, 0.18), POINTS,
    ),
    "flags-200": Regime(
        "Right or wrong, 200 samples: about 20 disagree",
        paired_flags(200), HIGHER, (0.04, 0.06, 0.08, 0.10, 0.13), POINTS,
    ),
    "losses-30": Regime(
        "Loss, 30 samples", paired_losses(30), LOWER, (0.1, 0.15, 0.2, 0.3, 0.4), "% of loss"
    ),
    "same-set": Regime(
        "Rate from counts, though it is one test set",
        paired_flags(1000, evidence="rate"), HIGHER, (0.02, 0.04, 0.06), POINTS,
    ),
    "seeds-3": Regime("3 seeds a side", seeds(3, 3), HIGHER, (0.02, 0.03, 0.05, 0.08), POINTS),
    "seeds-10": Regime("10 seeds a side", seeds(10, 10), HIGHER, (0.01, 0.015, 0.02), POINTS),
    "seeds-1": Regime("5 seeds against one", seeds(5, 1), HIGHER, (0.03, 0.05, 0.08), POINTS),
}  # fmt: skip
LIMITS = {
    "skewed-losses": Regime("Loss, equal means, skewed differences", skewed_losses(300), LOWER),
    "heavy-seeds": Regime("5 seeds, Student's t with 3 degrees", seeds(5, 5, heavy), HIGHER),
    "skewed-seeds": Regime("5 seeds, exponential", seeds(5, 5, skewed), HIGHER),
    "diverging": Regime("5 seeds, one training in ten diverges", seeds(5, 5, diverging), HIGHER),
    "wider-seeds": Regime("5 seeds against 5 of twice the spread", seeds(5, 5, ratio=2), HIGHER),
    "widest-seeds": Regime("3 seeds against 3 of 3 times the spread", seeds(3, 3, ratio=3), HIGHER),
    "unequal-seeds": Regime("10 seeds against 3 of twice it", seeds(10, 3, ratio=2), HIGHER),
    "skewed-unequal": Regime("10 seeds against 3, exponential", seeds(10, 3, skewed), HIGHER),
    "retrained-half": Regime(
        "Paired, one training a side, trainings 0.5 points apart", paired_flags(1000, 0.005), HIGHER
    ),
    "retrained-one": Regime(
        "Paired, one training a side, trainings 1 point apart", paired_flags(1000, 0.01), HIGHER
    ),
    "retrained-tolerance": Regime(
        "The same with a tolerance of 5 points",
        paired_flags(1000, 0.01), HIGHER, tolerance=Tolerance(absolute=0.05),
    ),
    **{
        f"tolerance-{floor}": Regime(
            f"Two single values, tolerance of {floor} point{'s' * (floor != 1)}",
            paired_flags(1000, evidence="nothing"), HIGHER,
            tolerance=Tolerance(absolute=floor / 100),
        )
        for floor in (0, 1, 2, 3, 4)
    },
}  # fmt: skip
REGIMES = MAIN | EDGES | LIMITS


SIZES = ((1, 1), (1, 8), (5, 4), (20, 4), (50, 8))
"""Runs and metrics of a report."""


# --- Who raises what -------------------------------------------------------------------------


def called(drawn: Drawn, regime: Regime) -> dict[str, Bools]:
    """Return for each rule which comparisons it calls a regression, shape (comparisons,)."""
    lower = regime.direction is LOWER
    worse = drawn.after > drawn.before if lower else drawn.after < drawn.before
    change = (drawn.after - drawn.before) / drawn.before * (1 if lower else -1)
    ratio = drawn.after / drawn.before if lower else drawn.before / drawn.after
    calls = {OURS: our_calls(drawn, regime), ANY: worse, FIVE: change > 0.05, TWICE: ratio > 2}
    for name, p_values in drawn.p_values.items():
        adjusted = p_values if name == WELCH else hochberg(p_values)
        calls[name] = worse & (adjusted <= LEVEL)
    calls[WELCH_TOO] = worse & (hochberg(drawn.p_values[WELCH]) <= LEVEL)
    # The same test asking for worse only: half the two-sided p-value where it is worse.
    one_sided = np.where(worse, drawn.p_values[STRONGEST] / 2, 1 - drawn.p_values[STRONGEST] / 2)
    calls[ONE_SIDED] = hochberg(one_sided) <= LEVEL
    return calls


def hochberg(p_values: Floats) -> Floats:
    """Adjust as Benjamini and Hochberg, written apart from ours."""
    order = np.argsort(-p_values)
    stepped = p_values[order] * len(p_values) / np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum.accumulate(stepped)
    return adjusted


def our_calls(drawn: Drawn, regime: Regime) -> Bools:
    evidence = [strongest(before, after) for before, after in drawn.sides]
    adjusted = adjust([item.p_value for item in evidence])
    values = zip(drawn.before.tolist(), drawn.after.tolist(), evidence, adjusted, strict=True)
    return np.array([
        judge(before, after, regime.direction, regime.tolerance, replace(item, adjusted_p=p))
        is Outcome.REGRESSION
        for before, after, item, p in values
    ])  # fmt: skip


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
        for name, calls in called(drawn, regime).items():
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
    if case.regime == "seeds":  # quickly drawn and judged
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


# --- What is told of it ----------------------------------------------------------------------

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


def aims(results: Results) -> tuple[list[str], bool]:
    """Return the two aims with what was measured, and whether both are met."""
    judged = [*MAIN, *EDGES]
    alarms = {
        task: alarm_rate(tallies[OURS])
        for task, tallies in results.items()
        if not task.effect and task.regime in judged
    }
    gaps = {
        task: power(tallies[STRONGEST], task) - power(tallies[OURS], task)
        for task, tallies in results.items()
        if task.effect
    }
    worst, widest = max(alarms, key=alarms.__getitem__), max(gaps, key=gaps.__getitem__)
    met = wilson(alarms[worst], results[worst][OURS].reports)[0] <= LEVEL, gaps[widest] <= 0.05
    words = ["met" if one else "missed" for one in met]
    alarm_line = (
        f"- At most 5 % of reports without a change raise a regression: **{words[0]}**. "
        f"Worst of {len(alarms)} cases: {percent(alarms[worst])} ({where(worst)})."
    )
    wide = sum(gap > 0.05 for gap in gaps.values())
    power_line = (
        f"- Power within 5 points of the strongest test: **{words[1]}**. {wide} of {len(gaps)} "
        f"gaps are wider, the widest {100 * gaps[widest]:.1f} points ({where(widest)})."
    )
    return [alarm_line, power_line], all(met)


def where(task: Task) -> str:
    worse = f", worse by {amount(task.effect, task.regime)}" if task.effect else ""
    return f"{REGIMES[task.regime].title}, {task.runs} x {task.metrics}{worse}"


def figures(results: Results) -> str:
    """Return everything measured as Markdown."""
    three = ((1, 1), (5, 4), (20, 4))
    parts = [
        ("Aims", aims(results)[0]),
        ("Reports without a change that raise a regression", alarm_table(results, MAIN, COLUMNS)),
        (
            "One value of a report truly worse: how often it is found",
            power_table(results, MAIN, three),
        ),
        ("Ten values of twenty truly worse", half_table(results)),
        ("Few samples, few seeds", alarm_table(results, EDGES, (OURS, STRONGEST))),
        (
            "Few samples, few seeds: power",
            power_table(results, EDGES, three[:2], (WELCH_TOO, FIVE)),
        ),
        (
            "Where assumptions fail",
            alarm_table(results, LIMITS, (OURS, STRONGEST, WELCH_TOO, WILCOXON)),
        ),
        ("Other tests on one value", other_tests(results)),
    ]
    return "\n".join(f"### {title}\n\n" + "\n".join(lines) + "\n" for title, lines in parts)


def as_json(results: Results) -> str:
    rows = [
        {**asdict(task.case), "rule": name, **tally._asdict()}
        for task, tallies in sorted(results.items(), key=repr)
        for name, tally in tallies.items()
    ]
    return json.dumps(rows, indent=1) + "\n"


# --- The plot --------------------------------------------------------------------------------

COLOURS = {
    ANY: "#d73a49", WELCH: "#e08b00", FIVE: "#2b8a3e", TWICE: "#8250df",
    OURS: "#54aeff", STRONGEST: "#24292f",
}  # fmt: skip
"""In the order they are painted."""
PANEL, GAP, HEIGHT = 160, 44, 150


def plot(results: Results) -> str:
    """Return an SVG: above, alarms by size of report; below, power by size of effect."""
    parts, width = [legend()], 56 + len(MAIN) * (PANEL + GAP)
    for column, (name, regime) in enumerate(MAIN.items()):
        left = 56 + column * (PANEL + GAP)
        still = [Task(name, *size) for size in SIZES]
        lone = [Task(name, 5, 4, effect, 1) for effect in regime.effects]
        above = {r: [alarm_rate(results[task][r]) for task in still] for r in COLOURS}
        below = {r: [power(results[task][r], task) for task in lone] for r in COLOURS}
        parts.append(panel(left, 70, above, [str(t.runs * t.metrics) for t in still]))
        parts.append(panel(left, 300, below, [f"{100 * t.effect:g}" for t in lone]))
        parts += [text(left + PANEL / 2, 58, regime.title.split(" (")[0], 12, "middle")]
        parts += [text(left + PANEL / 2, 70 + HEIGHT + 32, "values compared", 10, "middle")]
        parts += [
            text(left + PANEL / 2, 300 + HEIGHT + 32, f"worse by {regime.unit}", 10, "middle")
        ]
    parts += [side_title(70, "nothing changed: reports with an alarm")]
    parts += [side_title(300, "one of 20 is worse: found")]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 490"'
    head += f' font-family="sans-serif"><rect width="{width}" height="490" fill="white"/>'
    return "\n".join([head, *parts, "</svg>\n"])


def text(x: float, y: float, words: str, size: int, anchor: str, more: str = "") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" {more}>{words}</text>'
    )


def side_title(top: int, words: str) -> str:
    y = top + HEIGHT / 2
    return text(14, y, words, 11, "middle", f'transform="rotate(-90 14 {y:g})"')


def legend() -> str:
    parts = []
    for place, name in enumerate(COLUMNS):
        x = 56 + place * 150
        parts.append(f'<path d="M{x} 22h24" {stroke(name)}/>' + text(x + 30, 26, name, 12, "start"))
    return "\n".join(parts)


def stroke(name: str) -> str:
    width, dash = (4, "") if name == OURS else (1.5, "")
    if name == STRONGEST:
        dash = ' stroke-dasharray="5 3"'
    return f'fill="none" stroke="{COLOURS[name]}" stroke-width="{width}"{dash}'


def panel(left: int, top: int, lines: dict[str, list[float]], labels: list[str]) -> str:
    """Draw shares from 0 to 1 against evenly spaced labels."""
    step = PANEL / (len(labels) - 1)
    parts = []
    for share in (0, 0.05, 0.5, 1):
        y = top + HEIGHT * (1 - share)
        dash = ' stroke-dasharray="2 2"' if share == 0.05 else ""
        parts.append(f'<path d="M{left} {y:g}h{PANEL}" stroke="#d0d7de"{dash}/>')
        parts.append(
            text(left - 4, y + (0 if share == 0.05 else 4), f"{100 * share:g} %", 9, "end")
        )
    for place, label in enumerate(labels):
        parts.append(text(left + place * step, top + HEIGHT + 16, label, 10, "middle"))
    for name in COLOURS:
        points = [
            f"{left + place * step:.1f},{top + HEIGHT * (1 - share):.1f}"
            for place, share in enumerate(lines[name])
        ]
        parts.append(f'<polyline points="{" ".join(points)}" {stroke(name)}/>')
    return "\n".join(parts)


# --- The command -----------------------------------------------------------------------------

BEGIN, END = "<!-- figures:begin -->\n", "<!-- figures:end -->"


def splice(page: Path, words: str) -> None:
    """Put the figures between the two marks of the page."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page}: no marks for the figures")
    page.write_text(f"{before}{begin}\n{words}\n{end}{after}", "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, print the figures, write what was asked for; 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.verdicts")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the replays")
    parser.add_argument("--out", type=Path, help="write every count as JSON")
    parser.add_argument("--plot", type=Path, help="write the plot as SVG")
    parser.add_argument("--docs", type=Path, help="put the figures into this page")
    options = parser.parse_args(arguments)
    results = simulate(options.quick)
    print(figures(results))
    if options.out:
        options.out.write_text(as_json(results), "utf-8")
    if options.plot:
        options.plot.write_text(plot(results), "utf-8")
    if options.docs:
        splice(options.docs, figures(results))
    return 0 if aims(results)[1] else 1


if __name__ == "__main__":
    sys.exit(main())

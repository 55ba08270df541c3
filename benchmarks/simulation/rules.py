"""Who raises what on a drawn report: our verdict, other tests, thresholds."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace
from results_bot.judge.comparisons import Outcome, adjust, classify
from results_bot.judge.measurements import strongest

from benchmarks.simulation.data import (
    ANY,
    FIVE,
    ONE_SIDED,
    OURS,
    STRONGEST,
    TWICE,
    WELCH,
    WELCH_TOO,
    Drawn,
)
from benchmarks.simulation.reference import Bools, hochberg
from benchmarks.simulation.regimes import LOWER, Regime

LEVEL = 0.05


def called(drawn: Drawn, regime: Regime, metrics: int) -> dict[str, Bools]:
    """Return for each rule which comparisons it calls a regression, shape (comparisons,)."""
    lower = regime.direction is LOWER
    worse = drawn.after > drawn.before if lower else drawn.after < drawn.before
    change = (drawn.after - drawn.before) / drawn.before * (1 if lower else -1)
    ratio = drawn.after / drawn.before if lower else drawn.before / drawn.after
    calls = {
        OURS: our_calls(drawn, regime, metrics),
        ANY: worse,
        FIVE: change > 0.05,
        TWICE: ratio > 2,
    }
    for name, p_values in drawn.p_values.items():
        adjusted = p_values if name == WELCH else hochberg(p_values)
        calls[name] = worse & (adjusted <= LEVEL)
    calls[WELCH_TOO] = worse & (hochberg(drawn.p_values[WELCH]) <= LEVEL)
    # The same test asking for worse only: half the two-sided p-value where it is worse.
    one_sided = np.where(worse, drawn.p_values[STRONGEST] / 2, 1 - drawn.p_values[STRONGEST] / 2)
    calls[ONE_SIDED] = hochberg(one_sided) <= LEVEL
    return calls


def our_calls(drawn: Drawn, regime: Regime, metrics: int) -> Bools:
    evidence = [strongest(before, after) for before, after in drawn.sides]
    # A run in which nothing moved is no change to the page, and is not compared at all.
    moved = (drawn.before != drawn.after).reshape(-1, metrics).any(1).repeat(metrics)
    pairs = zip(evidence, moved, strict=True)
    adjusted = adjust([item.p_value if counts else None for item, counts in pairs])
    values = zip(drawn.before.tolist(), drawn.after.tolist(), evidence, adjusted, strict=True)
    return np.array([
        classify(before, after, regime.direction, regime.tolerance, replace(item, adjusted_p=p))
        is Outcome.REGRESSION
        for before, after, item, p in values
    ])  # fmt: skip

"""Runs trained with another loss function, so that their losses do not compare.

Where no configuration names the loss, the ratio of the loss to another metric of the same split
shows it: under one loss function it stays nearly the same from run to run, and a run that leaves it
was trained with another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from math import nan
from typing import TYPE_CHECKING

from results_bot.metric_names import Role, direction, role, split_of, tokens
from results_bot.model import Direction, Kind, Run, Scalar
from results_bot.page.section import Place, RunFact, Summary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST = 6
"""Runs that must have a ratio."""
STEADY = 0.03
"""Relative spread (robust) up to which the ratio counts as constant."""
KEPT = 1 / 3
"""Of the spread of the loss itself: what hardly moves keeps its ratio to anything."""
LIMIT = 6.0
"""Robust z-score beyond which a run has left the ratio."""
_OBJECTIVES = frozenset(
    "regression regression_l1 l1 l2 mae mse rmse huber fair poisson quantile mape gamma tweedie "
    "binary multiclass multiclassova cross_entropy lambdarank rank_xendcg".split()
)
_CALIBRATION = frozenset("ece mce ace calibration brier".split())
_OF_LIKELIHOOD = frozenset("loss kl nll ce crossentropy perplexity divergence".split())
_NAMING = frozenset("loss criterion objective".split())
"""A setting that names the loss function has one of these words."""
_TO_SIGMA = 1.4826
_LEAST_SPREAD = 0.005


class OtherLoss(RunFact, frozen=True):
    """One such run."""

    loss: str
    """Canonical name of the loss metric."""
    beside: str
    """The metric whose ratio to the loss is kept; empty where the configuration names the loss."""
    ratio: float
    usual: tuple[float, float]
    """Range of the ratio in the other runs."""
    kept_by: int
    """Number of runs that keep it."""
    setting: str = ""
    """`name = value` of the configuration that names another loss."""


def other_losses(summary: Summary, left_out: Collection[Place]) -> list[OtherLoss]:
    """Return the runs whose losses do not compare with the others', in the page's order.

    `left_out` are runs of another regime or test set, which show nothing about the others.
    """
    runs = {place: run for place, run in summary.runs.items() if place not in left_out}
    found = _by_ratio(runs)
    # The configuration of a run names another loss than most do.
    keys = {
        key
        for key in set[str]().union(*(run.params for run in runs.values()))
        if not _NAMING.isdisjoint(tokens(key))
    }
    named: dict[Place, tuple[str, str]] = {}
    for place, run in runs.items() if keys else ():
        setting = loss_setting({key: run.params[key] for key in run.params if key in keys})
        if setting is not None:
            named[place] = setting
    counted = Counter(value for _, value in named.values())
    usual, times = max(counted.items(), key=lambda item: item[1], default=("", 0))
    for place, (name, value) in named.items() if times * 2 > len(named) else ():
        if value != usual:
            setting_text = f"{name} = {value}"
            found[place] = OtherLoss(*place, "loss", "", 0.0, (0.0, 0.0), times, setting_text)
    return [found[place] for place in runs if place in found]


def loss_setting(params: Mapping[str, Scalar]) -> tuple[str, str] | None:
    """Return name and value of the setting that names the loss function, or None."""
    for name, value in params.items():
        words = tokens(name)
        if not isinstance(value, str) or not words:
            continue
        named = words[-1] in ("type", "name", "function", "fn", "target", "class")
        if words[-1] in ("loss", "criterion") or (named and {"loss", "criterion"} & set(words)):
            return name, value
        # XGBoost and LightGBM; elsewhere an objective may be the metric that a search optimises.
        if words[-1] == "objective" and (":" in value or value in _OBJECTIVES):
            return name, value
    return None


def _by_ratio(runs: Mapping[Place, Run]) -> dict[Place, OtherLoss]:
    """Return the runs that leave the steadiest ratio of a loss to another metric of its split."""
    import numpy as np

    finals = dict.fromkeys(
        one.name for run in runs.values() for one in run.readings.values() if one.kind is Kind.FINAL
    )
    splits = {
        name: split_of(name)
        for name in finals
        if role(name) is Role.METRIC
        and direction(name) is Direction.LOWER
        and not {"best", "mean", "std"}.intersection(tokens(name))
    }
    losses = [name for name in splits if "loss" in tokens(name)]
    pairs = [
        (loss, other)
        for loss in losses
        for other in splits
        if other not in losses
        and splits[other] == splits[loss]
        and _CALIBRATION.isdisjoint(tokens(other))
    ]
    columns: dict[str, NDArray[np.float64]] = {}
    for name in {name for pair in pairs for name in pair}:
        found = (run.readings.get(name) for run in runs.values())
        column = np.array([nan if one is None else one.value for one in found], dtype=float)
        # What is not positive has no ratio.
        columns[name] = np.where((column > 0) & np.isfinite(column), column, nan)
    best: tuple[float, str, str, NDArray[np.float64]] | None = None
    for loss, other in pairs:
        with np.errstate(over="ignore", divide="ignore"):
            ratios = columns[loss] / columns[other]
        ratios[~np.isfinite(ratios)] = nan
        known = ~np.isnan(ratios)
        if known.sum() < FEWEST:
            continue
        spread = _spread(ratios[known])
        if spread > min(STEADY, KEPT * _spread(columns[loss][known])):
            continue
        if best is None or spread < best[0]:
            best = spread, loss, other, ratios
    if best is None:
        return {}

    spread, loss, other, ratios = best
    middle = float(np.nanmedian(ratios))
    off = LIMIT * max(spread, _LEAST_SPREAD) * middle
    keep = np.abs(ratios - middle) <= off
    if _OF_LIKELIHOOD.isdisjoint(tokens(other)):
        # An overconfident model has a higher loss at the same error rate.
        keep |= ratios > middle
    usual = float(ratios[keep].min()), float(ratios[keep].max())
    return {
        place: OtherLoss(*place, loss, other, float(ratio), usual, int(keep.sum()))
        for place, ratio, kept in zip(runs, ratios, keep, strict=True)
        if not kept and not np.isnan(ratio)
    }


def _spread(values: NDArray[np.float64]) -> float:
    """Return how far positive values lie from their median, relative to it and robust."""
    import numpy as np

    middle = float(np.median(values))
    return _TO_SIGMA * float(np.median(np.abs(values - middle))) / middle

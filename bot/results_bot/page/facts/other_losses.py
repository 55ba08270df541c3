"""Runs trained with another loss function, so that their losses do not compare.

Where no configuration names the loss, the ratio of the loss to another metric of the same split
shows it: under one loss function it stays nearly the same from run to run, and a run that leaves it
was trained with another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import product
from math import inf
from statistics import median

from results_bot.metric_names import Role, direction, role, split_of, tokens
from results_bot.model import Direction, Kind, Run, Scalar
from results_bot.page.section import Place, RunFact, Summary

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
    # What is not positive has no ratio.
    columns = {
        name: {
            place: run.readings[name].value
            for place, run in runs.items()
            if name in run.readings and 0 < run.readings[name].value < inf
        }
        for name in splits
    }
    losses = [name for name in splits if "loss" in tokens(name)]
    best: tuple[float, str, str, dict[Place, float]] | None = None
    for loss, other in product(losses, splits):
        is_calibration = not _CALIBRATION.isdisjoint(tokens(other))
        if other in losses or splits[other] != splits[loss] or is_calibration:
            continue
        both = columns[loss].keys() & columns[other].keys()
        ratios = {place: columns[loss][place] / columns[other][place] for place in both}
        ratios = {place: ratio for place, ratio in ratios.items() if 0 < ratio < inf}
        if len(ratios) < FEWEST:
            continue
        spread = _spread([*ratios.values()])
        is_steady = spread <= min(STEADY, KEPT * _spread([columns[loss][one] for one in ratios]))
        if is_steady and (best is None or spread < best[0]):
            best = spread, loss, other, ratios
    if best is None:
        return {}
    spread, loss, other, ratios = best
    middle = median(ratios.values())
    off = LIMIT * max(spread, _LEAST_SPREAD) * middle
    # An overconfident model has a higher loss at the same error rate.
    may_be_higher = _OF_LIKELIHOOD.isdisjoint(tokens(other))
    kept = {
        place: ratio
        for place, ratio in ratios.items()
        if abs(ratio - middle) <= off or (may_be_higher and ratio > middle)
    }
    usual = min(kept.values()), max(kept.values())
    return {
        place: OtherLoss(*place, loss, other, ratio, usual, len(kept))
        for place, ratio in ratios.items()
        if place not in kept
    }


def _spread(values: Sequence[float]) -> float:
    """Return how far positive values lie from their median, relative to it and robust."""
    middle = median(values)
    return _TO_SIGMA * median(abs(value - middle) for value in values) / middle

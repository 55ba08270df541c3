"""Values and runs that agree more closely than chance explains.

How closely is rough on purpose: it only has to tell a hundred test samples from a thousand, and
two digits from six.
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite, lgamma, log, sqrt
from statistics import median

import msgspec

from results_bot.metric_names import Role, is_share, role, tokens
from results_bot.model import Kind, Metric
from results_bot.numbers import decimals
from results_bot.page.facts.identity import (
    different_settings,
    is_reference,
    model_of,
    sample_count,
)
from results_bot.page.section import Section

FEWEST = 3
RARE = 0.01
"""How likely chance alone may make so many of a section's models equal."""
CLOSE = 1e-4
OF_RANGE = 0.01
"""Of a metric's range in the section: small numbers are not alike for being small."""
CHANCE = 0.05
"""How likely any two runs may be as close as twins by chance: a sweep of many has neighbours."""
TELLING = 100
"""Values over which chance must spread one metric at least, or the two most telling where all are
equal: equal accuracies on few samples mean nothing."""
MOST_NEIGHBOURS = 20
_COUNTED = frozenset(
    "f1 fbeta precision recall sensitivity specificity balanced kappa mcc wer cer jaccard ari ami "
    "nmi rand purity homogeneity completeness".split()
)
"""Computed from counts of right and wrong samples, as a share is."""
_MOST = 1_000_000


class Identical(msgspec.Struct, frozen=True):
    """One value that several runs of a section share to the last digit."""

    section: str
    metric: Metric
    text: str
    runs: tuple[str, ...]
    of: int
    """Number of the section's runs that have the metric."""


class Twins(msgspec.Struct, frozen=True):
    """Two runs that agree in every metric although their settings differ."""

    section: str
    one: str
    other: str
    farthest: float
    """The largest difference in any metric."""
    settings: tuple[str, ...]
    """Names of the settings that differ."""


def identical(view: Section) -> list[Identical]:
    """Return values shared by at least three models, or by two where chance cannot do it.

    An accuracy over n samples can take few values, so two equal ones mean little; in most of the
    models, and on many samples, they mean something. A mean of losses is hardly equal by chance.

    One model that is evaluated several times, such as an export or a sweep of thresholds, counts
    once. A reference, such as the score of a baseline, is the same for all runs.
    """
    out = []
    models = {name: model_of(name, view.runs.get(name)) for name in view.names}
    for metric in view.judged:
        # Cells of the page are equal by rounding; only artifacts have the last digit.
        numbers = view.exact(metric.key)
        groups: dict[float, list[str]] = {}
        for name, number in numbers.items():
            groups.setdefault(number, []).append(name)
        if len(groups) == len(numbers) or is_reference(metric.key):
            continue
        known = len({models[name] for name in numbers})
        for value, names in groups.items():
            times = len({models[name] for name in names}) if len(names) > 1 else 1
            if times < 2:
                continue
            counts = {sample_count(view.runs.get(name), metric.key) for name in names}
            count = counts.pop() if len(counts) == 1 else None
            # A value is counted if it is k out of n samples, or may be where n is unknown.
            counted = _is_of_samples(metric.key) and (
                count is None or abs(value * count - round(value * count)) < 1e-6
            )
            if counted and (times < FEWEST or times * 2 < known):
                continue
            others = [abs(other - value) for other in numbers.values() if other != value]
            spread = levels(metric.key, value, count, median(others) if others else None)
            # The logarithm of `known` over `times`: the number itself would overflow.
            choices = lgamma(known + 1) - lgamma(times + 1) - lgamma(known - times + 1)
            if spread > 1 and choices - (times - 1) * log(spread) < log(RARE):
                text = view.texts(metric.key)[names[0]]
                out.append(Identical(view.id, metric, text, tuple(names), len(numbers)))
    return out


def twins(view: Section) -> list[Twins]:
    """Return the pairs whose final metrics all agree within 1e-4, in the table's order."""
    import numpy as np
    import pandas as pd

    names = [name for name in view.names if name in view.runs]
    results = pd.DataFrame(
        [
            {
                one.name: one.value
                for one in view.runs[name].readings.values()
                if one.kind is Kind.FINAL and isfinite(one.value) and role(one.name) is Role.METRIC
            }
            for name in names
        ],
        index=names,
        dtype=float,
    )
    # Metrics that most runs have and that differ between some.
    most = results.notna().any(axis=1).sum() / 2
    ranges = results.max() - results.min()
    largest = results.abs().max()
    moving = results.loc[:, (results.notna().sum() > most) & (ranges > CLOSE * largest)]
    if moving.empty:
        return []
    # Sorting by one metric spares comparing all pairs.
    first = moving.iloc[:, 0].to_numpy()
    order = np.lexsort((np.array(names), first))[: np.isfinite(first).sum()].tolist()
    values, has = moving.to_numpy()[order], results.notna().to_numpy()[order]
    pairs: dict[tuple[int, int], float] = {}
    possible, widths = len(order) * (len(order) - 1) / 2, ranges[moving.columns].to_numpy()
    for step in range(1, min(MOST_NEIGHBOURS, len(order) - 1) + 1):
        one, other = values[:-step], values[step:]
        close = CLOSE * np.maximum(1.0, np.maximum(np.abs(one), np.abs(other)))
        with np.errstate(over="ignore"):
            apart = np.abs(one - other)
        limit = np.minimum(close, OF_RANGE * widths)
        near = (np.isnan(one) | (apart <= limit)).all(axis=1)
        near &= (has[:-step] == has[step:]).all(axis=1)
        # The chance that two of these runs agree this closely, by the metric where it is smallest.
        near &= np.nan_to_num(2 * apart / widths, nan=1.0).min(axis=1) * possible <= CHANCE
        for at in np.flatnonzero(near):
            low, high = sorted((order[at], order[at + step]))
            pairs[low, high] = float(np.nanmax(apart[at]))
    out = []
    for (low, high), farthest in sorted(pairs.items()):
        run, known = view.runs[names[low]], moving.iloc[low].dropna()
        # The most values that a count of samples and another metric may have: within either kind,
        # one follows from the other.
        spread = {True: 1.0, False: 1.0}
        for name, value in zip(known.index, known.tolist(), strict=True):
            kind = _is_of_samples(name)
            spread[kind] = max(spread[kind], levels(name, value, sample_count(run, name)))
        both = spread[True] * spread[False] if farthest == 0 else 0.0
        telling = max(spread.values()) >= TELLING or both >= max(TELLING, possible / CHANCE)
        settings = different_settings((run, view.runs[names[high]]))
        if settings and telling:
            out.append(Twins(view.id, names[low], names[high], farthest, settings))
    return out


def levels(name: str, value: float, count: int | None, apart: float | None = None) -> float:
    """Return over how many values chance would spread runs of about this one.

    Of shares: within the binomial spread, halved because runs on one test set agree on most
    samples, of which there are `count`. Of other metrics: within 1 % of the value, or as far as
    the section's other runs are `apart` from it where that is less, in steps of its last digit.
    """
    if not _is_of_samples(name):
        spread = 0.01 * abs(value) if apart is None else min(0.01 * abs(value), apart)
        return spread * 10.0 ** decimals(value)
    count = count or Fraction(value).limit_denominator(_MOST).denominator
    return 1.75 * sqrt(max(0.0, count * value * (1 - value)))


def _is_of_samples(name: str) -> bool:
    return is_share(name) or not _COUNTED.isdisjoint(tokens(name))

"""Values that are equal to the last digit in runs of different models."""

from __future__ import annotations

from math import lgamma, log

import msgspec

from results_bot.metric_names import split_of
from results_bot.model import Metric
from results_bot.page.facts.chance import is_counted, levels
from results_bot.page.facts.identity import is_reference, model_of
from results_bot.page.facts.test_sets import sample_count
from results_bot.page.material import SectionView

FEWEST = 3
RARE = 0.01
"""How likely chance alone may make so many of a section's models equal."""


class Identical(msgspec.Struct, frozen=True):
    """One value that several runs of a section share."""

    section: str
    metric: Metric
    text: str
    runs: tuple[str, ...]
    of: int
    """Number of the section's runs that have the metric."""


def identical(view: SectionView) -> list[Identical]:
    """Return values shared by at least three models, or by two where chance cannot do it.

    An accuracy over n samples can take few values, so two equal ones mean little; in most of the
    models, and on many samples, they mean something. A mean of losses is hardly equal by chance.

    One model that is evaluated several times, such as an export or a sweep of thresholds, counts
    once. A reference, such as the score of a baseline, is the same for all runs.
    """
    import numpy as np

    out = []
    models = {name: model_of(name, view.runs.get(name)) for name in view.names}
    for metric in view.metrics:
        # Cells of the page are equal by rounding; only artifacts have the last digit.
        numbers = view.exact(metric.key)
        groups: dict[float, list[str]] = {}
        for name, number in numbers.items():
            groups.setdefault(number, []).append(name)
        if len(groups) == len(numbers) or is_reference(metric.key):
            continue
        known = len({models[name] for name in numbers})
        values = np.array([*numbers.values()])
        for value, names in groups.items():
            times = len({models[name] for name in names}) if len(names) > 1 else 1
            if times < 2:
                continue
            counts = {sample_count(view.runs.get(name), split_of(metric.key)) for name in names}
            count = counts.pop() if len(counts) == 1 else None
            few = times < FEWEST or times * 2 < known
            if few and is_counted(metric.key, value, count):
                continue
            others = np.abs(values[values != value] - value)
            apart = float(np.median(others)) if others.size else None
            if not _is_rare(times, known, levels(metric.key, value, count, apart)):
                continue
            text = view.texts(metric.key)[names[0]]
            out.append(Identical(view.section.id, metric, text, tuple(names), len(numbers)))
    return out


def _is_rare(times: int, known: int, levels: float) -> bool:
    """Return True if chance hardly makes `times` of `known` values on so many levels equal."""
    # The logarithm of `known` over `times`: the number itself would overflow.
    choices = lgamma(known + 1) - lgamma(times + 1) - lgamma(known - times + 1)
    return levels > 1 and choices - (times - 1) * log(levels) < log(RARE)

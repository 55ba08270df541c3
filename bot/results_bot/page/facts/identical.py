"""Values that are equal to the last digit in runs with different settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import isfinite, lgamma, log

import msgspec

from results_bot.metric_names import split_of
from results_bot.model import Metric, Run
from results_bot.page.facts.chance import is_counted, levels
from results_bot.page.facts.test_sets import sample_count
from results_bot.page.material import SectionView
from results_bot.page.seeds import matters

FEWEST = 3
RARE = 0.01
"""How likely chance alone may make so many of a section's runs equal."""


class Identical(msgspec.Struct, frozen=True):
    """One value that several runs of a section share."""

    section: str
    metric: Metric
    text: str
    runs: tuple[str, ...]
    of: int
    """Number of the section's runs that have the metric."""


def identical(view: SectionView) -> list[Identical]:
    """Return values shared by at least three runs, or by two where chance cannot do it."""
    out = []
    for metric in view.metrics:
        # Cells of the page are equal by rounding; only artifacts have the last digit.
        groups: dict[float, list[str]] = {}
        for name, row in view.rows.items():
            cell = row.values.get(metric.key)
            number = cell.number if cell is not None and cell.exact else None
            if number is not None and isfinite(number):
                groups.setdefault(number, []).append(name)
        known = sum(map(len, groups.values()))
        for value, names in groups.items():
            if len(names) < 2 or not _is_suspicious(view, metric, value, names, known):
                continue
            if different_settings([view.runs.get(name) for name in names]) == ():
                continue
            text = view.rows[names[0]].values[metric.key].text
            out.append(Identical(view.section.id, metric, text, tuple(names), known))
    return out


def _is_suspicious(
    view: SectionView, metric: Metric, value: float, names: Collection[str], known: int
) -> bool:
    """Return True if chance is no likely reason for the runs `names` to be equal.

    An accuracy over n samples can take few values, so two equal ones mean little; in most of the
    runs, and on many samples, they mean something. A mean of losses is hardly equal by chance.
    """
    counts = {sample_count(view.runs.get(name), split_of(metric.key)) for name in names}
    count, times = counts.pop() if len(counts) == 1 else None, len(names)
    few = times < FEWEST or times * 2 < known
    if few and is_counted(metric.key, value, count):
        return False
    likely = levels(metric.key, value, count)
    # The logarithm of `known` over `times`: the number itself would overflow.
    choices = lgamma(known + 1) - lgamma(times + 1) - lgamma(known - times + 1)
    return likely > 1 and choices - (times - 1) * log(likely) < log(RARE)


def different_settings(runs: Iterable[Run | None]) -> tuple[str, ...] | None:
    """Return the settings that matter and differ between runs; None where no run has any."""
    params = [run.params if run else {} for run in runs]
    names = dict.fromkeys(name for one in params for name in one if matters(name))
    if not names:
        return None
    return tuple(name for name in names if len({one.get(name) for one in params}) > 1)

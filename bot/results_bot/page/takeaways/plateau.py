"""Metrics that do not move from run to run, and why, where the predictions show it."""

from __future__ import annotations

from collections import Counter

import msgspec

from results_bot.hostile import markdown
from results_bot.metric_names import is_fraction
from results_bot.model import Direction, Metric
from results_bot.page import cells
from results_bot.page.material import Place
from results_bot.page.takeaways.view import View, joined

ID = "plateau"
FEWEST = 4
SHARE = 2 / 3
"""Of the comparable runs that must show one and the same value."""


class _Plateau(msgspec.Struct, frozen=True):
    metric: Metric
    text: str
    """The value as Markdown."""
    runs: frozenset[Place]


def sentences(view: View) -> list[str]:
    """Return one sentence over all metrics that stand still."""
    found = [one for metric in view.metrics.values() if (one := _plateau(view, metric))]
    if not found:
        return []
    found.sort(key=lambda one: -len(one.runs))
    parts = [
        f"{markdown(one.metric.title)} is **{one.text}** in "
        + _how_many(one.runs, len(view.runs), found[0].runs if position else frozenset())
        for position, one in enumerate(found)
    ]
    return [f"**Plateau**: {joined(parts)}{_cause(view, found)}."]


def _plateau(view: View, metric: Metric) -> _Plateau | None:
    shown = {one.section.id: one.texts(metric.key) for one in view.scope}
    texts = {
        (section_id, name): shown[section_id][name]
        for section_id, name in view.comparable(metric)
        if name in shown[section_id]
    }
    counted = Counter(texts.values())
    text, times = max(counted.items(), key=lambda item: item[1], default=("", 0))
    if times < max(FEWEST, SHARE * len(texts)):
        return None
    return _Plateau(metric, markdown(text), frozenset(p for p, one in texts.items() if one == text))


def _how_many(runs: frozenset[Place], of: int, before: frozenset[Place]) -> str:
    """Return `17 of 20 runs`, `all 20 runs`, or of those named just before `15 of them`."""
    count = len(runs)
    if runs <= before:
        same = "all of them" if count == of else f"the same {count}"
        return same if count == len(before) else f"{count} of them"
    return f"all {of} runs" if count == of else f"{count} of {of} runs"


def _cause(view: View, found: list[_Plateau]) -> str:
    """Return why the metrics stand still, where each of these runs predicts one class."""
    of_one_class = {fact.place: fact for fact in view.facts.one_class}
    runs = frozenset[Place]().union(*(one.runs for one in found))
    if all(_is_perfect(one) for one in found):
        return ": it cannot get better" if len(found) == 1 else ": they cannot get better"
    if not runs <= of_one_class.keys():
        return ". Changing the settings did not move it" if len(found) == 1 else ""
    labels = sorted({of_one_class[place].label for place in runs})
    shares = {of_one_class[place].share for place in runs}
    which = f"class {markdown(labels[0])}" if len(labels) == 1 else "one class"
    are = [
        one.text
        for one in found
        if {markdown(cells.number(share, one.metric.format)) for share in shares} == {one.text}
    ]
    why = f": {joined(are)} is that class's share of the test set, not skill" if are else ""
    return f". Each of these runs predicts {which} for every sample{why}"


def _is_perfect(one: _Plateau) -> bool:
    """Return True if a share is at its best end."""
    perfect = 1.0 if one.metric.direction is Direction.HIGHER else 0.0
    number = cells.parse(one.text, one.metric.format).number
    return is_fraction(one.metric.key) and number in (perfect, 100 * perfect)

"""Metrics that do not move from run to run, and why, where the predictions show it."""

from __future__ import annotations

from collections import Counter

from results_bot.escape import markdown
from results_bot.metric_names import is_fraction
from results_bot.model import Direction, Metric
from results_bot.page import cells
from results_bot.page.section import Place
from results_bot.page.takeaways.view import View, joined

ID = "plateau"
FEWEST = 4
SHARE = 2 / 3
"""Of the comparable runs that must show one and the same value."""


def sentences(view: View) -> list[str]:
    """Return one sentence over all metrics that stand still."""
    found: list[tuple[Metric, str, frozenset[Place]]] = []
    for metric in view.metrics.values():
        shown = {one.id: one.texts(metric.key) for one in view.scope}
        texts = {
            (section_id, name): shown[section_id][name]
            for section_id, name in view.comparable(metric)
            if name in shown[section_id]
        }
        text, times = max(
            Counter(texts.values()).items(), key=lambda item: item[1], default=("", 0)
        )
        if times >= max(FEWEST, SHARE * len(texts)):
            runs = frozenset(place for place, one in texts.items() if one == text)
            found.append((metric, markdown(text), runs))
    if not found:
        return []
    found.sort(key=lambda one: -len(one[2]))
    parts: list[str] = []
    first, every = found[0][2], len(view.runs)
    for metric, text, runs in found:
        if parts and runs <= first:
            same = "all of them" if len(runs) == every else f"the same {len(runs)}"
            where = same if runs == first else f"{len(runs)} of them"
        else:
            where = f"all {every} runs" if len(runs) == every else f"{len(runs)} of {every} runs"
        parts.append(f"{markdown(metric.title)} is **{text}** in {where}")
    return [f"**Plateau**: {joined(parts)}{_cause(view, found)}."]


def _cause(view: View, found: list[tuple[Metric, str, frozenset[Place]]]) -> str:
    """Return why the metrics stand still: they are perfect, or each run predicts one class."""
    perfect = 0
    for metric, text, _ in found:
        highest = 1.0 if metric.direction is Direction.HIGHER else 0.0
        number = cells.parse(text, metric.format).number
        perfect += is_fraction(metric.key) and number in (highest, 100 * highest)
    if perfect == len(found):
        return ": it cannot get better" if len(found) == 1 else ": they cannot get better"
    of_one_class = {fact.place: fact for fact in view.facts.one_class}
    runs = frozenset[Place]().union(*(runs for _, _, runs in found))
    if not runs <= of_one_class.keys():
        return ". Changing the settings did not move it" if len(found) == 1 else ""
    labels = sorted({of_one_class[place].label for place in runs})
    shares = {of_one_class[place].share for place in runs}
    which = f"class {markdown(labels[0])}" if len(labels) == 1 else "one class"
    are = [
        text
        for metric, text, _ in found
        if {markdown(cells.number(share, metric.format)) for share in shares} == {text}
    ]
    why = f": {joined(are)} is that class's share of the test set, not skill" if are else ""
    return f". Each of these runs predicts {which} for every sample{why}"

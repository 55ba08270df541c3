"""The best run by the primary metric of each test set, with what it is worst at."""

from __future__ import annotations

from results_bot.hostile import markdown
from results_bot.model import Metric
from results_bot.page.material import Place
from results_bot.page.pareto import costs
from results_bot.page.takeaways.view import Focus, View, best, named

ID = "best"
FEWEST = 3
MOST = 6
"""Sections of other test sets that get a sentence."""


def sentences(view: View) -> list[str]:
    """Return one sentence over the page's scope, and one for each section beyond it."""
    out = []
    if view.focus is not None:
        numbers = view.comparable(view.focus.primary)
        out += _sentence(view, view.focus, numbers, view.where)
    others = []
    for one in view.sections.values():
        metric = one.section.metric(one.section.sort or "")
        if one in view.scope or metric is None or metric not in one.metrics:
            continue
        own = view.facts.comparable(one, metric)
        for name in best(own, metric)[:1]:
            focus = Focus(one, metric, name, None)
            placed = {(one.section.id, name): number for name, number in own.items()}
            where = f" in {markdown(one.section.title)}"
            others += _sentence(view, focus, placed, where)
    return out + others[:MOST]


def _sentence(view: View, focus: Focus, numbers: dict[Place, float], where: str) -> list[str]:
    """Return who is best of some runs, where they are enough and not all equal."""
    equal = best(numbers, focus.primary)
    if len(numbers) < FEWEST or len(equal) == len(numbers):
        return []
    name, value = named([name for _, name in equal]), focus.section.cell(focus.best, focus.primary)
    way = f"{focus.primary.direction} is better"
    title = f"**Best {markdown(focus.primary.spoken)}{where} ({way})**"
    if len(equal) > 1:
        return [f"{title}: {name} (**{value}** each)."]
    worst = [metric for metric in focus.section.metrics if _is_worst(view, focus, metric)]
    caveat = "".join(
        f", but with the worst {markdown(metric.spoken)} of its section "
        f"({focus.section.cell(focus.best, metric)})"
        for metric in worst[:1]
    )
    return [f"{title}: {name} (**{value}**){caveat}."]


def _is_worst(view: View, focus: Focus, metric: Metric) -> bool:
    """Return True if every other run of the section is strictly better."""
    cost = costs(view.facts.comparable(focus.section, metric), metric)
    own = cost.pop(focus.best, None)
    is_primary = metric.key == focus.primary.key
    return (
        not is_primary and own is not None and len(cost) >= FEWEST - 1 and max(cost.values()) < own
    )

"""The best run by the primary metric of each test set, with what it is worst at."""

from __future__ import annotations

from results_bot.hostile import markdown
from results_bot.model import Direction, Metric
from results_bot.page.facts.told_apart import told_apart
from results_bot.page.material import Place
from results_bot.page.pareto import costs
from results_bot.page.takeaways.view import Focus, View, best, named, objectives

ID = "best"
FEWEST = 3
MOST = 6
"""Sections of other test sets that get a sentence."""


def sentences(view: View) -> list[str]:
    """Return one sentence over the page's scope, and one for each test set beyond it."""
    out = []
    if view.focus is not None:
        data_set = view.data_set(view.focus.section)
        numbers = view.comparable(view.focus.primary)
        out += _sentence(view, view.focus, numbers, view.where, data_set)
    others = []
    for one in view.sections.values():
        metric = one.section.metric(one.section.sort or "")
        if metric is None or metric not in objectives(one):
            continue
        sets = view.facts.data_sets(one)
        for data_set in [*sets][1 if one in view.scope else 0 :]:
            own = view.facts.comparable(one, metric, data_set)
            where = f" in {markdown(one.section.title)}" if len(view.sections) > 1 else ""
            where += f" on {markdown(data_set)}" if len(sets) > 1 else ""
            placed = {(one.section.id, name): number for name, number in own.items()}
            for name in best(own, metric)[:1]:
                others += _sentence(view, Focus(one, metric, name, None), placed, where, data_set)
    return out + others[:MOST]


def _sentence(
    view: View, focus: Focus, numbers: dict[Place, float], where: str, data_set: str
) -> list[str]:
    """Return who is best of some runs, where they are enough and not all equal."""
    metric = focus.primary
    equal = best(numbers, metric)
    if len(numbers) < FEWEST or len(equal) == len(numbers):
        return []
    name, value = named([name for _, name in equal]), focus.section.cell(focus.best, metric)
    title = f"**Best {markdown(metric.spoken)}{where} ({metric.direction} is better)**"
    if len(equal) > 1:
        return [f"{title}: {name} (**{value}** each)."]
    worst = [one for one in objectives(focus.section) if _is_worst(view, focus, one, data_set)]
    caveat = "".join(
        f", but with the worst {markdown(one.spoken)} of its section "
        f"({focus.section.cell(focus.best, one)})"
        for one in worst[:1]
    )
    rivals = {
        other: known.by
        for section_id, other in numbers
        if section_id == focus.section.section.id
        and other != focus.best
        and (known := told_apart(focus.section, metric, focus.best, other))
        and not known.is_real
    }
    if rivals:
        word = "Highest" if metric.direction is Direction.HIGHER else "Lowest"
        title = f"**{word} {markdown(metric.spoken)}{where}**"
        caveat += f"; {next(iter(rivals.values()))} do not tell it apart from {named([*rivals])}"
    return [f"{title}: {name} (**{value}**){caveat}."]


def _is_worst(view: View, focus: Focus, metric: Metric, data_set: str) -> bool:
    """Return True if every other run of the section is strictly better in a metric."""
    cost = costs(view.facts.comparable(focus.section, metric, data_set), metric)
    own = cost.pop(focus.best, None)
    if metric.key == focus.primary.key or own is None or len(cost) < FEWEST - 1:
        return False
    return max(cost.values()) < own

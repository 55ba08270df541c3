"""The best run by the primary metric of each test set, with what it is worst at."""

from __future__ import annotations

from results_bot.hostile import markdown
from results_bot.model import Metric
from results_bot.page.material import judged
from results_bot.page.siblings import Compared
from results_bot.page.takeaways.view import Focus, View, cost, named, shown

ID = "best"
FEWEST = 3
MOST = 6
"""Sections of other test sets that are told of."""


def sentences(view: View) -> list[str]:
    """Return one sentence over the page's scope, and one for each section beyond it."""
    focus = view.focus
    out = []
    if focus is not None:
        out += _sentence(view, focus, view.compared(focus.primary), view.where)
    return out + [sentence for other in _others(view)[:MOST] for sentence in other]


def _others(view: View) -> list[list[str]]:
    """Return what is said of sections that may be of another test set, those with nothing out."""
    scope = {section.id for section in view.scope}
    out = []
    for section in view.facts.material.summary.sections:
        metric = section.metric(section.sort or "")
        if section.id in scope or metric is None or metric not in judged(section):
            continue
        found = view.facts.compared(metric, section)
        best = found.best(metric)
        if best is not None:
            focus = Focus(section, metric, best, None)
            out.append(_sentence(view, focus, found, f" in {markdown(section.title)}"))
    return [said for said in out if said]


def _sentence(view: View, focus: Focus, found: Compared, where: str) -> list[str]:
    """Return who is best of the runs that are `found`, where there are some to be best among."""
    if len(found.members) < FEWEST:
        return []
    most = focus.best.number(focus.primary.key)
    equal = [found.members[at] for at, number in enumerate(found.numbers) if number == most]
    if len(equal) == len(found.members):
        return []
    name, value = named(equal), shown(focus.best, focus.primary)
    way = f"{focus.primary.direction} is better"
    title = f"**Best {markdown(focus.primary.spoken)}{where} ({way})**"
    if len(equal) > 1:
        return [f"{title}: {name} (**{value}** each)."]
    worst = [metric for metric in judged(focus.section) if _is_worst(view, focus, metric)]
    caveat = "".join(
        f", but with the worst {markdown(metric.spoken)} of its section "
        f"({shown(focus.best, metric)})"
        for metric in worst[:1]
    )
    return [f"{title}: {name} (**{value}**){caveat}."]


def _is_worst(view: View, focus: Focus, metric: Metric) -> bool:
    """Tell whether every other run of the section is strictly better."""
    found, best = view.facts.compared(metric, focus.section), focus.best
    is_there = best in found.members
    if metric.key == focus.primary.key or len(found.members) - is_there < FEWEST - 1:
        return False
    own, costs = cost(best, metric), found.costs(metric)
    return own < float("inf") and max(costs) <= own and costs.count(own) == is_there

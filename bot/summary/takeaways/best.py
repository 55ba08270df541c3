"""The best run by the primary metric, with what it is worst at."""

from __future__ import annotations

from bot.hostile import markdown
from bot.model import Metric
from bot.summary.material import judged
from bot.summary.takeaways.view import Focus, View, cost, joined, named, shown

ID = "best"
FEWEST = 3


def sentences(view: View) -> list[str]:
    """Return one sentence, where there are runs to be best among."""
    focus = view.focus
    members = view.comparable(focus.primary) if focus else []
    if focus is None or len(members) < FEWEST:
        return []
    equal = [m for m in members if cost(m, focus.primary) == cost(focus.best, focus.primary)]
    if len(equal) == len(members):
        return []
    name, value = named(equal), shown(focus.best, focus.primary)
    where = "" if view.whole else f" in {joined([markdown(one.title) for one in view.scope])}"
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
    others = [m for m in view.facts.comparable(metric, focus.section) if m is not focus.best]
    if metric.key == focus.primary.key or len(others) < FEWEST - 1:
        return False
    own = cost(focus.best, metric)
    return own < float("inf") and all(cost(member, metric) < own for member in others)

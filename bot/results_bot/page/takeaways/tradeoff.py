"""The best run by the second metric, and what it costs in the first."""

from __future__ import annotations

from results_bot.hostile import code, markdown
from results_bot.model import Direction, Metric
from results_bot.page import cells
from results_bot.page.siblings import Compared, Member
from results_bot.page.takeaways.view import View, cost, named, shown

ID = "tradeoff"
FEWEST = 3


def sentences(view: View) -> list[str]:
    """Return one sentence where the two best are different runs."""
    focus = view.focus
    if focus is None or focus.second is None:
        return []
    found = view.facts.compared(focus.second, focus.section)
    # Of equals the one that gives up least.
    lowest = sorted(_lowest(found, focus.second), key=lambda member: cost(member, focus.primary))
    if len(found.members) < FEWEST or lowest[0].name == focus.best.name:
        return []
    other, *equal = lowest
    best, own = focus.best.number(focus.primary.key), other.number(focus.primary.key)
    if best is None or own is None:
        return []
    word = "Lowest" if focus.second.direction is Direction.LOWER else "Highest"
    lost = cells.signed(own - best, focus.primary.format)
    also = f", as has {named(equal)}" if len(equal) == 1 else ""
    also = f", as have {named(equal)}" if len(equal) > 1 else also
    return [
        f"**{word} {markdown(focus.second.spoken)}{view.where}**: {code(other.name)} "
        f"(**{shown(other, focus.second)}**{also}), with {markdown(focus.primary.title)} at "
        f"**{shown(other, focus.primary)}** ({lost} against the best)."
    ]


def _lowest(found: Compared, metric: Metric) -> list[Member]:
    """Return the runs with the best value."""
    costs = found.costs(metric)
    least = min(costs, default=0.0)
    return [member for member, one in zip(found.members, costs, strict=True) if one == least]

"""The best run by the second metric, and what it costs in the first."""

from __future__ import annotations

from bot.hostile import code, markdown
from bot.model import Direction, Metric
from bot.summary import cells
from bot.summary.material import Member
from bot.summary.takeaways.view import View, cost, first, named, shown

ID = "tradeoff"
FEWEST = 3


def sentences(view: View) -> list[str]:
    """Return one sentence where the two best are different runs."""
    focus = view.focus
    if focus is None or focus.second is None:
        return []
    members = view.facts.comparable(focus.second, focus.section)
    # Of equals the one that gives up least.
    members = sorted(members, key=lambda member: cost(member, focus.primary))
    other = first(members, focus.second)
    if other is None or other.name == focus.best.name or len(members) < FEWEST:
        return []
    best, own = focus.best.number(focus.primary.key), other.number(focus.primary.key)
    if best is None or own is None:
        return []
    word = "Lowest" if focus.second.direction is Direction.LOWER else "Highest"
    lost = cells.signed(own - best, focus.primary.format)
    equal = [m for m in members if m is not other and _same(m, other, focus.second)]
    also = f", as has {named(equal)}" if len(equal) == 1 else ""
    also = f", as have {named(equal)}" if len(equal) > 1 else also
    return [
        f"**{word} {markdown(focus.second.spoken)}{view.where}**: {code(other.name)} "
        f"(**{shown(other, focus.second)}**{also}), with {markdown(focus.primary.title)} at "
        f"**{shown(other, focus.primary)}** ({lost} against the best)."
    ]


def _same(one: Member, other: Member, metric: Metric) -> bool:
    return cost(one, metric) == cost(other, metric)

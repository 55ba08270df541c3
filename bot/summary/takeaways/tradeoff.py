"""The best run by the second metric, and what it costs in the first."""

from __future__ import annotations

from bot.hostile import code, markdown
from bot.model import Direction
from bot.summary import cells
from bot.summary.takeaways.view import View, first, shown

ID = "tradeoff"
FEWEST = 3


def sentences(view: View) -> list[str]:
    """Return one sentence where the two best are different runs."""
    focus = view.focus
    if focus is None or focus.second is None:
        return []
    members = view.facts.comparable(focus.second, focus.section)
    other = first(members, focus.second)
    if other is None or other.name == focus.best.name or len(members) < FEWEST:
        return []
    best, own = focus.best.number(focus.primary.key), other.number(focus.primary.key)
    if best is None or own is None:
        return []
    word = "Lowest" if focus.second.direction is Direction.LOWER else "Highest"
    cost = cells.signed(own - best, focus.primary.format)
    return [
        f"**{word} {markdown(focus.second.spoken)}**: {code(other.name)} "
        f"(**{shown(other, focus.second)}**), at a {markdown(focus.primary.title)} of "
        f"**{shown(other, focus.primary)}** ({cost} against the best)."
    ]

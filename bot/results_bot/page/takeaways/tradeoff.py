"""The best run by the second metric, and what it costs in the first."""

from __future__ import annotations

from results_bot.hostile import code, markdown
from results_bot.model import Direction
from results_bot.page import cells
from results_bot.page.pareto import costs
from results_bot.page.takeaways.view import View, best, named

ID = "tradeoff"
FEWEST = 3


def sentences(view: View) -> list[str]:
    """Return one sentence where the two best are different runs."""
    focus = view.focus
    if focus is None or focus.second is None:
        return []
    primary, others = view.comparable(focus.primary), view.comparable(focus.second)
    top = (focus.section.section.id, focus.best)
    cost = costs(primary, focus.primary)
    # Of equals the one that gives up least.
    lowest = sorted(best(others, focus.second), key=lambda place: cost.get(place, float("inf")))
    if len(others) < FEWEST or lowest[0] == top or lowest[0] not in primary:
        return []
    other, *equal = lowest
    word = "Lowest" if focus.second.direction is Direction.LOWER else "Highest"
    lost = cells.signed(primary[other] - primary[top], focus.primary.format)
    also = (
        f", as {'has' if len(equal) == 1 else 'have'} {named([name for _, name in equal])}"
        if equal
        else ""
    )
    return [
        f"**{word} {markdown(focus.second.spoken)}{view.where}**: {code(other[1])} "
        f"(**{view.cell(other, focus.second)}**{also}), with "
        f"{markdown(focus.primary.title)} at **{view.cell(other, focus.primary)}** "
        f"({lost} against the best)."
    ]

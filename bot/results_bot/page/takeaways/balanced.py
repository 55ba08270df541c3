"""The run that gives up least of two metrics at once: the knee of their Pareto front."""

from __future__ import annotations

from results_bot.hostile import code, markdown
from results_bot.page.pareto import costs, knee_of, pareto_front
from results_bot.page.takeaways.view import View

ID = "balanced"


def sentences(view: View) -> list[str]:
    """Return one sentence where the front bends inwards."""
    focus = view.focus
    if focus is None or focus.second is None:
        return []
    first, second = (
        costs(view.comparable(metric), metric) for metric in (focus.primary, focus.second)
    )
    front = pareto_front(first, second)
    knee = knee_of([(first[name], second[name]) for name in front])
    if knee is None:
        return []
    values = ", ".join(
        f"{markdown(metric.title)} **{view.cell(front[knee], metric)}**"
        for metric in (focus.second, focus.primary)
    )
    return [
        f"**Best balance{view.where}**: {code(front[knee][1])} ({values}): of the "
        f"{len(front)} runs that no other beats in both, the one that gives up least."
    ]

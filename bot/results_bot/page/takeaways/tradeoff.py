"""The page's two metrics against each other: the best balance, and what the second one costs.

The balance is the knee of the Pareto front, the run that gives up least of both metrics.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from results_bot.escape import code, markdown
from results_bot.model import Direction
from results_bot.page import cells
from results_bot.page.takeaways.view import View, best, costs, named

ID = "tradeoff"
Key = TypeVar("Key", bound=Hashable)
FEWEST = 3
"""Runs with the second metric, and points on a front before one can be between others."""
DEPTH = 0.1
"""How far the knee must lie inside the line between the ends, of the front's size."""


def sentences(view: View) -> list[str]:
    """Return a sentence on the balance where the front bends inwards, and one on the second best.

    The second is there where the best runs by the two metrics are different runs.
    """
    focus = view.focus
    if focus is None or focus.second is None:
        return []
    primary, second = focus.primary, focus.second
    numbers, others = view.comparable(primary), view.comparable(second)
    cost, other_cost = costs(numbers, primary), costs(others, second)
    front = pareto_front(cost, other_cost)
    knee = knee_of([(cost[name], other_cost[name]) for name in front])
    out = []
    if knee is not None:
        values = ", ".join(
            f"{markdown(metric.title)} **{view.cell(front[knee], metric)}**"
            for metric in (second, primary)
        )
        out.append(
            f"**Best balance{view.where}**: {code(front[knee][1])} ({values}): of the "
            f"{len(front)} runs that no other beats in both, the one that gives up least."
        )

    top = (focus.section.id, focus.best)
    # Of equals the one that gives up least.
    lowest, *equal = sorted(best(others, second), key=lambda one: cost.get(one, float("inf")))
    if len(others) >= FEWEST and lowest != top and lowest in numbers:
        word = "Lowest" if second.direction is Direction.LOWER else "Highest"
        lost = numbers[lowest] - numbers[top]
        against = f"{cells.signed(lost, primary.format)} against the best" if lost else "best too"
        verb = "has" if len(equal) == 1 else "have"
        also = f", as {verb} {named([name for _, name in equal])}" if equal else ""
        out.append(
            f"**{word} {markdown(second.spoken)}{view.where}**: {code(lowest[1])} "
            f"(**{view.cell(lowest, second)}**{also}), with {markdown(primary.title)} at "
            f"**{view.cell(lowest, primary)}** ({against})."
        )
    return out


def pareto_front(first: Mapping[Key, float], second: Mapping[Key, float]) -> list[Key]:
    """Return the runs that no other beats in both costs, lowest `first` cost first."""
    both = [name for name in first if name in second]
    points = [(first[name], second[name], at, name) for at, name in enumerate(both)]
    front: list[Key] = []
    lowest = float("inf")
    for _, other, _, name in sorted(points):
        if other < lowest:
            front.append(name)
            lowest = other
    return front


def knee_of(points: Sequence[tuple[float, float]]) -> int | None:
    """Return the index of the point farthest inside the line between the ends; None without one."""
    if len(points) < FEWEST:
        return None
    (x0, y0), (x1, y1) = points[0], points[-1]
    if x0 == x1 or y0 == y1:
        return None
    depth = [1 - (x - x0) / (x1 - x0) - (y - y1) / (y0 - y1) for x, y in points]
    best_at = max(range(len(points)), key=depth.__getitem__)
    return best_at if depth[best_at] >= DEPTH else None

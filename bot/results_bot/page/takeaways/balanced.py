"""The run that gives up least of two metrics at once: the knee of their Pareto front."""

from __future__ import annotations

from collections.abc import Sequence

from results_bot.hostile import code, markdown
from results_bot.page.siblings import Member
from results_bot.page.takeaways.view import Focus, View, cost, shown

ID = "balanced"
FEWEST = 3
"""Points that a front must have before one of them can be between others."""
DEPTH = 0.1
"""How far the knee must lie inside the line between the ends, of the front's size."""


def sentences(view: View) -> list[str]:
    """Return one sentence where the front bends inwards."""
    focus = view.focus
    if focus is None or focus.second is None:
        return []
    front = pareto_front(view, focus)
    knee = knee_of([(cost(m, focus.primary), cost(m, focus.second)) for m in front])
    if knee is None:
        return []
    member = front[knee]
    values = ", ".join(
        f"{markdown(metric.title)} **{shown(member, metric)}**"
        for metric in (focus.second, focus.primary)
    )
    return [
        f"**Best balance{view.where}**: {code(member.name)} ({values}): of the "
        f"{len(front)} runs that no other beats in both, the one that gives up least."
    ]


def pareto_front(view: View, focus: Focus) -> list[Member]:
    """Return the runs that no other of the section beats in both metrics, best primary first."""
    if focus.second is None:
        return []
    first, second = focus.primary, focus.second
    found, others = (view.facts.compared(metric, focus.section) for metric in (first, second))
    down = dict(zip(map(id, others.members), others.costs(second), strict=True))
    points = [
        (own, down[id(member)], at)
        for at, (member, own) in enumerate(zip(found.members, found.costs(first), strict=True))
        if id(member) in down
    ]
    front: list[Member] = []
    lowest = float("inf")
    for _, other, at in sorted(points):
        if other < lowest:
            front.append(found.members[at])
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
    best = max(range(len(points)), key=depth.__getitem__)
    return best if depth[best] >= DEPTH else None

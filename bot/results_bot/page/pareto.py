"""The Pareto front of two metrics, and its knee."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from results_bot.model import Direction, Metric

Key = TypeVar("Key", bound=Hashable)
FEWEST = 3
"""Points that a front must have before one of them can be between others."""
DEPTH = 0.1
"""How far the knee must lie inside the line between the ends, of the front's size."""


def costs(numbers: Mapping[Key, float], metric: Metric) -> dict[Key, float]:
    """Return numbers that are smaller for better values."""
    sign = -1.0 if metric.direction is Direction.HIGHER else 1.0
    return {name: sign * number for name, number in numbers.items()}


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
    best = max(range(len(points)), key=depth.__getitem__)
    return best if depth[best] >= DEPTH else None

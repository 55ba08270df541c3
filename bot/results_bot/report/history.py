"""A value over the versions of the page, section by section, with the changes of its level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import msgspec

from results_bot.judge.change_points import FEWEST, ChangePoint, change_points
from results_bot.model import Direction, Metric
from results_bot.page import cells
from results_bot.table import Value


class Point(msgspec.Struct, frozen=True):
    """The value of one section at one version of the page."""

    section: str
    metric: Metric
    run: str
    value: Value
    commit: str
    date: str
    subject: str
    approved_by: tuple[str, ...] = ()

    @property
    def number(self) -> float | None:
        """The value, where it is an ordinary number."""
        number = self.value.number
        return number if number is not None and isfinite(number) else None

    def as_json(self) -> dict[str, Any]:
        """Return the point for a machine."""
        return {
            "section": self.section,
            "metric": self.metric.key,
            "run": self.run,
            "text": self.value.text,
            "number": self.number,
            "commit": self.commit,
            "date": self.date,
            "approved_by": list(self.approved_by),
        }


class Timeline(msgspec.Struct, frozen=True):
    """All points of one section, the oldest first, and where their level changed."""

    section: str
    points: tuple[Point, ...]
    changes: Mapping[int, ChangePoint]
    """By index in `points`."""
    measured: int
    """Values that changes were looked for among."""

    @property
    def metric(self) -> Metric:
        """The metric as the newest version has it."""
        return self.points[-1].metric

    @property
    def enough(self) -> bool:
        """Tell whether there are values enough for any change to be seen."""
        return self.measured >= FEWEST

    def as_json(self) -> list[dict[str, Any]]:
        """Return the points for a machine."""
        return [
            point.as_json() | {"change_point": self._change(at)}
            for at, point in enumerate(self.points)
        ]

    def _change(self, at: int) -> dict[str, float] | None:
        change = self.changes.get(at)
        if change is None:
            return None
        return {
            "mean_before": change.before,
            "mean_after": change.after,
            "p_value": change.p_value,
        }


def timelines(points: Sequence[Point]) -> list[Timeline]:
    """Return a timeline for each section that has points."""
    sections = dict.fromkeys(point.section for point in points)
    return [_timeline(name, [p for p in points if p.section == name]) for name in sections]


def better(delta: float | None, metric: Metric) -> bool | None:
    """Tell whether a step is for the better; None where it is none or nobody knows."""
    if not delta or metric.direction is Direction.UNKNOWN:
        return None
    return (delta > 0) == (metric.direction is Direction.HIGHER)


def told(change: ChangePoint, metric: Metric) -> str:
    """Return `mean 0.4410 to 0.3300 (-0.1110), p = 0.005`."""
    before, after = (cells.number(mean, metric.format) for mean in (change.before, change.after))
    step = cells.signed(change.after - change.before, metric.format)
    return f"mean {before} to {after} ({step}), p = {change.p_value:.3f}"


def _timeline(section: str, points: Sequence[Point]) -> Timeline:
    """A value that stays where only the run's name changes was not measured again."""
    places: list[int] = []
    for at, point in enumerate(points):
        if point.number is not None and not (
            places and points[places[-1]].value.text == point.value.text
        ):
            places.append(at)
    found = change_points([points[at].number or 0.0 for at in places])
    changes = {places[change.at]: change for change in found}
    return Timeline(section, tuple(points), changes, len(places))

"""A metric's history for a terminal: a sparkline and a line for each change of the best value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from bot.model import Direction, Metric, Value
from bot.summary import cells

if TYPE_CHECKING:
    from rich.console import RenderableType

_BARS = "▁▂▃▄▅▆▇█"
_STYLE = {True: "green", False: "red", None: ""}


@dataclass(frozen=True, slots=True)
class Point:
    """The value of one section at one version of the page."""

    section: str
    metric: Metric
    run: str
    value: Value
    commit: str
    date: str
    subject: str
    approved_by: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the point for a machine."""
        number = self.value.number
        return {
            "section": self.section,
            "metric": self.metric.key,
            "run": self.run,
            "text": self.value.text,
            "number": number if number is not None and isfinite(number) else None,
            "commit": self.commit,
            "date": self.date,
            "approved_by": list(self.approved_by),
        }


def render(points: Sequence[Point], limit: int) -> list[RenderableType]:
    """Return what to draw: each section with a sparkline and its last `limit` changes."""
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = []
    for section in dict.fromkeys(point.section for point in points):
        here = [point for point in points if point.section == section]
        metric = here[-1].metric
        parts.append(Text(f"{section}: {metric.spoken}  {sparkline(here)}", style="bold"))
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
        for column in range(5):
            table.add_column(overflow="fold", no_wrap=column < 2)
        for before, point in zip([None, *here[:-1]], here, strict=True):
            if point in here[-limit:]:
                better = _better(before, point)
                approved = f"approved by {', '.join(point.approved_by)}"
                table.add_row(
                    Text(f"  {point.date[:10]}"),
                    Text(point.commit[:8], style="dim"),
                    Text(f"{point.value.text} {_delta(before, point)}", style=_STYLE[better]),
                    Text(point.run),
                    Text(approved if point.approved_by else point.subject, style="dim"),
                )
        parts += [table, Text("")]
    return parts


def sparkline(points: Sequence[Point]) -> str:
    """Return one bar a version, the lowest for the smallest value; a dot where it is no number."""
    numbers = [point.value.number for point in points]
    finite = [number for number in numbers if number is not None and isfinite(number)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    span = (high - low) or 1.0
    return "".join(
        _BARS[round((number - low) / span * (len(_BARS) - 1))]
        if number is not None and isfinite(number)
        else "·"
        for number in numbers
    )


def _better(before: Point | None, after: Point) -> bool | None:
    delta = _difference(before, after)
    if not delta or after.metric.direction is Direction.UNKNOWN:
        return None
    return (delta > 0) == (after.metric.direction is Direction.HIGHER)


def _delta(before: Point | None, after: Point) -> str:
    delta = _difference(before, after)
    return f"({cells.signed(delta, after.metric.format)})" if delta else ""


def _difference(before: Point | None, after: Point) -> float | None:
    if before is None or before.value.number is None or after.value.number is None:
        return None
    return after.value.number - before.value.number

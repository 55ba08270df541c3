"""A section's first metric over the versions of the page; approved versions stand out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from math import isfinite
from typing import Any

from bot.report.history_text import Point
from bot.report.html.chart import Chart, Spec, axis_format, scale, spec, title
from bot.report.html.story import Story

FEWEST = 2
MOST_CHARTS = 6
_DAY = re.compile(r"[^0-9-]")
"""Not part of a day; days stand in an expression."""


def charts(story: Story) -> list[Chart]:
    """Return a chart a section, where its value changed at least once."""
    sections = dict.fromkeys(point.section for point in story.history)
    titles = {one.id: one.title for one in story.case.head.summary.sections}
    found = (
        _chart(titles.get(section, section), [p for p in story.history if p.section == section])
        for section in sections
    )
    return [chart for chart in found if chart is not None][:MOST_CHARTS]


def _chart(section: str, points: Sequence[Point]) -> Chart | None:
    shown = [p for p in points if p.value.number is not None and isfinite(p.value.number)]
    if len(shown) < FEWEST:
        return None
    metric = shown[-1].metric
    approved = sum(bool(point.approved_by) for point in shown)
    alt = (
        f"Best {metric.spoken} of {section} at {len(shown)} commits, "
        f"{shown[0].value.text} to {shown[-1].value.text}; {approved} approved."
    )
    heading = f"{section}: best {metric.title}"
    return Chart(f"history-{points[0].section}", heading, alt, _spec(shown), 260)


def _spec(points: Sequence[Point]) -> Spec:
    rows: list[dict[str, Any]] = [
        {
            "at": at,
            "y": point.value.number,
            "text": point.value.text,
            "run": point.run,
            "commit": point.commit[:8],
            "date": _DAY.sub("", point.date)[:10],
            "subject": title(point.subject, 70),
            "by": ", ".join(point.approved_by) or "nobody",
            "kind": "Approved" if point.approved_by else "Commit",
            "size": 190 if point.approved_by else 60,
        }
        for at, point in enumerate(points)
    ]
    days = json.dumps([row["date"] for row in rows])
    x = {"field": "at", "type": "ordinal", "title": None,
         "axis": {"labelExpr": f"{days}[datum.value]", "labelAngle": 0,
                  "labelOverlap": "greedy", "labelFlush": False}}  # fmt: skip
    y = {"field": "y", "type": "quantitative", "title": None, "scale": scale(),
         "axis": {"format": axis_format(points[-1].metric.format), "tickCount": 5}}  # fmt: skip
    kinds = ["Commit", "Approved"]
    tooltip = [
        {"field": field, "title": name}
        for field, name in (
            ("text", "Value"),
            ("run", "Run"),
            ("commit", "Commit"),
            ("date", "Date"),
            ("subject", "Message"),
            ("by", "Approved by"),
        )
    ]
    layers: list[Spec] = [
        {
            "mark": {"type": "line", "interpolate": "step-after", "color": "@accent",
                     "strokeWidth": 1.6, "opacity": 0.6},
            "encoding": {"x": x, "y": y},
        },
        {
            "mark": {"type": "point", "filled": True, "opacity": 1, "stroke": "@paper"},
            "encoding": {
                "x": x,
                "y": y,
                "shape": {"field": "kind", "type": "nominal", "title": None,
                          "scale": {"domain": kinds, "range": ["circle", "diamond"]}},
                "fill": {"field": "kind", "type": "nominal", "title": None,
                         "scale": {"domain": kinds, "range": ["@accent", "@mark"]}},
                "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
                "tooltip": tooltip,
            },
        },
    ]  # fmt: skip
    return spec(list(rows), 190, layer=layers)

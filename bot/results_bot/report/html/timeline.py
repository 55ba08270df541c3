"""A section's first metric over the versions of the page; approvals and changes of level marked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from results_bot.model import Metric
from results_bot.report.history import Timeline, better, timelines, told
from results_bot.report.html.chart import Chart, Spec, axis_format, scale, spec, title
from results_bot.report.html.story import Story

FEWEST = 2
MOST_CHARTS = 6
_DAY = re.compile(r"[^0-9-]")
"""Not part of a day; days stand in an expression."""


def charts(story: Story) -> list[Chart]:
    """Return a chart a section, where its value changed at least once."""
    titles = {one.id: one.title for one in story.case.head.summary.sections}
    found = (_chart(titles.get(one.section, one.section), one) for one in timelines(story.history))
    return [chart for chart in found if chart is not None][:MOST_CHARTS]


def _chart(section: str, one: Timeline) -> Chart | None:
    rows = list(_rows(one))
    if len(rows) < FEWEST:
        return None
    metric = one.metric
    approved = sum(bool(point.approved_by) for point in one.points)
    alt = (
        f"Best {metric.spoken} of {section} at {len(rows)} commits, "
        f"{rows[0]['text']} to {rows[-1]['text']}; {approved} approved."
    )
    note = " ".join(_told(one))
    heading = f"{section}: best {metric.title}"
    chart = _spec(rows, metric, levels=bool(one.changes))
    return Chart(f"history-{one.section}", heading, f"{alt} {note}".strip(), chart, 260, note)


def _told(one: Timeline) -> Iterator[str]:
    """Yield a sentence for each change of level."""
    words = {True: "better", False: "worse", None: "changed"}
    for at, change in one.changes.items():
        point = one.points[at]
        way = words[better(change.after - change.before, one.metric)]
        text = told(change, one.metric)
        yield f"Level {way} from {_day(point.date)} ({point.commit[:8]}): {text}."


def _rows(one: Timeline) -> Iterator[dict[str, Any]]:
    """Yield the points that are numbers; `level` is the mean of those that `segment` them goes."""
    ends = [0, *one.changes, len(one.points)]
    segments = {at: place for place, pair in enumerate(pairwise(ends)) for at in range(*pair)}
    means = _means(one)
    shown = [(at, point) for at, point in enumerate(one.points) if point.number is not None]
    for place, (at, point) in enumerate(shown):
        change = one.changes.get(at)
        yield {
            "at": place,
            "y": point.number,
            "text": point.value.text,
            "run": point.run,
            "commit": point.commit[:8],
            "date": _day(point.date),
            "subject": title(point.subject, 70),
            "by": ", ".join(point.approved_by) or "nobody",
            "kind": "Approved" if point.approved_by else "Commit",
            "size": 190 if point.approved_by else 60,
            "level": means[segments[at]] if means else None,
            "segment": segments[at],
            "turn": change is not None,
            "change": told(change, one.metric) if change else "none",
        }


def _means(one: Timeline) -> list[float]:
    """Return the levels, one more than there are changes; empty without changes."""
    changes = list(one.changes.values())
    return [changes[0].before, *(change.after for change in changes)] if changes else []


def _day(date: str) -> str:
    return _DAY.sub("", date)[:10]


def _spec(rows: list[dict[str, Any]], metric: Metric, *, levels: bool) -> Spec:
    days = json.dumps([row["date"] for row in rows])
    x = {"field": "at", "type": "ordinal", "title": None,
         "axis": {"labelExpr": f"{days}[datum.value]", "labelAngle": 0, "labelFlush": False,
                  "labelOverlap": "greedy", "labelSeparation": 12}}  # fmt: skip
    y = {"field": "y", "type": "quantitative", "title": None, "scale": scale(),
         "axis": {"format": axis_format(metric.format), "tickCount": 5}}  # fmt: skip
    layers = [*(_levels(x, y) if levels else ()), _line(x, y), _points(x, y, levels=levels)]
    return spec(list(rows), 190, layer=layers)


def _line(x: Spec, y: Spec) -> Spec:
    return {
        "mark": {"type": "line", "interpolate": "step-after", "color": "@accent",
                 "strokeWidth": 1.6, "opacity": 0.6},
        "encoding": {"x": x, "y": y},
    }  # fmt: skip


def _levels(x: Spec, y: Spec) -> list[Spec]:
    """Return a line across at each change of level, and the mean of each level."""
    return [
        {
            "transform": [{"filter": "datum.turn"}],
            "mark": {"type": "rule", "color": "@line-2", "strokeDash": [2, 3]},
            "encoding": {"x": x},
        },
        {
            "mark": {"type": "line", "color": "@mark", "strokeWidth": 3, "opacity": 0.55},
            "encoding": {
                "x": x,
                "y": {**y, "field": "level"},
                "detail": {"field": "segment", "type": "nominal"},
            },
        },
    ]


def _points(x: Spec, y: Spec, *, levels: bool) -> Spec:
    kinds = ["Commit", "Approved"]
    shown = (
        ("text", "Value"),
        ("run", "Run"),
        ("commit", "Commit"),
        ("date", "Date"),
        ("subject", "Message"),
        ("by", "Approved by"),
        *([("change", "Change of level")] if levels else []),
    )
    return {
        "mark": {"type": "point", "filled": True, "opacity": 1, "stroke": "@paper"},
        "encoding": {
            "x": x,
            "y": y,
            "shape": {"field": "kind", "type": "nominal", "title": None,
                      "scale": {"domain": kinds, "range": ["circle", "diamond"]}},
            "fill": {"field": "kind", "type": "nominal", "title": None,
                     "scale": {"domain": kinds, "range": ["@accent", "@mark"]}},
            "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
            "tooltip": [{"field": field, "title": name} for field, name in shown],
        },
    }  # fmt: skip

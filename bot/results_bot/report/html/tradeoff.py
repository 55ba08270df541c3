"""Two metrics that pull against each other: every run a point, the front and its knee marked."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from results_bot.model import Metric
from results_bot.page.pareto import costs, knee_of, pareto_front
from results_bot.page.takeaways.view import Focus, View
from results_bot.report.html.chart import Chart, Spec, axis_format, scale, spec, title
from results_bot.report.html.story import Story
from results_bot.table import Row

MOST = 2_000
"""Points behind the front; more would be one cloud."""
MOST_OTHER = 500
"""The same, where a reader chose another metric."""
OTHERS = 4
"""Metrics to choose from besides."""
NAMED = 8
"""Points of the front that carry their name."""
_CLIP = 28
_FAR = 0.7
"""Part of the width from which a name finds no room on its right."""
_SIZES = {"Pareto front": 90, "Knee": 240, "Other run": 46}


def charts(story: Story) -> list[Chart]:
    """Return the chart of the section in which the page's first metric is best.

    Its two metrics are those that the takeaways weigh; a reader may choose another second.
    """
    view = View(story.case.facts)
    focus = view.focus
    if focus is None or focus.second is None:
        return []
    main, *others = view.seconds(focus.section, focus.primary)[: 1 + OTHERS]
    chart = _chart(story, view, focus, main, MOST)
    if chart is None:
        return []
    also = [_chart(story, view, focus, second, MOST_OTHER) for second in others]
    return [replace(chart, others=tuple(one for one in also if one is not None))]


def _chart(story: Story, view: View, focus: Focus, second: Metric, most: int) -> Chart | None:
    primary = focus.primary
    points = _points(story, view, replace(focus, second=second), second, most)
    if len(points) < 3:
        return None
    front = [point for point in points if point["front"]]
    knee = next((f" The knee is {point['run']}." for point in front if point["kind"] == "Knee"), "")
    section = focus.section.section
    alt = (
        f"{primary.spoken} against {second.spoken} of {len(points):,} runs of "
        f"{section.title}; {len(front):,} of them no other run beats in both.{knee}"
    )
    ident = "tradeoff" if second == focus.second else f"tradeoff-{second.key}"
    heading = f"{primary.title} against {second.title}"
    spec = _spec(points, primary, second)
    why = "orders another section" if view.orders(second) else "is the next metric that moves"
    note = (
        f"{section.title}: {primary.title} orders the page, {second.title} {why}. "
        "The takeaways weigh these two."
    )
    return Chart(ident, heading, alt, spec, 420, note, choice=second.title)


def _points(
    story: Story, view: View, focus: Focus, second: Metric, most: int
) -> list[dict[str, Any]]:
    down, across = (
        costs(view.facts.comparable(focus.section, metric), metric)
        for metric in (focus.primary, second)
    )
    front = pareto_front(down, across)
    knee = knee_of([(down[name], across[name]) for name in front])
    place = {name: at for at, name in enumerate(front)}
    rest = [name for name in down if name in across and name not in place]
    step = max(1, len(rest) // most)
    out = []
    for name in (*rest[::step], *front):
        at = place.get(name)
        kind = "Other run" if at is None else "Knee" if at == knee else "Pareto front"
        labelled = at is not None and (kind == "Knee" or _named(at, len(front)))
        out.append(_point(story, name, focus, second, kind, labelled))
    _place_names(out, descending=focus.primary.direction is second.direction)
    return out


def _place_names(points: list[dict[str, Any]], *, descending: bool) -> None:
    """Put each name beside its point where the front's line does not run, and inside the plot."""
    across = [point["x"] for point in points]
    low, high = min(across, default=0.0), max(across, default=0.0)
    for point in points:
        right = (point["x"] - low) / ((high - low) or 1) < _FAR
        above = right if descending else not right
        point["place"] = f"{'above' if above else 'below'} {'right' if right else 'left'}"


def _named(at: int, size: int) -> bool:
    return size <= NAMED or at in (0, size - 1)


def _point(
    story: Story, run: str, focus: Focus, second: Metric, kind: str, labelled: bool
) -> dict[str, Any]:
    section = focus.section
    before = story.case.base.summary.section(section.section.id)
    row = before.row(run) if before else None
    old = [row.values.get(m.key) if row else None for m in (second, focus.primary)]
    moved = (section.section.id, run) in story.case.touched
    return {
        "run": run,
        "x": section.numbers(second.key).get(run),
        "y": section.numbers(focus.primary.key).get(run),
        "xt": _text(section.rows[run], second),
        "yt": _text(section.rows[run], focus.primary),
        "kind": kind,
        "size": _SIZES[kind],
        "front": kind != "Other run",
        "label": title(run, _CLIP) if labelled else "",
        "bx": old[0].number if moved and all(old) and old[0] else None,
        "by": old[1].number if moved and all(old) and old[1] else None,
    }


def _text(row: Row, metric: Metric) -> str:
    value = row.values.get(metric.key)
    return value.text if value else ""


def _spec(points: list[dict[str, Any]], primary: Metric, second: Metric) -> Spec:
    x = _axis("x", second)
    y = _axis("y", primary)
    tooltip = [
        {"field": "run", "title": "Run"},
        {"field": "yt", "title": title(primary.title)},
        {"field": "xt", "title": title(second.title)},
        {"field": "kind", "title": "Place"},
    ]
    kinds = ["Pareto front", "Knee", "Other run"]
    shown = {
        "shape": {
            "field": "kind",
            "type": "nominal",
            "title": None,
            "scale": {"domain": kinds, "range": ["circle", "diamond", "circle"]},
        },
        "fill": {
            "field": "kind",
            "type": "nominal",
            "title": None,
            "scale": {"domain": kinds, "range": ["@accent", "@mark", "@quiet"]},
        },
        "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
        "tooltip": tooltip,
    }
    used = {point["place"] for point in points if point["label"]}
    layers = [_front_line(x, y), *(_moves(x, y) if any(_moved(p) for p in points) else ())]
    layers += [
        {
            "mark": {"type": "point", "filled": True, "opacity": 0.9, "stroke": "@paper",
                     "strokeWidth": 1},
            "encoding": {"x": x, "y": y, **shown},
        },
        *(_names(x, y, *place) for place in _PLACES if place[0] in used),
    ]  # fmt: skip
    return spec(list(points), 360, layer=layers)


_PLACES = (
    ("above right", "left", 9, -9),
    ("above left", "right", -9, -9),
    ("below right", "left", 9, 13),
    ("below left", "right", -9, 13),
)
"""Where a name stands, seen from its point."""


def _names(x: Spec, y: Spec, place: str, align: str, dx: int, dy: int) -> Spec:
    return {
        "transform": [{"filter": f"datum.label != '' && datum.place == '{place}'"}],
        "mark": {"type": "text", "align": align, "dx": dx, "dy": dy, "fontSize": 11.5,
                 "color": "@ink-2"},
        "encoding": {"x": x, "y": y, "text": {"field": "label"}},
    }  # fmt: skip


def _front_line(x: Spec, y: Spec) -> Spec:
    return {
        "transform": [{"filter": "datum.front"}],
        "mark": {"type": "line", "color": "@accent", "opacity": 0.45, "strokeDash": [4, 3]},
        "encoding": {"x": x, "y": y, "order": {"field": "x", "type": "quantitative"}},
    }


def _moved(point: dict[str, Any]) -> bool:
    return point["bx"] is not None and point["by"] is not None


def _moves(x: Spec, y: Spec) -> list[Spec]:
    """Return a line from where each changed run stood, and a hollow point there."""
    moved = [{"filter": "isValid(datum.bx) && isValid(datum.by)"}]
    start = {"x": {**x, "field": "bx"}, "y": {**y, "field": "by"}}
    return [
        {
            "transform": moved,
            "mark": {"type": "rule", "color": "@ink-2", "strokeWidth": 1.2, "opacity": 0.8},
            "encoding": {**start, "x2": {"field": "x"}, "y2": {"field": "y"}},
        },
        {
            "transform": moved,
            "mark": {"type": "point", "filled": False, "color": "@ink-2", "size": 46},
            "encoding": {**start, "tooltip": [{"field": "run", "title": "Before the change"}]},
        },
    ]


def _axis(field: str, metric: Metric) -> dict[str, Any]:
    heading = f"{title(metric.title)} ({metric.direction} is better)"
    return {
        "field": field,
        "type": "quantitative",
        "title": heading,
        "scale": scale(),
        "axis": {"format": axis_format(metric.format), "tickCount": 6},
    }

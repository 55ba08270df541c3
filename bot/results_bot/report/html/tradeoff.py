"""The trade-off of two metrics: every run a point, the front and its knee marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from results_bot.model import Metric
from results_bot.page.takeaways.tradeoff import FEWEST, knee_of, pareto_front
from results_bot.page.takeaways.view import Focus, View, costs
from results_bot.report.charts import LABEL_PLACES, label_place
from results_bot.report.html.charts import (
    SCALE,
    Chart,
    ReportData,
    Spec,
    axis_format,
    by_kind,
    error_bar,
    error_bars,
    field,
    spec,
    title,
    tooltip,
)

MOST_POINTS = 2_000
"""Points behind the front; more would be one cloud."""
MOST_POINTS_OF_OTHERS = 500
"""The same, where a reader chose another metric."""
OTHERS = 4
"""Further metrics to choose from."""
NAMED = 8
"""Points of the front that carry their name."""
_LOOKS = {
    "Pareto front": ("circle", "@accent"),
    "Knee": ("diamond", "@mark"),
    "Other run": ("circle", "@quiet"),
}
"""Shape and fill of the points, by kind."""
_SIZES = {"Pareto front": 90, "Knee": 240, "Other run": 46}


def tradeoffs(data: ReportData) -> list[Chart]:
    """Return the chart of the section in which the page's first metric is best.

    A reader may choose another second metric.
    """
    view = View(data.case.facts)
    focus = view.focus
    if focus is None or focus.second is None:
        return []
    charts: list[Chart] = []
    for second in view.seconds(focus.section, focus.primary):
        points = _points(data, view, focus, second)
        # Where one run is best in both metrics, there is nothing to trade.
        if len(points) >= FEWEST and sum(point["front"] for point in points) > 1:
            charts.append(_chart(view, focus, second, points))
        if len(charts) > OTHERS:
            break
    return [replace(charts[0], id="tradeoff", others=tuple(charts[1:]))] if charts else []


def _chart(view: View, focus: Focus, second: Metric, points: Sequence[dict[str, Any]]) -> Chart:
    primary, section = focus.primary, focus.section
    front = sum(point["front"] for point in points)
    knee = next((f" The knee is {one['run']}." for one in points if one["kind"] == "Knee"), "")
    alt = (
        f"{primary.spoken} against {second.spoken} of {len(points):,} runs of "
        f"{section.title}; {front:,} of them no other run beats in both.{knee}"
    )
    why = (
        "orders another section"
        if second.key in view.sorted_by
        else "is the next metric that moves"
    )
    note = f"{section.title}: {primary.title} orders the page, {second.title} {why}."
    if second == focus.second:
        note += " The takeaways weigh these two."
    return Chart(
        f"tradeoff-{second.key}",
        f"{primary.title} against {second.title}",
        alt,
        _spec(points, primary, second),
        420,
        note,
        choice=second.title,
    )


def _points(data: ReportData, view: View, focus: Focus, second: Metric) -> list[dict[str, Any]]:
    """Return every run with both values, those of the front last, so that they lie on top."""
    section, primary = focus.section, focus.primary
    down, across = (
        costs(view.facts.comparable(section, metric), metric) for metric in (primary, second)
    )
    front = pareto_front(down, across)
    knee = knee_of([(down[run], across[run]) for run in front])
    place = {run: at for at, run in enumerate(front)}
    rest = [run for run in down if run in across and run not in place]
    most = MOST_POINTS if second == focus.second else MOST_POINTS_OF_OTHERS
    before = data.case.base.section(section.id)
    here = {row.run: row.values for row in section.rows}
    xs, ys = section.numbers(second.key), section.numbers(primary.key)
    low, high = min(xs.values(), default=0.0), max(xs.values(), default=0.0)
    descending = primary.direction is second.direction
    out: list[dict[str, Any]] = []
    for run in (*rest[:: max(1, len(rest) // most)], *front):
        # A section may hide the page's first metric.
        at, x, y = place.get(run), here[run].get(second.key), here[run].get(primary.key)
        kind = "Other run" if at is None else "Knee" if at == knee else "Pareto front"
        named = at is not None and (len(front) <= NAMED or at in (0, knee, len(front) - 1))
        point = {
            "run": run,
            "x": xs[run],
            "y": ys[run],
            **error_bar("x", x),
            **error_bar("y", y),
            "xt": x.text if x else "",
            "yt": y.text if y else "",
            "kind": kind,
            "size": _SIZES[kind],
            "front": at is not None,
            "label": title(run, 28) if named else "",
            "bx": None,
            "by": None,
            "place": label_place(xs[run], low, high, descending=descending),
        }
        row = before.row(run) if before and (section.id, run) in data.case.touched else None
        if row and second.key in row.values and primary.key in row.values:
            point["bx"] = row.values[second.key].number
            point["by"] = row.values[primary.key].number
        out.append(point)
    return out


def _spec(points: Sequence[dict[str, Any]], primary: Metric, second: Metric) -> Spec:
    x, y = (
        field(
            name,
            title=f"{title(metric.title)} ({metric.direction} is better)",
            scale=SCALE,
            axis={"format": axis_format(metric.format), "tickCount": 6},
        )
        for name, metric in (("x", second), ("y", primary))
    )
    points_layer: Spec = {
        "mark": {"type": "point", "filled": True, "opacity": 0.9, "stroke": "@paper",
                 "strokeWidth": 1},
        "encoding": {
            "x": x,
            "y": y,
            **by_kind(points, _LOOKS),
            "size": field("size", scale=None, legend=None),
            "tooltip": tooltip(("run", "Run"), ("yt", title(primary.title)),
                               ("xt", title(second.title)), ("kind", "Place")),
        },
    }  # fmt: skip
    layers: list[Spec] = [
        {
            "transform": [{"filter": "datum.front"}],
            "mark": {"type": "line", "color": "@accent", "opacity": 0.45, "strokeDash": [4, 3]},
            "encoding": {"x": x, "y": y, "order": field("x")},
        }
    ]
    if any(point["bx"] is not None and point["by"] is not None for point in points):
        # A line from where each changed run stood, and a hollow point there.
        moved = [{"filter": "isValid(datum.bx) && isValid(datum.by)"}]
        start = {"x": {**x, "field": "bx"}, "y": {**y, "field": "by"}}
        layers += [
            {
                "transform": moved,
                "mark": {"type": "rule", "color": "@ink-2", "strokeWidth": 1.2, "opacity": 0.8},
                "encoding": {**start, "x2": {"field": "x"}, "y2": {"field": "y"}},
            },
            {
                "transform": moved,
                "mark": {"type": "point", "filled": False, "color": "@ink-2", "size": 46},
                "encoding": {**start, "tooltip": tooltip(("run", "Before the change"))},
            },
        ]
    layers += [*error_bars(points, x, y, "x"), *error_bars(points, x, y, "y"), points_layer]
    used = {point["place"] for point in points if point["label"]}
    layers += [
        {
            "transform": [{"filter": f"datum.label != '' && datum.place == '{place}'"}],
            "mark": {"type": "text", "align": align, "dx": dx, "dy": dy, "fontSize": 11.5,
                     "color": "@ink-2"},
            "encoding": {"x": x, "y": y, "text": {"field": "label"}},
        }
        for place, (align, dx, dy) in LABEL_PLACES.items()
        if place in used
    ]  # fmt: skip
    return spec(points, 360, layers)

"""The report's data and its charts as Vega-Lite: learning curves and the history of a metric.

A colour `@name` stands for the page's custom property `--name`; the browser puts in the value of
the theme that is on. Field names are fixed: text from artifacts is only ever data.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from results_bot.collect.steps import Curve
from results_bot.escape import printable
from results_bot.judge.rule import Case
from results_bot.metric_names import split_of
from results_bot.metric_names import title as metric_title
from results_bot.model import Value
from results_bot.page.section import RunRow
from results_bot.report.colours import WORD
from results_bot.report.history import Point, Timeline, timelines
from results_bot.report.markdown import clip
from results_bot.report.review import Review

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""Names the language; nothing is ever fetched from there."""
MOST_RUNS = 12
"""Runs whose curves and predictions are drawn."""
MOST_CURVES = 4
MOST_HISTORIES = 6
COLOURS = ("@curve-1", "@curve-2", "@curve-3", "@curve-4", "@curve-5", "@curve-6")
DASHES: Sequence[list[int]] = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [12, 4], [4, 1])
_SPLITS = {"val": 0, "valid": 0, "validation": 0, "eval": 0, "dev": 0, "test": 1, "train": 2}
"""The order of the learning curves."""
_LOOKS = {"Commit": ("circle", "@accent"), "Approved": ("diamond", "@mark")}
"""Shape and fill of the points of a history, by kind."""
SCALE = {"zero": False, "nice": True, "padding": 12}

Spec = dict[str, Any]


class DrawnRun(msgspec.Struct, frozen=True):
    """A run with what it logged step by step and predicted sample by sample."""

    member: RunRow
    curves: Mapping[str, Curve] = {}
    predicted: Mapping[str, int] = {}
    target: Mapping[str, int] = {}
    """How often each class was predicted, and how often it was the target."""


class ReportData(msgspec.Struct, frozen=True):
    """Everything that the page shows; `commands.report` gathers it."""

    project: str
    """The repository's name."""
    base: str
    head: str
    """What is compared, in words: `main (1a2b3c4d)`, `work tree`."""
    review: Review
    case: Case
    drawn: Sequence[DrawnRun] = ()
    history: Sequence[Point] = ()
    live: bool = False
    """The page asks its own server for changes."""


class Chart(msgspec.Struct, frozen=True):
    """What one figure shows."""

    id: str
    title: str
    alt: str
    """The chart in one sentence, for those who do not see it."""
    spec: Spec
    height: int = 320
    """Pixels that it will need."""
    note: str = ""
    width: int = 0
    """Pixels below which the figure scrolls."""
    choice: str = ""
    """The option that shows this chart in a figure with several."""
    others: tuple[Chart, ...] = ()

    @property
    def views(self) -> tuple[Chart, ...]:
        """All charts of the figure, this one first."""
        return (self, *self.others)


def runs_to_draw(case: Case, review: Review, most: int = MOST_RUNS) -> list[RunRow]:
    """Return the runs worth drawing: touched ones, then those with findings, then the best."""
    touched = sorted(case.touched)
    found = [(finding.section, run) for finding in review.verdict.findings for run in finding.runs]
    tops = [
        (section.id, row.run)
        for place in range(most)
        for section in case.head.sections
        for row in section.rows[place : place + 1]
    ]
    places = dict.fromkeys((*touched[: most // 2], *found[: most // 2], *tops))
    members = (case.head.row(*place) for place in places)
    return [member for member in members if member is not None and member.run is not None][:most]


def spec(data: Sequence[Mapping[str, Any]], height: int, layers: Sequence[Spec]) -> Spec:
    """Return a specification that fills the width of its figure."""
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "data": {"values": list(data)},
        "layer": list(layers),
    }


def field(name: str, kind: str = "quantitative", **parts: Any) -> Spec:
    """Return the encoding of one field."""
    return {"field": name, "type": kind, **parts}


def tooltip(*shown: tuple[str, str]) -> list[Spec]:
    """Return the encoding of a tooltip from pairs of field and title."""
    return [{"field": name, "title": title} for name, title in shown]


def by_kind(data: Sequence[Mapping[str, Any]], looks: Mapping[str, tuple[str, str]]) -> Spec:
    """Return shape and fill of points by their `kind`; the legend has only kinds that are there."""
    used = {row["kind"] for row in data}
    kinds = [kind for kind in looks if kind in used]
    encoding: Spec = {}
    for at, channel in enumerate(("shape", "fill")):
        scale = {"domain": kinds, "range": [looks[kind][at] for kind in kinds]}
        encoding[channel] = field("kind", "nominal", title=None, scale=scale)
    return encoding


def error_bar(name: str, value: Value | None) -> dict[str, float]:
    """Return the ends of an error bar, one standard deviation from the mean; none for one seed."""
    if value is None or value.number is None or not value.std:
        return {}
    return {f"{name}-low": value.number - value.std, f"{name}-high": value.number + value.std}


def error_bars(data: Sequence[Mapping[str, Any]], x: Spec, y: Spec, name: str) -> list[Spec]:
    """Return the layer of the error bars along one axis; empty where no point has any."""
    if not any(f"{name}-low" in row for row in data):
        return []
    low, high = f"{name}-low", f"{name}-high"
    ends = {name: {**(x if name == "x" else y), "field": low}, f"{name}2": {"field": high}}
    return [
        {
            "transform": [{"filter": f"isValid(datum['{low}'])"}],
            "mark": {"type": "rule", "color": "@line-2", "strokeWidth": 1.2},
            "encoding": {"x": x, "y": y, **ends},
        }
    ]


def axis_format(metric_format: str) -> str:
    """Return the d3 format for an axis of a metric's values."""
    percent = metric_format.endswith("%") and not metric_format.endswith("f%")
    return ".3~%" if percent else ".4~g"


def title(text: str, most: int = 60) -> str:
    """Return printable text, cut where it is long."""
    return clip(printable(text), most)


def learning_curves(data: ReportData) -> list[Chart]:
    """Return a chart for each of the metrics that most runs logged, validation first."""
    drawn = [one for one in data.drawn if one.curves][: len(COLOURS)]
    count = Counter(name for one in drawn for name in one.curves)
    metrics = sorted(count, key=lambda name: (_SPLITS.get(split_of(name) or "", 3), -count[name]))
    same = Counter(one.member.name for one in drawn)
    # Two runs of one name get their sections' titles.
    labels = [
        one.member.name + (f" ({one.member.section.title})" if same[one.member.name] > 1 else "")
        for one in drawn
    ]
    out = []
    for name in metrics[:MOST_CURVES]:
        points = [
            {"run": label, "x": step, "y": value, "text": f"{value:.6g}"}
            for label, one in zip(labels, drawn, strict=True)
            for step, value in one.curves.get(name, ())
        ]
        shown = title(metric_title(name))
        alt = f"{shown} by step of {count[name]} runs."
        out.append(Chart(f"curve-{name}", shown, alt, _curves_spec(points, labels), 300))
    return out


def _curves_spec(points: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> Spec:
    x = field("x", title="Step", scale={"nice": False}, axis={"tickCount": 6, "format": "~s"})
    y = field("y", title=None, scale=SCALE, axis={"format": ".3~g", "tickCount": 5})
    legend = {"title": None, "orient": "bottom", "columns": 2, "symbolType": "stroke",
              "labelLimit": 170}  # fmt: skip

    def by_run(values: Sequence[Any]) -> Spec:
        scale = {"domain": list(labels), "range": list(values[: len(labels)])}
        return field("run", "nominal", sort=list(labels), scale=scale, legend=legend)

    hover = {"type": "point", "nearest": True, "on": "pointerover", "clear": "pointerout"}
    visible = {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0}
    encoding = {"x": x, "y": y, "color": by_run(COLOURS)}
    layers: list[Spec] = [
        {
            "mark": {"type": "line", "strokeWidth": 1.8},
            "encoding": {**encoding, "strokeDash": by_run(DASHES)},
        },
        {
            "params": [{"name": "near", "select": hover}],
            "mark": {"type": "point", "filled": True, "size": 60},
            "encoding": {
                **encoding,
                "opacity": visible,
                "tooltip": tooltip(("run", "Run"), ("x", "Step"), ("text", "Value")),
            },
        },
    ]
    return spec(points, 220, layers)


def histories(data: ReportData) -> list[Chart]:
    """Return a chart of the first metric of each section whose value changed at least once."""
    titles = {one.id: one.title for one in data.case.head.sections}
    out = []
    for one in timelines(data.history):
        rows = _history_rows(one)
        if len(rows) < 2:
            continue
        metric, section = one.metric, titles.get(one.section, one.section)
        approved = sum(bool(point.approved_by) for point in one.points)
        alt = (
            f"Best {metric.spoken} of {section} at {len(rows)} commits, "
            f"{rows[0]['text']} to {rows[-1]['text']}; {approved} approved."
        )
        note = " ".join(
            f"Level {WORD[one.better(at)]} from {_day(one.points[at].date)} "
            f"({one.points[at].commit[:8]}): {one.described(at)}."
            for at in one.changes
        )
        drawn = _history_spec(rows, one)
        heading = f"{section}: best {metric.title}"
        out.append(
            Chart(f"history-{one.section}", heading, f"{alt} {note}".strip(), drawn, 260, note)
        )
    return out[:MOST_HISTORIES]


def _history_rows(one: Timeline) -> list[dict[str, Any]]:
    """Return the points that are numbers, each with the mean of its level."""
    changes = list(one.changes.values())
    means = [changes[0].before, *(change.after for change in changes)] if changes else []
    ends = [0, *one.changes, len(one.points)]
    segments = {at: place for place, pair in enumerate(pairwise(ends)) for at in range(*pair)}
    out: list[dict[str, Any]] = []
    for at, point in enumerate(one.points):
        if point.number is None:
            continue
        approved = bool(point.approved_by)
        out.append(
            {
                "at": len(out),
                "y": point.number,
                **error_bar("y", point.value),
                "text": point.value.text,
                "run": point.run,
                "commit": point.commit[:8],
                "date": _day(point.date),
                "subject": title(point.subject, 70),
                "by": ", ".join(point.approved_by) or "nobody",
                "kind": "Approved" if approved else "Commit",
                "size": 190 if approved else 60,
                "level": means[segments[at]] if means else None,
                "segment": segments[at],
                "turn": at in one.changes,
                "change": one.described(at) if at in one.changes else "none",
            }
        )
    return out


def _history_spec(rows: Sequence[dict[str, Any]], one: Timeline) -> Spec:
    days = json.dumps([row["date"] for row in rows])
    axis = {"labelExpr": f"{days}[datum.value]", "labelAngle": 0, "labelFlush": False,
            "labelOverlap": "greedy", "labelSeparation": 12}  # fmt: skip
    x = field("at", "ordinal", title=None, axis=axis)
    y_axis = {"format": axis_format(one.metric.format), "tickCount": 5}
    y = field("y", title=None, scale=SCALE, axis=y_axis)
    shown = [("text", "Value"), ("run", "Run"), ("commit", "Commit"), ("date", "Date"),
             ("subject", "Message"), ("by", "Approved by")]  # fmt: skip
    layers: list[Spec] = []
    if one.changes:
        shown.append(("change", "Change of level"))
        level = {**y, "field": "level"}
        layers = [
            {
                "transform": [{"filter": "datum.turn"}],
                "mark": {"type": "rule", "color": "@line-2", "strokeDash": [2, 3]},
                "encoding": {"x": x},
            },
            {
                "mark": {"type": "line", "color": "@mark", "strokeWidth": 3, "opacity": 0.55},
                "encoding": {"x": x, "y": level, "detail": field("segment", "nominal")},
            },
        ]
    layers += error_bars(rows, x, y, "y")
    line = {"type": "line", "interpolate": "step-after", "color": "@accent",
            "strokeWidth": 1.6, "opacity": 0.6}  # fmt: skip
    layers += [
        {"mark": line, "encoding": {"x": x, "y": y}},
        {
            "mark": {"type": "point", "filled": True, "opacity": 1, "stroke": "@paper"},
            "encoding": {
                "x": x,
                "y": y,
                **by_kind(rows, _LOOKS),
                "size": field("size", scale=None, legend=None),
                "tooltip": tooltip(*shown),
            },
        },
    ]
    return spec(rows, 190, layers)


def _day(date: str) -> str:
    """Return the day of a date, without anything that could be syntax in an expression."""
    return re.sub(r"[^0-9-]", "", date)[:10]

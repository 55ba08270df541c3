"""The report's data and its charts as Vega-Lite: learning curves and the history of a metric.

A colour `@name` stands for the page's custom property `--name`; the browser puts in the value of
the theme that is on. Field names are fixed: text from artifacts is only ever data.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from results_bot.collect.steps import Curve
from results_bot.judge.rule import Case
from results_bot.metric_names import split_of
from results_bot.metric_titles import title
from results_bot.model import Metric, Value
from results_bot.page.section import RunRow
from results_bot.report.charts import axis, short
from results_bot.report.colours import WORD
from results_bot.report.history import Point, Timeline, timelines
from results_bot.report.review import Review

if TYPE_CHECKING:
    import altair as alt

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


def runs_to_draw(case: Case, review: Review) -> list[RunRow]:
    """Return the runs worth drawing: touched ones, then those with findings, then the best."""
    touched = sorted(case.touched)
    found = [(finding.section, run) for finding in review.verdict.findings for run in finding.runs]
    tops = [
        (section.id, row.run)
        for place in range(MOST_RUNS)
        for section in case.head.sections
        for row in section.rows[place : place + 1]
    ]
    places = dict.fromkeys((*touched[: MOST_RUNS // 2], *found[: MOST_RUNS // 2], *tops))
    members = (case.head.row(*place) for place in places)
    return [member for member in members if member and member.run][:MOST_RUNS]


def plot(**encoding: Any) -> alt.Chart:
    """Return the start of a layer: a chart of the records that `spec` is given."""
    import altair as alt

    return alt.Chart(alt.NamedData(name="records")).encode(**encoding)


def spec(records: Sequence[Mapping[Any, Any]], height: int, layers: Sequence[alt.Chart]) -> Spec:
    """Return the document of a chart that fills the width of its figure."""
    import altair as alt

    drawn = alt.layer(*layers).properties(width="container", height=height)
    return {**drawn.to_dict(), "data": {"values": list(records)}}


def hovered(name: str, **parts: Any) -> alt.Parameter:
    """Return the selection of what is pointed at; its name keeps the bytes the same."""
    import altair as alt

    return alt.selection_point(name=name, on="pointerover", clear="pointerout", **parts)


def spread(name: str, value: Value | None) -> dict[str, float]:
    """Return the ends of an error bar, one standard deviation from the mean; none for one seed."""
    if value is None or value.number is None or not value.std:
        return {}
    return {f"{name}_low": value.number - value.std, f"{name}_high": value.number + value.std}


def error_bars(base: alt.Chart, **metrics: Metric) -> list[alt.Chart]:
    """Return the error bars along each of the axes `x` and `y`."""
    return [
        base.transform_filter(f"isValid(datum.{name}_low)")
        .mark_rule(color="@line-2", strokeWidth=1.2)
        .encode(**{name: axis(name, metric, f"{name}_low"), f"{name}2": f"{name}_high:Q"})
        for name, metric in metrics.items()
    ]


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
        shown = short(title(name))
        words = f"{shown} by step of {count[name]} runs."
        out.append(Chart(f"curve-{name}", shown, words, _curves(points, labels), 300))
    return out


def _curves(points: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> Spec:
    import altair as alt

    legend = alt.Legend(title=None, orient="bottom", columns=2, symbolType="stroke", labelLimit=170)

    def by_run(channel: Any, values: Sequence[Any]) -> Any:
        scale = alt.Scale(domain=list(labels), range=list(values[: len(labels)]))
        return channel("run:N", sort=list(labels), scale=scale, legend=legend)

    base = plot(
        x=alt.X(
            "x:Q",
            title="Step",
            scale=alt.Scale(nice=False),
            axis=alt.Axis(tickCount=6, format="~s"),
        ),
        y=alt.Y(
            "y:Q",
            title=None,
            scale=alt.Scale(zero=False, nice=True, padding=12),
            axis=alt.Axis(format=".3~g", tickCount=5),
        ),
        color=by_run(alt.Color, COLOURS),
    )
    near = hovered("near", nearest=True, empty=False)
    lines = base.mark_line(strokeWidth=1.8).encode(strokeDash=by_run(alt.StrokeDash, DASHES))
    dots = base.mark_point(filled=True, size=60).encode(
        opacity=alt.when(near).then(alt.value(1)).otherwise(alt.value(0)),
        tooltip=tooltip(run="Run", x="Step", text="Value"),
    )
    return spec(points, 220, [lines, dots.add_params(near).properties(name="dots")])


def histories(data: ReportData) -> list[Chart]:
    """Return a chart of the first metric of each section whose value changed at least once."""
    titles = {one.id: one.title for one in data.case.head.sections}
    out = []
    for one in timelines(data.history):
        records = _history_records(one)
        if len(records) < 2:
            continue
        metric, section = one.metric, titles.get(one.section, one.section)
        approved = sum(bool(point.approved_by) for point in one.points)
        words = (
            f"Best {metric.spoken} of {section} at {len(records)} commits, "
            f"{records[0]['text']} to {records[-1]['text']}; {approved} approved."
        )
        note = " ".join(
            f"Level {WORD[one.better(at)]} from {_day(one.points[at].date)} "
            f"({one.points[at].commit[:8]}): {one.described(at)}."
            for at in one.changes
        )
        drawn = _history(records, one)
        heading = f"{section}: best {metric.title}"
        words = f"{words} {note}".strip()
        out.append(Chart(f"history-{one.section}", heading, words, drawn, 260, note))
    return out[:MOST_HISTORIES]


def _history_records(one: Timeline) -> list[dict[str, Any]]:
    """Return the points that are numbers, each with the mean of its level."""
    changes = list(one.changes.values())
    means = [changes[0].before, *(change.after for change in changes)] if changes else []
    level = 0
    out: list[dict[str, Any]] = []
    for at, point in enumerate(one.points):
        level += at in one.changes
        if point.number is None:
            continue
        out.append(
            {
                "at": len(out),
                "y": point.number,
                **spread("y", point.value),
                "text": point.value.text,
                "run": point.run,
                "commit": point.commit[:8],
                "date": _day(point.date),
                "subject": short(point.subject, 70),
                "by": ", ".join(point.approved_by) or "nobody",
                "kind": "Approved" if point.approved_by else "Commit",
                "size": 190 if point.approved_by else 60,
                "level": means[level] if changes else None,
                "segment": level,
                "change": one.described(at) if at in one.changes else None,
            }
        )
    return out


def _history(records: Sequence[dict[str, Any]], one: Timeline) -> Spec:
    import altair as alt

    days = json.dumps([record["date"] for record in records])
    dates = alt.Axis(
        labelExpr=f"{days}[datum.value]",
        labelAngle=0,
        labelFlush=False,
        labelOverlap="greedy",
        labelSeparation=12,
    )
    across = plot(x=alt.X("at:O", title=None, axis=dates))
    base = across.encode(y=axis("y", one.metric))
    turns = across.transform_filter("isValid(datum.change)")
    kinds = [kind for kind in _LOOKS if any(kind == record["kind"] for record in records)]
    shapes, fills = zip(*map(_LOOKS.__getitem__, kinds), strict=True)

    def by_kind(channel: Any, values: Sequence[str]) -> Any:
        """The legend has only the kinds that are there."""
        scale = alt.Scale(domain=kinds, range=list(values))
        return channel("kind:N", title=None, scale=scale)

    shown = {"text": "Value", "run": "Run", "commit": "Commit", "date": "Date",
             "subject": "Message", "by": "Approved by"}  # fmt: skip
    shown |= {"change": "Change of level"} if one.changes else {}
    layers = [
        turns.mark_rule(color="@line-2", strokeDash=[2, 3]),
        base.mark_line(color="@mark", strokeWidth=3, opacity=0.55).encode(
            y=axis("y", one.metric, "level"), detail="segment:N"
        ),
        *error_bars(base, y=one.metric),
        base.mark_line(interpolate="step-after", color="@accent", strokeWidth=1.6, opacity=0.6),
        base.mark_point(filled=True, opacity=1, stroke="@paper").encode(
            shape=by_kind(alt.Shape, shapes),
            fill=by_kind(alt.Fill, fills),
            size=alt.Size("size:Q", scale=None, legend=None),
            tooltip=tooltip(**shown),
        ),
    ]
    return spec(records, 190, layers)


def tooltip(**shown: str) -> list[Any]:
    """Return the encoding of a tooltip: a title for each field."""
    import altair as alt

    return [alt.Tooltip(f"{field}:N", title=title) for field, title in shown.items()]


def _day(date: str) -> str:
    """Return the day of a date, without anything that could be syntax in an expression."""
    return re.sub(r"[^0-9-]", "", date)[:10]

"""Learning curves: what the drawn runs logged step by step, one chart a metric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from results_bot.metric_names import split_of
from results_bot.metric_names import title as spoken
from results_bot.report.html.chart import Chart, Spec, scale, spec, title
from results_bot.report.html.story import Drawn, Story

MOST_METRICS = 4
COLOURS = ("@curve-1", "@curve-2", "@curve-3", "@curve-4", "@curve-5", "@curve-6")
DASHES: Sequence[list[int]] = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [12, 4], [4, 1])
_FIRST = {"val": 0, "valid": 0, "validation": 0, "eval": 0, "dev": 0, "test": 1, "train": 2}


def charts(story: Story) -> list[Chart]:
    """Return a chart for each of the metrics that most runs logged, validation first."""
    drawn = [one for one in story.drawn if one.curves][: len(COLOURS)]
    count = Counter(name for one in drawn for name in one.curves)
    names = sorted(count, key=lambda name: (_FIRST.get(split_of(name) or "", 3), -count[name]))
    return [_chart(drawn, name) for name in names[:MOST_METRICS]]


def _chart(drawn: Sequence[Drawn], name: str) -> Chart:
    names = _labels(drawn)
    points: list[dict[str, Any]] = [
        {"run": label, "x": step, "y": value, "text": f"{value:.6g}"}
        for label, one in zip(names, drawn, strict=True)
        for step, value in one.curves.get(name, ())
    ]
    shown = title(spoken(name))
    runs = sum(name in one.curves for one in drawn)
    alt = f"{shown} by step of {runs} runs."
    return Chart(f"curve-{name}", shown, alt, _spec(points, names), 300)


def _labels(drawn: Sequence[Drawn]) -> list[str]:
    """Return a name a run that no other has; with the section where two share theirs."""
    count = Counter(one.member.name for one in drawn)
    return [
        one.member.name
        if count[one.member.name] == 1
        else f"{one.member.name} ({one.member.section.title})"
        for one in drawn
    ]


def _spec(points: list[dict[str, Any]], names: Sequence[str]) -> Spec:
    size = len(names)
    x = {"field": "x", "type": "quantitative", "title": "Step", "scale": {"nice": False},
         "axis": {"tickCount": 6, "format": "~s"}}  # fmt: skip
    y = {"field": "y", "type": "quantitative", "title": None, "scale": scale(),
         "axis": {"format": ".3~g", "tickCount": 5}}  # fmt: skip
    legend = {"title": None, "orient": "bottom", "columns": 2, "symbolType": "stroke",
              "labelLimit": 170}  # fmt: skip
    by_run = {"field": "run", "type": "nominal", "sort": list(names)}
    colour = {**by_run, "scale": {"domain": list(names), "range": list(COLOURS[:size])},
              "legend": legend}  # fmt: skip
    dash = {**by_run, "scale": {"domain": list(names), "range": list(DASHES[:size])},
            "legend": legend}  # fmt: skip
    tooltip = [
        {"field": "run", "title": "Run"},
        {"field": "x", "title": "Step"},
        {"field": "text", "title": "Value"},
    ]
    near = {
        "name": "near",
        "select": {"type": "point", "nearest": True, "on": "pointerover", "clear": "pointerout"},
    }
    layers: list[Spec] = [
        {
            "mark": {"type": "line", "strokeWidth": 1.8},
            "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
        },
        {
            "params": [near],
            "mark": {"type": "point", "filled": True, "size": 60},
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip,
                         "opacity": {"condition": {"param": "near", "empty": False, "value": 1},
                                     "value": 0}},
        },
    ]  # fmt: skip
    return spec(list(points), 220, layer=layers)

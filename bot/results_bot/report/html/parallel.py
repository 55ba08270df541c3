"""Parameters against metrics: every run a line through all of them, one chart a section."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log10
from typing import Any

import msgspec

from results_bot.model import Direction, Metric, Scalar, Section
from results_bot.page.material import RunRow, judged
from results_bot.page.seeds import matters
from results_bot.report.html.chart import Chart, Spec, spec, title
from results_bot.report.html.story import Story

MOST_RUNS = 300
MOST_PARAMETERS = 6
MOST_METRICS = 3
MOST_WORDS = 12
"""Different values that a parameter of words may have."""
MOST_CHARTS = 4
DECADES = 50
"""An axis whose ends are further apart than so many times is logarithmic."""


class Axis(msgspec.Struct, frozen=True):
    """One upright line: a title, and where each run crosses it, from 0 to 1, with its text."""

    title: str
    places: dict[int, tuple[float, str]]
    ends: tuple[str, str]
    """What stands at the bottom and at the top."""


def charts(story: Story) -> list[Chart]:
    """Return a chart for each section whose runs differ in at least one parameter."""
    found = (_chart(story, section) for section in story.case.head.summary.sections)
    return [chart for chart in found if chart is not None][:MOST_CHARTS]


def _chart(story: Story, section: Section) -> Chart | None:
    view = story.case.head.sections[section.id]
    members = [row for name in view.runs if (row := view.row(name)) is not None]
    members = members[:: max(1, -(-len(members) // MOST_RUNS))]
    parameters = _parameters(members)
    metrics = _metrics(section, members)
    if not parameters or not metrics or len(members) < 3:
        return None
    axes = [*parameters, *metrics]
    names = ", ".join(axis.title for axis in axes)
    alt = f"A line for each of {len(members)} runs of {section.title} through {names}."
    note = f"Coloured by {metrics[0].title}: blue is low, orange is high."
    drawn = _spec(members, axes, metrics[0])
    return Chart(f"parallel-{section.id}", section.title, alt, drawn, 300, note, 105 * len(axes))


def _parameters(members: Sequence[RunRow]) -> list[Axis]:
    """Return the parameters that differ, those that most runs have first."""
    values: dict[str, dict[int, Scalar]] = {}
    for at, member in enumerate(members):
        for name, value in (member.run.params if member.run else {}).items():
            if value is not None and matters(name):
                values.setdefault(name, {})[at] = value
    varied = [
        name
        for name, found in values.items()
        if len({repr(value) for value in found.values()}) > 1 and len(found) * 2 >= len(members)
    ]
    varied.sort(key=lambda name: -len(values[name]))
    axes: dict[tuple[str, str], Axis] = {}
    for name in varied:
        axis = _axis(name.rpartition(".")[2], values[name])
        # Two files of a run often tell the same settings.
        if axis is not None:
            axes.setdefault((axis.title, repr(axis.places)), axis)
    return list(axes.values())[:MOST_PARAMETERS]


def _axis(name: str, found: dict[int, Scalar]) -> Axis | None:
    parsed = {at: _number(value) for at, value in found.items()}
    numbers = {at: number for at, number in parsed.items() if number is not None}
    if len(numbers) == len(found):
        return _numeric(name, numbers, {at: f"{number:.6g}" for at, number in numbers.items()})
    words = sorted({str(value) for value in found.values()})
    if len(words) > MOST_WORDS:
        return None
    where = {word: at / (len(words) - 1) for at, word in enumerate(words)}
    places = {at: (where[str(value)], str(value)) for at, value in found.items()}
    return Axis(name, places, (words[0], words[-1]))


def _number(value: Scalar) -> float | None:
    """Return a setting's number; YAML takes `5e-05` for a word."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _numeric(name: str, numbers: dict[int, float], texts: dict[int, str]) -> Axis | None:
    low, high = min(numbers, key=numbers.__getitem__), max(numbers, key=numbers.__getitem__)
    span = numbers[high] - numbers[low]
    if not 0 < span < float("inf"):
        return None
    if 0 < numbers[low] < numbers[high] / DECADES:
        numbers = {at: log10(number) for at, number in numbers.items()}
        span = numbers[high] - numbers[low]
    places = {
        at: (round((number - numbers[low]) / span, 4), texts[at]) for at, number in numbers.items()
    }
    return Axis(name, places, (texts[low], texts[high]))


def _metrics(section: Section, members: Sequence[RunRow]) -> list[Axis]:
    """Return the section's metrics, the one that sorts it first."""
    wanted = sorted(judged(section), key=lambda metric: metric.key != section.sort)
    axes = (_metric(metric, members) for metric in wanted)
    return [axis for axis in axes if axis is not None][:MOST_METRICS]


def _metric(metric: Metric, members: Sequence[RunRow]) -> Axis | None:
    numbers: dict[int, float] = {}
    texts: dict[int, str] = {}
    for at, member in enumerate(members):
        value = member.row.values.get(metric.key)
        if value is not None and value.number is not None and isfinite(value.number):
            numbers[at], texts[at] = value.number, value.text
    if not numbers:
        return None
    arrow = {Direction.LOWER: " ↓", Direction.HIGHER: " ↑", Direction.UNKNOWN: ""}
    return _numeric(metric.title + arrow[metric.direction], numbers, texts)


def _spec(members: Sequence[RunRow], axes: Sequence[Axis], colour: Axis) -> Spec:
    titles = _unique([title(axis.title, 22) for axis in axes])
    lines: list[dict[str, Any]] = []
    for at, member in enumerate(members):
        shaded = colour.places.get(at, (None, ""))[0]
        lines += [
            {
                "run": member.name,
                "id": at,
                "axis": titles[number],
                "y": axis.places[at][0],
                "text": axis.places[at][1],
                "shade": shaded,
            }
            for number, axis in enumerate(axes)
            if at in axis.places
        ]
    ends = [
        {"axis": name, "y": y, "text": title(axis.ends[y], 14)}
        for name, axis in zip(titles, axes, strict=True)
        for y in (0, 1)
    ]
    across = {
        "field": "axis",
        "type": "nominal",
        "sort": titles,
        "title": None,
        "scale": {"type": "point", "padding": 0.35},
        "axis": {"orient": "top", "labelAngle": 0, "labelLimit": 130, "domain": False,
                 "ticks": False, "labelPadding": 26, "grid": True, "labelOverlap": False},
    }  # fmt: skip
    up = {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}}
    shade: dict[str, Any] = {
        "field": "shade",
        "type": "quantitative",
        "scale": {
            "domain": [0, 0.5, 1],
            "range": ["@ramp-0", "@ramp-1", "@ramp-2"],
            "interpolate": "lab",
        },
        "legend": None,
    }
    hover = {
        "name": "hover",
        "select": {
            "type": "point",
            "fields": ["id"],
            "on": "pointerover",
            "clear": "pointerout",
        },
    }
    lit = {"condition": {"param": "hover", "value": 1}, "value": 0.12}
    tooltip = [
        {"field": "run", "title": "Run"},
        {"field": "axis", "title": "Axis"},
        {"field": "text", "title": "Value"},
    ]
    layers: list[Spec] = [
        {
            "params": [hover],
            "mark": {"type": "line", "strokeWidth": 2, "interpolate": "monotone"},
            "encoding": {"x": across, "y": up, "detail": {"field": "id"}, "color": shade,
                         "opacity": lit, "tooltip": {"field": "run", "title": "Run"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 44},
            "encoding": {"x": across, "y": up, "color": shade, "opacity": lit,
                         "tooltip": tooltip},
        },
        {
            "data": {"values": ends},
            "transform": [{"filter": "datum.y == 1"}],
            "mark": {"type": "text", "dy": -14, "color": "@ink-2", "fontSize": 11},
            "encoding": {"x": across, "y": up, "text": {"field": "text"}},
        },
        {
            "data": {"values": ends},
            "transform": [{"filter": "datum.y == 0"}],
            "mark": {"type": "text", "dy": 16, "color": "@ink-2", "fontSize": 11},
            "encoding": {"x": across, "y": up, "text": {"field": "text"}},
        },
    ]  # fmt: skip
    return spec(list(lines), 240, layer=layers)


def _unique(names: Sequence[str]) -> list[str]:
    out: list[str] = []
    for name in names:
        chosen, count = name, 1
        while chosen in out:
            count += 1
            chosen = f"{name} {count}"
        out.append(chosen)
    return out

"""Parallel coordinates: every run a line through its settings and metrics, one chart a section."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log10
from typing import Any

import msgspec

from results_bot.model import Metric, Scalar
from results_bot.page.material import RunRow, judged
from results_bot.page.seeds import matters
from results_bot.report.html.charts import Chart, ReportData, Spec, field, spec, title, tooltip
from results_bot.report.wording import DIRECTION_ARROW

MOST_RUNS = 300
MOST_PARAMETERS = 6
MOST_METRICS = 3
MOST_WORDS = 12
"""Different values that a textual parameter may have."""
MOST_CHARTS = 4
LOGARITHMIC_FROM = 50
"""An axis whose ends are further apart than this many times is logarithmic."""


class Axis(msgspec.Struct, frozen=True):
    """One upright line: its title, and where each run crosses it, from 0 to 1, with the text."""

    title: str
    places: dict[int, tuple[float, str]]
    ends: tuple[str, str]
    """The texts at the bottom and at the top."""


def parallel_coordinates(data: ReportData) -> list[Chart]:
    """Return a chart for each section whose runs differ in at least one parameter."""
    out = []
    for section in data.case.head.summary.sections:
        view = data.case.head.sections[section.id]
        members = [row for name in view.runs if (row := view.row(name)) is not None]
        members = members[:: max(1, -(-len(members) // MOST_RUNS))]
        ordered = sorted(judged(section), key=lambda metric: metric.key != section.sort)
        drawn = [axis for one in ordered if (axis := _metric_axis(one, members)) is not None]
        metrics, parameters = drawn[:MOST_METRICS], _parameter_axes(members)
        if not parameters or not metrics or len(members) < 3:
            continue
        axes = [*parameters, *metrics]
        names = ", ".join(axis.title for axis in axes)
        alt = f"A line for each of {len(members)} runs of {section.title} through {names}."
        note = f"Coloured by {metrics[0].title}: blue is low, orange is high."
        out.append(
            Chart(
                f"parallel-{section.id}",
                section.title,
                alt,
                _spec(members, axes, metrics[0]),
                300,
                note,
                105 * len(axes),
            )
        )
    return out[:MOST_CHARTS]


def _parameter_axes(members: Sequence[RunRow]) -> list[Axis]:
    """Return the parameters that differ, those that most runs have first."""
    values: dict[str, dict[int, Scalar]] = {}
    for at, member in enumerate(members):
        for name, value in (member.run.params if member.run else {}).items():
            if value is not None and matters(name):
                values.setdefault(name, {})[at] = value
    axes: dict[tuple[str, str], Axis] = {}
    for name, found in sorted(values.items(), key=lambda item: -len(item[1])):
        varied = len({repr(value) for value in found.values()}) > 1
        if varied and len(found) * 2 >= len(members):
            axis = _parameter_axis(name.rpartition(".")[2], found)
            if axis is not None:
                # Two files of a run often hold the same settings.
                axes.setdefault((axis.title, repr(axis.places)), axis)
    return list(axes.values())[:MOST_PARAMETERS]


def _parameter_axis(name: str, found: dict[int, Scalar]) -> Axis | None:
    numbers: dict[int, float] = {}
    for at, value in found.items():
        try:
            # YAML reads `5e-05` as text.
            number = float("nan" if isinstance(value, bool) or value is None else value)
        except ValueError:
            continue
        if isfinite(number):
            numbers[at] = number
    if len(numbers) == len(found):
        return _numeric_axis(name, numbers, {at: f"{value:.6g}" for at, value in numbers.items()})
    words = sorted({str(value) for value in found.values()})
    if len(words) > MOST_WORDS:
        return None
    where = {word: at / (len(words) - 1) for at, word in enumerate(words)}
    places = {at: (where[str(value)], str(value)) for at, value in found.items()}
    return Axis(name, places, (words[0], words[-1]))


def _metric_axis(metric: Metric, members: Sequence[RunRow]) -> Axis | None:
    numbers: dict[int, float] = {}
    texts: dict[int, str] = {}
    for at, member in enumerate(members):
        value = member.row.values.get(metric.key)
        if value is not None and value.number is not None and isfinite(value.number):
            numbers[at], texts[at] = value.number, value.text
    if not numbers:
        return None
    return _numeric_axis(metric.title + DIRECTION_ARROW[metric.direction], numbers, texts)


def _numeric_axis(name: str, numbers: dict[int, float], texts: dict[int, str]) -> Axis | None:
    low, high = min(numbers, key=numbers.__getitem__), max(numbers, key=numbers.__getitem__)
    if not 0 < numbers[high] - numbers[low] < float("inf"):
        return None
    if 0 < numbers[low] < numbers[high] / LOGARITHMIC_FROM:
        numbers = {at: log10(number) for at, number in numbers.items()}
    bottom, span = numbers[low], numbers[high] - numbers[low]
    places = {at: (round((one - bottom) / span, 4), texts[at]) for at, one in numbers.items()}
    return Axis(name, places, (texts[low], texts[high]))


def _spec(members: Sequence[RunRow], axes: Sequence[Axis], colour: Axis) -> Spec:
    titles: list[str] = []
    for axis in axes:
        name = chosen = title(axis.title, 22)
        count = 1
        while chosen in titles:
            count += 1
            chosen = f"{name} {count}"
        titles.append(chosen)
    lines: list[dict[str, Any]] = [
        {
            "run": member.name,
            "id": at,
            "axis": name,
            "y": axis.places[at][0],
            "text": axis.places[at][1],
            "shade": colour.places.get(at, (None, ""))[0],
        }
        for at, member in enumerate(members)
        for name, axis in zip(titles, axes, strict=True)
        if at in axis.places
    ]
    ends = [
        {"axis": name, "y": y, "text": title(axis.ends[y], 14)}
        for name, axis in zip(titles, axes, strict=True)
        for y in (0, 1)
    ]
    across = field(
        "axis", "nominal", sort=titles, title=None, scale={"type": "point", "padding": 0.35},
        axis={"orient": "top", "labelAngle": 0, "labelLimit": 130, "domain": False, "ticks": False,
              "labelPadding": 26, "grid": True, "labelOverlap": False},
    )  # fmt: skip
    up = field("y", axis=None, scale={"domain": [0, 1]})
    ramp = {"domain": [0, 0.5, 1], "range": ["@ramp-0", "@ramp-1", "@ramp-2"], "interpolate": "lab"}
    hover = {"type": "point", "fields": ["id"], "on": "pointerover", "clear": "pointerout"}
    shown: Spec = {
        "x": across,
        "y": up,
        "color": field("shade", scale=ramp, legend=None),
        "opacity": {"condition": {"param": "hover", "value": 1}, "value": 0.12},
    }
    run = {"field": "run", "title": "Run"}
    layers: list[Spec] = [
        {
            "params": [{"name": "hover", "select": hover}],
            "mark": {"type": "line", "strokeWidth": 2, "interpolate": "monotone"},
            "encoding": {**shown, "detail": {"field": "id"}, "tooltip": run},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 44},
            "encoding": {
                **shown,
                "tooltip": tooltip(("run", "Run"), ("axis", "Axis"), ("text", "Value")),
            },
        },
    ]
    layers += [
        {
            "data": {"values": ends},
            "transform": [{"filter": f"datum.y == {y}"}],
            "mark": {"type": "text", "dy": dy, "color": "@ink-2", "fontSize": 11},
            "encoding": {"x": across, "y": up, "text": {"field": "text"}},
        }
        for y, dy in ((1, -14), (0, 16))
    ]
    return spec(lines, 240, layers)

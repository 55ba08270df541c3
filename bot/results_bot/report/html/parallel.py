"""Parallel coordinates: every run a line through its settings and metrics, one chart a section."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import isfinite, log10
from typing import TYPE_CHECKING, Any

import msgspec

from results_bot.model import Metric
from results_bot.page.replicates import defines_experiment
from results_bot.page.section import RunRow
from results_bot.report.colours import BETTER_WAY
from results_bot.report.html.charts import Chart, ReportData, Spec, field, spec, title, tooltip

if TYPE_CHECKING:
    import pandas as pd

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
    places: dict[Hashable, tuple[float, str]]
    """By the index of the run."""
    ends: tuple[str, str]
    """The texts at the bottom and at the top."""


def parallel_coordinates(data: ReportData) -> list[Chart]:
    """Return a chart for each section whose runs differ in at least one parameter."""
    out = []
    for section in data.case.head.sections:
        members = [
            row
            for name in section.runs
            if (row := data.case.head.row(section.id, name)) is not None
        ]
        members = members[:: max(1, -(-len(members) // MOST_RUNS))]
        ordered = sorted(section.judged, key=lambda metric: metric.key != section.sort)
        drawn = [axis for one in ordered if (axis := _metric_axis(one, members))]
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
    import pandas as pd

    params = [member.run.params if member.run else {} for member in members]
    frame = pd.DataFrame(params, index=range(len(members)), dtype=object)
    columns = (frame[name].dropna().map(str) for name in frame if defines_experiment(str(name)))
    axes: dict[tuple[str, str], Axis] = {}
    for texts in sorted(columns, key=len, reverse=True):
        if texts.nunique() < 2 or 2 * len(texts) < len(members):
            continue
        # As texts, since YAML reads `5e-05` as one; `True` is a word.
        numbers = pd.to_numeric(texts, errors="coerce").astype(float)
        words = sorted(texts.unique())
        title = str(texts.name).rpartition(".")[2]
        axis = None
        if numbers.map(isfinite).all():
            axis = _numeric_axis(title, numbers, numbers.map("{:.6g}".format))
        elif len(words) <= MOST_WORDS:
            where = {word: at / (len(words) - 1) for at, word in enumerate(words)}
            places = {at: (where[word], word) for at, word in texts.items()}
            axis = Axis(title, places, (words[0], words[-1]))
        if axis is not None:
            # Two files of a run often hold the same settings.
            axes.setdefault((axis.title, repr(axis.places)), axis)
    return list(axes.values())[:MOST_PARAMETERS]


def _metric_axis(metric: Metric, members: Sequence[RunRow]) -> Axis | None:
    import pandas as pd

    found = {
        at: value
        for at, member in enumerate(members)
        if (value := member.row.values.get(metric.key)) is not None
        and value.number is not None
        and isfinite(value.number)
    }
    numbers = pd.Series({at: value.number for at, value in found.items()}, dtype=float)
    texts = pd.Series(
        {at: value.text.partition(" ± ")[0] for at, value in found.items()}, dtype=object
    )
    return _numeric_axis(metric.title + BETTER_WAY[metric.direction], numbers, texts)


def _numeric_axis(title: str, numbers: pd.Series[float], texts: pd.Series[str]) -> Axis | None:
    """Return the axis of numbers; None where they are all equal, or too far apart for floats."""
    if not 0 < numbers.max() - numbers.min() < float("inf"):
        return None
    ends = texts.iloc[numbers.argmin()], texts.iloc[numbers.argmax()]
    if 0 < numbers.min() < numbers.max() / LOGARITHMIC_FROM:
        numbers = numbers.map(log10)
    scaled = ((numbers - numbers.min()) / (numbers.max() - numbers.min())).round(4)
    crossed = zip(scaled, texts, strict=True)
    return Axis(title, dict(zip(scaled.index, crossed, strict=True)), ends)


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

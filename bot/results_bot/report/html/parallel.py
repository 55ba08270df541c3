"""Parallel coordinates: every run a line through its settings and metrics, one chart a section."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite, log10
from typing import TYPE_CHECKING

from results_bot.page.replicates import defines_experiment
from results_bot.page.section import RunRow, Section
from results_bot.report.charts import short
from results_bot.report.colours import BETTER_WAY
from results_bot.report.html.charts import (
    Chart,
    ReportData,
    Spec,
    hovered,
    plot,
    spec,
    tooltip,
)

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


def parallel_coordinates(data: ReportData) -> list[Chart]:
    """Return a chart for each section whose runs differ in at least one parameter."""
    out = []
    for section in data.case.head.sections:
        rows = [row for row in map(section.row, section.runs) if row is not None]
        members = [RunRow(section, row, section.runs[row.run]) for row in rows]
        members = members[:: max(1, -(-len(members) // MOST_RUNS))]
        parameters, metrics = _parameters(members), _metrics(section, members)
        if not parameters or not metrics or len(members) < 3:
            continue
        axes = [*parameters, *metrics]
        first = metrics[0]["axis"].iloc[0]
        names = ", ".join(axis["axis"].iloc[0] for axis in axes)
        out.append(
            Chart(
                f"parallel-{section.id}",
                section.title,
                f"A line for each of {len(members)} runs of {section.title} through {names}.",
                _lines(members, axes, metrics[0]["y"]),
                300,
                f"Coloured by {first}: blue is low, orange is high.",
                105 * len(axes),
            )
        )
    return out[:MOST_CHARTS]


def _parameters(members: Sequence[RunRow]) -> list[pd.DataFrame]:
    """Return the axes of the parameters that differ, those that most runs have first."""
    import pandas as pd

    params = [member.run.params if member.run else {} for member in members]
    frame = pd.DataFrame(params, index=range(len(members)), dtype=object)
    columns = (frame[name].dropna().map(str) for name in frame if defines_experiment(str(name)))
    axes: dict[tuple[object, ...], pd.DataFrame] = {}
    for column in sorted(columns, key=len, reverse=True):
        # As texts, since YAML reads `5e-05` as one; `True` is a word.
        numbers = pd.to_numeric(column, errors="coerce").astype(float)
        if are_numbers := numbers.map(isfinite).all():
            texts = numbers.map("{:.6g}".format)
        else:
            texts, numbers = column, column.astype("category").cat.codes.astype(float)
        if 2 * len(texts) < len(members) or not (are_numbers or texts.nunique() <= MOST_WORDS):
            continue
        name = str(column.name).rpartition(".")[2]
        axis = _axis(name, numbers, texts)
        if axis is not None:
            # Two files of a run often hold the same settings.
            axes.setdefault((name, *texts.items()), axis)
    return list(axes.values())[:MOST_PARAMETERS]


def _metrics(section: Section, members: Sequence[RunRow]) -> list[pd.DataFrame]:
    """Return the axes of the first metrics, the one that sorts the section before all others."""
    import pandas as pd

    axes = []
    for metric in sorted(section.judged, key=lambda metric: metric.key != section.sort):
        values = {at: member.row.values.get(metric.key) for at, member in enumerate(members)}
        found = {
            at: (value.number, value.text.partition(" ± ")[0])
            for at, value in values.items()
            if value is not None and value.number is not None and isfinite(value.number)
        }
        frame = pd.DataFrame.from_dict(found, "index", columns=["number", "text"])
        numbers = frame["number"].astype(float)
        axes.append(_axis(metric.title + BETTER_WAY[metric.direction], numbers, frame["text"]))
    return [axis for axis in axes if axis is not None][:MOST_METRICS]


def _axis(name: str, numbers: pd.Series[float], texts: pd.Series[str]) -> pd.DataFrame | None:
    """Return where each run crosses an upright line, from 0 to 1, with the text.

    None where the numbers are all equal, or too far apart for floats.
    """
    import pandas as pd

    if not 0 < numbers.max() - numbers.min() < float("inf"):
        return None
    if 0 < numbers.min() < numbers.max() / LOGARITHMIC_FROM:
        numbers = numbers.map(log10)
    places = (numbers - numbers.min()) / (numbers.max() - numbers.min())
    axis = pd.DataFrame({"axis": short(name, 22), "y": places.round(4), "text": texts, "end": ""})
    axis.loc[[places.idxmin(), places.idxmax()], "end"] = ["low", "high"]
    return axis


def _lines(
    members: Sequence[RunRow], axes: Sequence[pd.DataFrame], colour: pd.Series[float]
) -> Spec:
    import altair as alt
    import pandas as pd

    crossed = pd.concat([axis.assign(at=at) for at, axis in enumerate(axes)])
    crossed = crossed.assign(id=crossed.index, shade=colour.reindex(crossed.index))
    crossed["run"] = [members[at].name for at in crossed["id"]]
    # Two settings may have one title: the scale is made of places.
    titles = json.dumps([axis["axis"].iloc[0] for axis in axes])
    across = alt.Axis(
        orient="top",
        labelExpr=f"{titles}[datum.value]",
        labelAngle=0,
        labelLimit=130,
        labelPadding=26,
        labelOverlap=False,
        domain=False,
        ticks=False,
        grid=True,
    )
    base = plot(
        x=alt.X("at:O", title=None, axis=across, scale=alt.Scale(type="point", padding=0.35)),
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, 1])),
    )
    over = hovered("over", fields=["id"])
    ramp = alt.Scale(domain=[0, 0.5, 1], range=["@ramp-0", "@ramp-1", "@ramp-2"], interpolate="lab")
    coloured = base.encode(
        color=alt.Color("shade:Q", scale=ramp, legend=None),
        opacity=alt.when(over).then(alt.value(1)).otherwise(alt.value(0.12)),
    )
    lines = coloured.mark_line(strokeWidth=2, interpolate="monotone")
    dots = coloured.mark_point(filled=True, size=44)
    ends = [
        base.transform_filter(f"datum.end == '{end}'")
        .mark_text(dy=dy, color="@ink-2", fontSize=11, limit=95)
        .encode(text="text:N")
        for end, dy in (("high", -14), ("low", 16))
    ]
    return spec(
        crossed.to_dict(orient="records"),
        240,
        [
            lines.encode(detail="id:N", tooltip=tooltip(run="Run"))
            .add_params(over)
            .properties(name="lines"),
            dots.encode(tooltip=tooltip(run="Run", axis="Axis", text="Value")),
            *ends,
        ],
    )

"""Charts as Vega-Lite: what `page/charts` chose, in one look. altair builds and checks them.

Names of runs are only ever data, and fields have names of their own: nothing from an artifact is
read as a field path or a link, and in an expression only as a JSON string.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from results_bot.hostile import printable
from results_bot.model import Direction, Metric
from results_bot.page.charts import Chart, Dot, Tradeoff
from results_bot.report.gfm import clip

if TYPE_CHECKING:
    import altair as alt

LOOK = 2
"""Part of every chart file's stamp: raise it where a change below should redraw all charts."""
# Tones that stand out from white as much as from GitHub's dark background, about 4.3 to 1 (WCAG);
# blue and orange are told apart by everybody, and shapes differ too.
TEXT, GRID, POINT, MARKED = "#787878", "#78787840", "#3f83c8", "#c8661e"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH, HEIGHT, LINE = 560, 320, 20
_NAME = 32
_FAR = 0.6
"""Part of the width from which a label finds no room on its right."""


def spec(chart: Chart) -> dict[str, Any]:
    """Return the chart as a Vega-Lite document."""
    drawn = _tradeoff(chart) if isinstance(chart, Tradeoff) else _dot_plot(chart.x, chart.dots)
    title, subtitle = _titles(chart)
    looked = drawn.properties(title={"text": title, "subtitle": subtitle}).configure(
        font=FONT,
        background="transparent",
        padding={"left": _spare(chart), "right": 24, "top": 5, "bottom": 5},
        view={"stroke": None},
        axis={
            "labelColor": TEXT,
            "titleColor": TEXT,
            "titleFontWeight": "normal",
            "titlePadding": 14,
            "gridColor": GRID,
            "domainColor": TEXT,
            "tickColor": TEXT,
        },
        title={"color": TEXT, "subtitleColor": TEXT, "anchor": "start"},
    )
    out: dict[str, Any] = looked.to_dict()
    return out


def _spare(chart: Chart) -> float:
    """Return room on the left for a reader's font, which may be wider than the one measured."""
    longest = max((len(_name(dot.run)) for dot in chart.dots), default=0)
    return 12 if isinstance(chart, Tradeoff) else 8 + 1.6 * longest


def axis_title(metric: Metric) -> str:
    """Return a metric's title with its direction."""
    name = clip(printable(metric.title), 60)
    return (
        name if metric.direction is Direction.UNKNOWN else f"{name} ({metric.direction} is better)"
    )


def number_format(metric: Metric) -> str:
    """Return the d3 format for an axis: few digits, percents where the page shows some."""
    percent = metric.format.endswith("%") and not metric.format.endswith("f%")
    return "~%" if percent else "~g"


def _titles(chart: Chart) -> tuple[str, str]:
    title = clip(printable(chart.title), 70)
    if not chart.left_out:
        return title, f"{len(chart.dots)} runs"
    return title, f"{len(chart.dots)} runs; {chart.left_out} more are only in the table"


def _tradeoff(chart: Tradeoff) -> alt.LayerChart | alt.FacetChart:
    """Return all runs as dots, those of the front as diamonds on a line, three of them named."""
    import altair as alt

    base = _base(_records(chart), chart.x).encode(y=_scaled("y", chart.y))
    front = base.transform_filter("datum.front")
    line = front.mark_line(color=MARKED, strokeDash=[4, 3]).encode(order="x:Q")
    others = base.transform_filter("!datum.front").mark_point(color=POINT, size=50, opacity=1)
    dots = front.mark_point(color=MARKED, filled=True, size=90, shape="diamond", opacity=1)
    names = [
        base.transform_filter(alt.FieldEqualPredicate(field="place", equal=place))
        .mark_text(color=MARKED, fontWeight="bold", align=align, dx=dx, dy=dy)
        .encode(text="name:N")
        for place, (align, dx, dy) in _PLACES.items()
    ]
    return alt.layer(line, others, dots, *names).properties(width=WIDTH, height=HEIGHT)


_PLACES: dict[str, tuple[Literal["left", "right"], int, int]] = {
    "above right": ("left", 9, -10),
    "above left": ("right", -9, -10),
    "below right": ("left", 9, 11),
    "below left": ("right", -9, 11),
}
"""Where a label stands, seen from its dot."""


def _records(chart: Tradeoff) -> list[dict[str, Any]]:
    low, high = min(dot.x for dot in chart.dots), max(dot.x for dot in chart.dots)
    return [_record(chart, dot, (dot.x - low) / ((high - low) or 1)) for dot in chart.dots]


def _record(chart: Tradeoff, dot: Dot, at: float) -> dict[str, Any]:
    """Return a dot's data; its label stands where the line of the front does not run."""
    record: dict[str, Any] = {"x": dot.x, "y": dot.y, "front": dot.front}
    if dot.label:
        right = at < _FAR
        above = right == (chart.x.direction is chart.y.direction)
        record["place"] = f"{'above' if above else 'below'} {'right' if right else 'left'}"
        record["name"] = f"{clip(dot.label, 40)}: {_name(dot.run)}"
    return record


def _dot_plot(metric: Metric, dots: Sequence[Dot]) -> alt.LayerChart | alt.FacetChart:
    """Return a line a run, best on top; the best is marked."""
    import altair as alt

    # Places, not names, make the scale: names may be equal once they are cut.
    names = [_name(dot.run) for dot in dots]
    records = [{"x": dot.x, "place": place, "best": place == 0} for place, dot in enumerate(dots)]
    y = alt.Y(
        "place:O",
        title=None,
        axis=alt.Axis(
            grid=True, domain=False, ticks=False, labelLimit=260, labelExpr=_looked_up(names)
        ),
    )
    base = _base(records, metric).encode(y=y)
    rest = base.transform_filter("!datum.best").mark_point(
        color=POINT, filled=True, size=60, opacity=1
    )
    best = base.transform_filter("datum.best").mark_point(
        color=MARKED, filled=True, size=90, shape="diamond", opacity=1
    )
    return alt.layer(rest, best).properties(width=WIDTH - 160, height=alt.Step(LINE))


def _looked_up(names: Sequence[str]) -> str:
    """Return an expression that turns a place into its name; the names are JSON text in it."""
    return f"{json.dumps(names)}[datum.value]"


def _base(records: list[dict[str, Any]], metric: Metric) -> alt.Chart:
    import altair as alt

    return alt.Chart(alt.InlineData(values=records)).encode(x=_scaled("x", metric))


def _scaled(field: Literal["x", "y"], metric: Metric) -> Any:
    import altair as alt

    channel = alt.X if field == "x" else alt.Y
    return channel(
        f"{field}:Q",
        title=axis_title(metric),
        scale=alt.Scale(zero=False, nice=True, padding=12),
        axis=alt.Axis(format=number_format(metric), tickCount=6),
    )


def _name(run: str) -> str:
    return clip(printable(run), _NAME)

"""The SVG files beside the page.

Names of runs are only ever data: nothing from an artifact is read as syntax, a field path or a
link, and inside an expression a name is a JSON string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from msgspec import to_builtins

from results_bot.errors import ConfigError
from results_bot.escape import printable
from results_bot.model import Direction, Metric
from results_bot.page.charts import Chart, Dot, Tradeoff
from results_bot.report.markdown import clip

if TYPE_CHECKING:
    import altair as alt

LOOK = 2
"""Part of every SVG file's stamp: raise it when a change below should redraw all charts."""
# Tones that stand out from white as much as from GitHub's dark background, about 4.3 to 1 (WCAG);
# blue and orange are distinct under colour blindness too, and shapes differ.
TEXT, GRID, POINT, MARKED = "#787878", "#78787840", "#3f83c8", "#c8661e"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH, HEIGHT, LINE = 560, 320, 20
_NAME = 32
_FAR = 0.6
"""Part of the width from which a label finds no room on its right."""
_STAMP = re.compile(rb"\n<!-- results-bot:chart ([0-9a-f]{16}) ([0-9a-f]{16}) -->\n\Z")


def draw(chart: Chart) -> bytes:
    """Return the SVG file of a chart, stamped with what it shows.

    A file whose stamp fits is not drawn again: fonts and versions differ between machines, and an
    unchanged chart is no change. Raises ConfigError where the charts extra is not installed.
    """
    try:
        import vl_convert
        from altair import SCHEMA_VERSION
    except ImportError:
        raise ConfigError(
            "charts = true needs the packages that draw: pip install 'results-bot[charts]'"
        ) from None
    version = ".".join(SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    drawn: str = vl_convert.vegalite_to_svg(spec(chart), vl_version=version, allowed_base_urls=[])
    body = drawn.replace("\r\n", "\n").strip("\n").encode()
    return body + f"\n<!-- results-bot:chart {_content(chart)} {digest(body)} -->\n".encode()


def is_ours(file: bytes) -> bool:
    """Return whether results-bot drew a file, so that it may be replaced or deleted."""
    return _STAMP.search(_unix(file)) is not None


def is_true(file: bytes, chart: Chart) -> bool:
    """Return whether a file shows this very chart and is as it was drawn."""
    content = _unix(file)
    found = _STAMP.search(content)
    if found is None:
        return False
    body = content[: found.start()]
    return found[1].decode() == _content(chart) and found[2].decode() == digest(body)


def spec(chart: Chart) -> dict[str, Any]:
    """Return the chart as a Vega-Lite document."""
    drawn = _tradeoff(chart) if isinstance(chart, Tradeoff) else _dot_plot(chart.x, chart.dots)
    subtitle = f"{len(chart.dots)} runs"
    if chart.left_out:
        subtitle += f"; {chart.left_out} more are only in the table"
    # Room on the left for a reader's font, which may be wider than the one measured.
    longest = max((len(_name(dot.run)) for dot in chart.dots), default=0)
    left = 12 if isinstance(chart, Tradeoff) else 8 + 1.6 * longest
    looked = drawn.properties(
        title={"text": short(chart.title, 70), "subtitle": subtitle}
    ).configure(
        font=FONT,
        background="transparent",
        padding={"left": left, "right": 24, "top": 5, "bottom": 5},
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


LABEL_PLACES: dict[str, tuple[Literal["left", "right"], int, int]] = {
    "above right": ("left", 9, -10),
    "above left": ("right", -9, -10),
    "below right": ("left", 9, 11),
    "below left": ("right", -9, 11),
}
"""Alignment and offset of a label, by where it stands seen from its point."""


def tradeoff_records(chart: Tradeoff) -> list[dict[str, Any]]:
    """Return the data of a trade-off: a record a run, with a label off the front's line."""
    low, high = min(dot.x for dot in chart.dots), max(dot.x for dot in chart.dots)
    descending = chart.x.direction is chart.y.direction
    records = []
    for dot in chart.dots:
        record: dict[str, Any] = {"x": dot.x, "y": dot.y, "front": dot.front}
        if dot.label:
            right = (dot.x - low) / ((high - low) or 1) < _FAR
            up = "above" if right == descending else "below"
            record["place"] = f"{up} {'right' if right else 'left'}"
            record["name"] = f"{clip(dot.label, 40)}: {_name(dot.run)}"
        records.append(record)
    return records


def tradeoff_layers(
    base: alt.Chart, point: str = POINT, marked: str = MARKED, **encoding: Any
) -> list[alt.Chart]:
    """Return all runs as dots, those of the front as diamonds on a line, three of them named.

    `base` has the axes, and `encoding` is for the dots.
    """
    import altair as alt

    front = base.transform_filter("datum.front")
    line = front.mark_line(color=marked, strokeDash=[4, 3]).encode(order="x:Q")
    others = base.transform_filter("!datum.front").mark_point(color=point, size=50, opacity=1)
    dots = front.mark_point(color=marked, filled=True, size=90, shape="diamond", opacity=1)
    names = [
        base.transform_filter(alt.FieldEqualPredicate(field="place", equal=place))
        .mark_text(color=marked, fontWeight="bold", align=align, dx=dx, dy=dy)
        .encode(text="name:N")
        for place, (align, dx, dy) in LABEL_PLACES.items()
    ]
    return [line, others.encode(**encoding), dots.encode(**encoding), *names]


def _tradeoff(chart: Tradeoff) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    base = _base(tradeoff_records(chart), chart.x).encode(y=axis("y", chart.y))
    return alt.layer(*tradeoff_layers(base)).properties(width=WIDTH, height=HEIGHT)


def _dot_plot(metric: Metric, dots: Sequence[Dot]) -> alt.LayerChart | alt.FacetChart:
    """Return one line a run, the best on top and marked."""
    import altair as alt

    # The scale is made of places, not of names, which may be equal once they are cut.
    names = json.dumps([_name(dot.run) for dot in dots])
    records = [{"x": dot.x, "place": place, "best": place == 0} for place, dot in enumerate(dots)]
    lines = alt.Axis(
        grid=True, domain=False, ticks=False, labelLimit=260, labelExpr=f"{names}[datum.value]"
    )
    base = _base(records, metric).encode(y=alt.Y("place:O", title=None, axis=lines))
    rest = base.transform_filter("!datum.best").mark_point(
        color=POINT, filled=True, size=60, opacity=1
    )
    best = base.transform_filter("datum.best").mark_point(
        color=MARKED, filled=True, size=90, shape="diamond", opacity=1
    )
    return alt.layer(rest, best).properties(width=WIDTH - 160, height=alt.Step(LINE))


def _base(records: list[dict[str, Any]], metric: Metric) -> alt.Chart:
    import altair as alt

    return alt.Chart(alt.InlineData(values=records)).encode(x=axis("x", metric))


def axis(channel: str, metric: Metric, field: str = "") -> Any:
    """Return the axis of a metric, of the field that the channel is called by unless another is."""
    import altair as alt

    title = short(metric.title)
    if metric.direction is not Direction.UNKNOWN:
        title += f" ({metric.direction} is better)"
    # Under `.2f%` the value is a percentage already, and no fraction.
    percent = metric.format.endswith("%") and not metric.format.endswith("f%")
    return (alt.X if channel == "x" else alt.Y)(
        f"{field or channel}:Q",
        title=title,
        scale=alt.Scale(zero=False, nice=True, padding=12),
        axis=alt.Axis(format="~%" if percent else "~g", tickCount=6),
    )


def _name(run: str) -> str:
    return short(run, _NAME)


def short(text: str, most: int = 60) -> str:
    """Return printable text, cut where it is long."""
    return clip(printable(text), most)


def _content(chart: Chart) -> str:
    """Return a digest of a chart's data and of how charts look."""
    return digest(json.dumps([LOOK, chart.kind, to_builtins(chart)]).encode())


def digest(data: bytes) -> str:
    """Return the start of a SHA-256 digest."""
    return sha256(data).hexdigest()[:16]


def _unix(file: bytes) -> bytes:
    """Undo the line ends that git writes on some machines."""
    return file.replace(b"\r\n", b"\n")

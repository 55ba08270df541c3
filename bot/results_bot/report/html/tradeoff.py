"""The trade-off of two metrics: every run a point, with the front, the knee and what changed."""

from __future__ import annotations

from itertools import islice

from msgspec.structs import replace

from results_bot.model import Metric
from results_bot.page.charts import described, tradeoff
from results_bot.page.takeaways.view import Focus, View
from results_bot.report.charts import axis, short, tradeoff_layers, tradeoff_records
from results_bot.report.html.charts import (
    Chart,
    ReportData,
    error_bars,
    plot,
    spec,
    spread,
    tooltip,
)

MOST_POINTS = 2_000
"""Points behind the front; more would be one cloud."""
MOST_POINTS_OF_OTHERS = 500
"""The same, where a reader chose another metric."""
OTHERS = 4
"""Further metrics to choose from."""


def tradeoffs(data: ReportData) -> list[Chart]:
    """Return the chart of the section in which the page's first metric is best.

    A reader may choose another second metric. Where one run is best in both metrics, there is
    nothing to trade.
    """
    view = View(data.case.facts)
    focus = view.focus
    seconds = view.seconds(focus.section, focus.primary) if focus else []
    charts = (chart for one in seconds if focus and (chart := _chart(data, view, focus, one)))
    drawn = [*islice(charts, OTHERS + 1)]
    return [replace(drawn[0], id="tradeoff", others=tuple(drawn[1:]))] if drawn else []


def _chart(data: ReportData, view: View, focus: Focus, second: Metric) -> Chart | None:
    """Return the chart with `second` across; None where there is nothing to trade."""
    section, primary = focus.section, focus.primary
    chosen = second == focus.second
    most = MOST_POINTS if chosen else MOST_POINTS_OF_OTHERS
    found = tradeoff(view.facts, section, second, primary, most)
    if found is None or sum(dot.front for dot in found.dots) < 2:
        return None
    records = tradeoff_records(found)
    for dot, record in zip(found.dots, records, strict=True):
        member = data.case.head.row(section.id, dot.run)
        before = data.case.base.row(section.id, dot.run)
        touched = (section.id, dot.run) in data.case.touched
        record["run"] = dot.run
        for name, metric in (("x", second), ("y", primary)):
            # A section may hide the page's first metric.
            value = member.row.values.get(metric.key) if member else None
            was = before.row.values.get(metric.key) if before and touched else None
            record.update(spread(name, value))
            record[f"{name}_text"] = value.text if value else ""
            record.update({f"{name}_before": was.number} if was else {})
    why = (
        "orders another section"
        if second.key in view.sorted_by
        else "is the next metric that moves"
    )
    note = f"{section.title}: {primary.title} orders the page, {second.title} {why}."
    note += " The takeaways weigh these two." if chosen else ""
    base = plot(x=axis("x", second), y=axis("y", primary))
    # A line from where each changed run stood, and a hollow point there.
    moved = base.transform_filter("isValid(datum.x_before) && isValid(datum.y_before)").encode(
        x=axis("x", second, "x_before"), y=axis("y", primary, "y_before")
    )
    shown = tooltip(run="Run", y_text=short(primary.title), x_text=short(second.title))
    layers = [
        moved.mark_rule(color="@ink-2", strokeWidth=1.2, opacity=0.8).encode(x2="x:Q", y2="y:Q"),
        moved.mark_point(color="@ink-2", size=46),
        *error_bars(base, x=second, y=primary),
        *tradeoff_layers(base, "@accent", "@mark", tooltip=shown),
    ]
    return Chart(
        f"tradeoff-{second.key}",
        f"{primary.title} against {second.title}",
        f"{section.title}: {described(found)}.",
        spec(records, 360, layers),
        420,
        note,
        choice=second.title,
    )

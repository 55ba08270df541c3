"""Choose the charts of a page and their data; `report/charts` draws them.

They follow from the page alone: a machine without the artifacts draws the same charts.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from results_bot.escape import markdown
from results_bot.model import Direction, Metric
from results_bot.page.facts import Facts
from results_bot.page.section import Section, Summary
from results_bot.page.takeaways.tradeoff import knee_of, pareto_front
from results_bot.page.takeaways.view import View, costs

FEWEST = 3
"""Runs in a chart; fewer show no more than the table does."""
MOST_DOTS = 300
MOST_LINES = 40
_LONGEST = 100
KNEE = "knee"
NO_CHARTS = "Nothing to draw yet."


class Dot(msgspec.Struct, frozen=True):
    """One run: where it stands, and why it has a label."""

    run: str
    x: float
    y: float = 0.0
    front: bool = False
    """No other run beats it in both metrics."""
    label: str = ""
    """`lowest Test KL`, `knee`; empty for the others."""


class Tradeoff(msgspec.Struct, frozen=True):
    """Two metrics of one section against each other."""

    section: str
    title: str
    x: Metric
    y: Metric
    dots: tuple[Dot, ...]
    """Best x first."""
    left_out: int = 0
    """Runs of the section that are not drawn: their values do not compare, or they are too many."""
    kind = "tradeoff"


class DotPlot(msgspec.Struct, frozen=True):
    """One metric of one section, a line a run, best first."""

    section: str
    title: str
    x: Metric
    dots: tuple[Dot, ...]
    left_out: int = 0
    kind = "runs"


Chart = Tradeoff | DotPlot


def charts(summary: Summary) -> list[Chart]:
    """Return the charts of all sections in their order."""
    facts = Facts(summary.with_runs({}))
    view = View(facts)
    out: list[Chart] = []
    for section in view.sections.values():
        primary = section.metric(section.sort or "")
        if primary is None or primary not in section.judged:
            continue
        for second in view.seconds(section, primary)[:1]:
            drawn = tradeoff(facts, section, primary, second)
            out += [drawn] if drawn else []
        cost = costs(facts.comparable(section, primary), primary)
        if len(cost) >= FEWEST:
            numbers = section.numbers(primary.key)
            shown = sorted(cost, key=cost.__getitem__)[:MOST_LINES]
            dots = tuple(Dot(name, numbers[name]) for name in shown)
            left_out = len(section.names) - len(dots)
            out.append(DotPlot(section.id, section.title, primary, dots, left_out))
    return out


def file_name(chart: Chart) -> str:
    """Return the chart's file name, one for each section and kind; ids have no two dashes."""
    name = chart.section.replace("/", "--")
    if len(name.encode()) > _LONGEST:
        from hashlib import sha256

        name = f"{name[:40]}--{sha256(name.encode()).hexdigest()[:12]}"
    return f"{name}--{chart.kind}.svg"


def folder(page: str) -> str:
    """Return the folder of the page's charts, beside it: `RESULTS-charts`."""
    return f"{page.removesuffix('.md')}-charts"


def links(drawn: Sequence[Chart], page: str) -> str:
    """Return the content of the charts' block: an image each, with its description."""
    beside = folder(page).rpartition("/")[2]
    return (
        "\n\n".join(
            f"![{markdown(described(chart))}]({quote(beside)}/{quote(file_name(chart))})"
            for chart in drawn
        )
        or NO_CHARTS
    )


def described(chart: Chart) -> str:
    """Return a description for those who do not see the chart."""
    if isinstance(chart, DotPlot):
        return f"{chart.x.title} of {len(chart.dots)} runs; best: {chart.dots[0].run}"
    front = sum(dot.front for dot in chart.dots)
    marked = "".join(f"; {dot.label}: {dot.run}" for dot in chart.dots if dot.label)
    runs = f"{len(chart.dots)} runs, {front} of them on the Pareto front"
    return f"{chart.y.title} against {chart.x.title}, {runs}{marked}"


def tradeoff(
    facts: Facts, section: Section, x: Metric, y: Metric, most: int = MOST_DOTS
) -> Tradeoff | None:
    """Return the chart of two metrics, with at most `most` dots behind the front.

    None where few runs have both metrics.
    """
    across, up = (costs(facts.comparable(section, metric), metric) for metric in (x, y))
    runs = [name for name in across if name in up]
    if len(runs) < FEWEST:
        return None
    runs.sort(key=lambda name: (across[name], up[name]))
    front = pareto_front(across, up)
    on_front = set(front)
    behind = [name for name in runs if name not in on_front]
    drawn = {*front, *behind[:: -(-len(behind) // most) or 1]}
    labels = {}
    for name, metric in ((front[0], x), (front[-1], y)):
        word = "highest" if metric.direction is Direction.HIGHER else "lowest"
        labels[name] = f"{word} {metric.title}"
    if len(front) == 1:
        labels = {front[0]: "best in both"}
    knee = knee_of([(across[name], up[name]) for name in front])
    if knee is not None:
        labels[front[knee]] = KNEE
    right, high = section.numbers(x.key), section.numbers(y.key)
    dots = tuple(
        Dot(name, right[name], high[name], name in on_front, labels.get(name, ""))
        for name in runs
        if name in drawn
    )
    left_out = len(section.names) - len(dots)
    return Tradeoff(section.id, section.title, x, y, dots, left_out)

"""Which charts a page has, with their data; how they look is `report/charts`, files are not here.

Everything follows from the page alone: a machine without the artifacts draws the same charts.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from results_bot.hostile import markdown
from results_bot.model import Direction, Metric, Section, Summary
from results_bot.page.facts.facts import Facts
from results_bot.page.material import Material, judged
from results_bot.page.siblings import Member
from results_bot.page.takeaways.balanced import knee_of, pareto_front
from results_bot.page.takeaways.view import Focus, View, cost

FEWEST = 3
"""Runs in a chart; fewer say no more than the table does."""
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
    facts = Facts(Material(summary))
    view = View(facts)
    out: list[Chart] = []
    for section in summary.sections:
        primary = section.metric(section.sort or "")
        if primary is None or primary not in judged(section):
            continue
        second = view.second(section, primary)
        if second is not None:
            out += _tradeoff(view, section, primary, second)
        out += _dot_plot(facts, section, primary)
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
    """Return the content of the charts' block: an image each, with its words for a reader."""
    beside = folder(page).rpartition("/")[2]
    return (
        "\n\n".join(
            f"![{markdown(described(chart))}]({quote(beside)}/{quote(file_name(chart))})"
            for chart in drawn
        )
        or NO_CHARTS
    )


def described(chart: Chart) -> str:
    """Return a sentence for those who do not see the chart."""
    if isinstance(chart, DotPlot):
        return f"{chart.x.title} of {len(chart.dots)} runs; best: {chart.dots[0].run}"
    front = sum(dot.front for dot in chart.dots)
    marked = "".join(f"; {dot.label}: {dot.run}" for dot in chart.dots if dot.label)
    runs = f"{len(chart.dots)} runs, {front} of them on the Pareto front"
    return f"{chart.y.title} against {chart.x.title}, {runs}{marked}"


def _tradeoff(view: View, section: Section, x: Metric, y: Metric) -> list[Chart]:
    """Return the chart of two metrics, where they pull against each other at all."""
    both = {id(member) for member in view.facts.comparable(y, section)}
    members = [m for m in view.facts.comparable(x, section) if id(m) in both]
    if len(members) < FEWEST:
        return []
    members.sort(key=lambda member: (cost(member, x), cost(member, y)))
    front = pareto_front(view, Focus(section, x, members[0], y))
    on_front = {id(member) for member in front}
    rest = [member for member in members if id(member) not in on_front]
    drawn = {id(member) for member in (*front, *rest)[:MOST_DOTS]}
    labels = _labels(front, x, y)
    dots = tuple(
        Dot(
            member.name,
            _number(member, x),
            _number(member, y),
            id(member) in on_front,
            labels.get(member.name, ""),
        )
        for member in members
        if id(member) in drawn
    )
    left_out = len(section.rows) - len(dots)
    return [Tradeoff(section.id, section.title, x, y, dots, left_out)]


def _labels(front: Sequence[Member], x: Metric, y: Metric) -> dict[str, str]:
    """Return what to say of the front's ends and of its knee."""
    if len(front) == 1:
        return {front[0].name: "best in both"}
    knee = knee_of([(cost(member, x), cost(member, y)) for member in front])
    labels = {front[knee].name: KNEE} if knee is not None else {}
    return {front[0].name: _superlative(x), front[-1].name: _superlative(y), **labels}


def _superlative(metric: Metric) -> str:
    word = "highest" if metric.direction is Direction.HIGHER else "lowest"
    return f"{word} {metric.title}"


def _dot_plot(facts: Facts, section: Section, x: Metric) -> list[Chart]:
    members = sorted(facts.comparable(x, section), key=lambda member: cost(member, x))
    if len(members) < FEWEST:
        return []
    dots = tuple(Dot(member.name, _number(member, x)) for member in members[:MOST_LINES])
    return [DotPlot(section.id, section.title, x, dots, len(section.rows) - len(dots))]


def _number(member: Member, metric: Metric) -> float:
    number = member.number(metric.key)
    return float("nan") if number is None else number

"""A value over the versions of the page: its points, the changes of its level, a terminal view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

import msgspec
from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from results_bot.escape import printable
from results_bot.judge.change_points import FEWEST, ChangePoint, change_points
from results_bot.model import Metric, Value
from results_bot.numbers import p_text
from results_bot.page import cells
from results_bot.report.colours import STYLE, WORD
from results_bot.report.terminal import middle_cut
from results_bot.report.wording import plural

BAR_ROWS = 4
_BLOCKS = " ▁▂▃▄▅▆▇█"
_LABELS = ("change", "approved")


class Point(msgspec.Struct, frozen=True):
    """The value of one section at one version of the page."""

    section: str
    metric: Metric
    run: str
    value: Value
    commit: str
    date: str
    subject: str
    approved_by: tuple[str, ...] = ()

    @property
    def number(self) -> float | None:
        """The value, where it is a finite number."""
        number = self.value.number
        return number if number is not None and isfinite(number) else None


class Timeline(msgspec.Struct, frozen=True):
    """All points of one section, the oldest first, and where their level changed."""

    section: str
    points: tuple[Point, ...]
    changes: Mapping[int, ChangePoint]
    """By index in `points`."""
    measured: int
    """Number of values that changes were looked for among."""

    @property
    def metric(self) -> Metric:
        """The metric as the newest version has it."""
        return self.points[-1].metric

    @property
    def runs(self) -> list[str]:
        """The runs that had the value, in order."""
        return list(dict.fromkeys(point.run for point in self.points))

    def better(self, at: int) -> bool | None:
        """Return whether the level changed for the better at a point; None where unknown."""
        change = self.changes.get(at)
        return self.metric.better(change.after - change.before) if change else None

    def described(self, at: int) -> str:
        """Return `mean 0.4410 to 0.3300 (-0.1110), p = 0.005` for a change of level."""
        change, spec = self.changes[at], self.metric.format
        before, after = cells.number(change.before, spec), cells.number(change.after, spec)
        step = cells.signed(change.after - change.before, spec)
        return f"mean {before} to {after} ({step}), {p_text(change.p_value)}"

    def as_json(self) -> list[dict[str, Any]]:
        """Return the points for a machine."""
        out: list[dict[str, Any]] = []
        for at, point in enumerate(self.points):
            change = self.changes.get(at)
            level = change and {
                "mean_before": change.before,
                "mean_after": change.after,
                "p_value": change.p_value,
            }
            out.append(
                {
                    "section": point.section,
                    "metric": point.metric.key,
                    "run": point.run,
                    "text": point.value.text,
                    "number": point.number,
                    "commit": point.commit,
                    "date": point.date,
                    "approved_by": list(point.approved_by),
                    "change_point": level,
                }
            )
        return out


def timelines(points: Sequence[Point]) -> list[Timeline]:
    """Return a timeline for each section that has points."""
    out = []
    for section in dict.fromkeys(point.section for point in points):
        own = tuple(point for point in points if point.section == section)
        # A value that stays where only the run's name changes was not measured again.
        places: list[int] = []
        for at, point in enumerate(own):
            same = places and own[places[-1]].value.text == point.value.text
            if point.number is not None and not same:
                places.append(at)
        found = change_points([own[at].number or 0.0 for at in places])
        changes = {places[change.at]: change for change in found}
        out.append(Timeline(section, own, changes, len(places)))
    return out


def render(
    found: Sequence[Timeline], limit: int, columns: int, *, best: bool = True
) -> list[RenderableType]:
    """Return what to draw: each section with its bars and its last `limit` values."""
    parts: list[RenderableType] = []
    for one in found:
        what = f"best {one.metric.spoken}" if best else one.metric.spoken
        heading = f"{one.section}: {what}, {plural(len(one.points), 'value')}"
        parts.append(_line(heading, style="bold"))
        if len(one.runs) == 1:
            parts.append(Text(f"  run {_cut(one.runs[0], columns - 6)}"))
        if len(one.points) > 1:
            parts += [Text(""), *_bars(one, columns), Text(""), *_changes(one, columns)]
        parts += [Text(""), *_values(one, limit, columns), Text("")]
    return parts[:-1]


def _bars(one: Timeline, columns: int) -> Iterator[Text]:
    """Yield the bars of the newest values that fit, and marks for level changes and approvals."""
    numbers = [point.number for point in one.points]
    finite = [number for number in numbers if number is not None]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    ends = [cells.number(bound, one.metric.format) for bound in (high, low)]
    gutter = max(map(len, (*ends, *_LABELS)))
    room = columns - gutter - 3
    wide = 2 * len(numbers) <= room
    gap = " " if wide else ""
    shown = range(max(0, len(numbers) - (room // 2 if wide else room)), len(numbers))
    span = (high - low) or 1.0
    for row in reversed(range(BAR_ROWS)):
        drawn = []
        for at in shown:
            number = numbers[at]
            if number is None:
                drawn.append("?" if row == 0 else " ")
            else:
                share = (number - low) / span if high > low else 0.5
                height = 1 + round(share * (BAR_ROWS * 8 - 1))
                drawn.append(_BLOCKS[max(0, min(8, height - row * 8))])
        label = {BAR_ROWS - 1: ends[0], 0: ends[1]}.get(row, "")
        yield Text(f"  {label:>{gutter}} {gap.join(drawn)}")
    steps = [Text(_arrow(one, at), STYLE[one.better(at)]) for at in shown]
    approved = [Text("✓" if one.points[at].approved_by else " ") for at in shown]
    for label, marks in zip(_LABELS, (steps, approved), strict=True):
        line = Text(gap).join(marks)
        if line.plain.strip():
            yield Text(f"  {label:>{gutter}} ") + line


def _changes(one: Timeline, columns: int) -> Iterator[Text]:
    """Yield a sentence for each change of level, or that there is none."""
    if one.measured < FEWEST:
        yield Text("  Too few values to tell a change of level from chance.")
    elif not one.changes:
        yield Text(f"  No change of level in {one.measured} values.")
    for at in one.changes:
        way = one.better(at)
        start, since = f"  {_arrow(one, at)} {WORD[way]}", f" since {one.points[at].date[:10]}:"
        fits = len(start + since + one.described(at)) < columns
        text = f" {one.described(at)}" if fits else f"\n    {one.described(at)}"
        yield Text.assemble((start, STYLE[way]), since, text)


def _values(one: Timeline, limit: int, columns: int) -> Iterator[RenderableType]:
    """Yield a table of the last values: date, commit, value, step, run, and why it changed."""
    several = len(one.runs) > 1
    table = Table.grid(padding=(0, 2, 0, 0))
    for right in (False, False, True, True, *([False] if several else [])):
        table.add_column(no_wrap=True, justify="right" if right else "left")
    table.add_column()
    first = max(0, len(one.points) - max(0, limit))
    shown = list(enumerate(one.points))[first:]
    values = [printable(point.value.text) for _, point in shown]
    # Date, commit, step and the blanks between the columns take about 40.
    most = max(3, (columns - 40 - max(map(cell_len, values), default=0)) * 3 // 5)
    for (at, point), value in zip(shown, values, strict=True):
        before = one.points[at - 1].number if at else None
        delta = point.number - before if point.number is not None and before is not None else None
        style = STYLE[one.metric.better(delta)]
        by = f"approved by {printable(', '.join(point.approved_by))} · "
        why = (by if point.approved_by else "") + printable(point.subject)
        mark = Text(_arrow(one, at), STYLE[one.better(at)])
        table.add_row(
            mark + Text(f" {point.date[:10]}"),
            Text(point.commit[:8]),
            Text(value, style),
            Text(cells.signed(delta, one.metric.format) if delta else "", style),
            *([Text(_cut(point.run, most))] if several else []),
            _line(why),
        )
    yield table


def _arrow(one: Timeline, at: int) -> str:
    """Return where the level went at a point; a blank where it did not change."""
    change = one.changes.get(at)
    if change is None or change.after == change.before:
        return " "
    return "↓" if change.after < change.before else "↑"


def _cut(text: str, most: int) -> str:
    return middle_cut(printable(text), most)


def _line(text: str, style: str = "") -> Text:
    return Text(printable(text), style=style, no_wrap=True, overflow="ellipsis")

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
from results_bot.judge.rule import grouped
from results_bot.model import Metric, Value
from results_bot.numbers import p_text, plural
from results_bot.page import cells
from results_bot.report.colours import STYLE, WORD
from results_bot.report.terminal import middle_cut

_BLOCKS = "▁▂▃▄▅▆▇█"


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
        levels = {
            at: {
                "mean_before": change.before,
                "mean_after": change.after,
                "p_value": change.p_value,
            }
            for at, change in self.changes.items()
        }
        return [
            {
                "section": point.section,
                "metric": point.metric.key,
                "run": point.run,
                "text": point.value.text,
                "number": point.number,
                "commit": point.commit,
                "date": point.date,
                "approved_by": list(point.approved_by),
                "change_point": levels.get(at),
            }
            for at, point in enumerate(self.points)
        ]


def timelines(points: Sequence[Point]) -> list[Timeline]:
    """Return a timeline for each section that has points."""
    out = []
    for section, own in grouped(points, lambda point: point.section).items():
        # A value that stays where only the run's name changes was not measured again.
        places: list[int] = []
        for at, point in enumerate(own):
            same = places and own[places[-1]].value.text == point.value.text
            if point.number is not None and not same:
                places.append(at)
        found = change_points([own[at].number or 0.0 for at in places])
        changes = {places[change.at]: change for change in found}
        out.append(Timeline(section, tuple(own), changes, len(places)))
    return out


def render(
    found: Sequence[Timeline], limit: int, columns: int, *, best: bool = True
) -> list[RenderableType]:
    """Return what to draw: each section with a sparkline and its last `limit` values."""
    parts: list[RenderableType] = []
    for one in found:
        what = f"best {one.metric.spoken}" if best else one.metric.spoken
        heading = f"{one.section}: {what}, {plural(len(one.points), 'value')}"
        parts.append(_line(heading, style="bold"))
        if len(one.runs) == 1:
            parts.append(Text(f"  run {_cut(one.runs[0], columns - 6)}"))
        if len(one.points) > 1:
            parts += [Text(""), _sparkline(one, columns), Text(""), *_changes(one)]
        parts += [Text(""), *_values(one, limit, columns), Text("")]
    return parts[:-1]


def _sparkline(one: Timeline, columns: int) -> Text:
    """Return the newest values that fit in one line, and the lowest and highest of all."""
    numbers = [point.number for point in one.points]
    finite = [number for number in numbers if number is not None]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    span = (high - low) or 1.0
    ends = " to ".join(cells.number(bound, one.metric.format) for bound in (low, high))
    shown = numbers[-max(1, columns - len(ends) - 4) :]
    blocks = ("?" if one is None else _BLOCKS[round((one - low) / span * 7)] for one in shown)
    return Text(f"  {''.join(blocks)}  {ends}")


def _changes(one: Timeline) -> Iterator[Text]:
    """Yield a sentence for each change of level, or that there is none."""
    if one.measured < FEWEST:
        yield Text("  Too few values to tell a change of level from chance.")
    elif not one.changes:
        yield Text(f"  No change of level in {one.measured} values.")
    for at in one.changes:
        way, since = one.better(at), one.points[at].date[:10]
        start = f"  {_arrow(one, at)} {WORD[way]}"
        yield Text.assemble((start, STYLE[way]), f" since {since}: {one.described(at)}")


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

"""A metric's history for a terminal: bars with the changes of level, and a line for each value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from results_bot.hostile import printable
from results_bot.page import cells
from results_bot.report.history import Point, Timeline, better, told
from results_bot.report.narrow import end_cut, middle_cut, width

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

ROWS = 4
"""Lines that the bars are high."""
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_WORD = {True: "better", False: "worse", None: "changed"}
_STYLE = {True: "green", False: "red", None: ""}
_FEW = 2
"""Values below which there is nothing to draw."""
_LABELS = ("change", "approved")
_START = "  2026-03-05  1a2b3c4d  "
"""What stands before the value in its line."""


def render(
    timelines: Sequence[Timeline], limit: int, columns: int, *, best: bool = True
) -> list[RenderableType]:
    """Return what to draw: each section with its bars and its last `limit` values."""
    from rich.text import Text

    parts: list[RenderableType] = []
    for one in timelines:
        parts += _heading(one, columns, best=best)
        if len(one.points) >= _FEW:
            parts += [Text(""), *_bars(one, columns), Text(""), *_changes(one, columns)]
        parts += [Text(""), *_values(one, limit, columns), Text("")]
    return parts[:-1]


def _heading(one: Timeline, columns: int, *, best: bool) -> Iterator[Text]:
    from rich.text import Text

    what = f"best {one.metric.spoken}" if best else one.metric.spoken
    count = f"{len(one.points)} {'value' if len(one.points) == 1 else 'values'}"
    yield Text(end_cut(printable(f"{one.section}: {what}, {count}"), columns), style="bold")
    runs = _runs(one)
    if len(runs) == 1:
        yield Text(f"  run {middle_cut(printable(runs[0]), columns - 6)}")


def _runs(one: Timeline) -> list[str]:
    return list(dict.fromkeys(point.run for point in one.points))


def _bars(one: Timeline, columns: int) -> Iterator[Text]:
    """Yield the bars, the lowest for the smallest value, and their marks; the last that fit."""
    from rich.text import Text

    numbers = [point.number for point in one.points]
    finite = [number for number in numbers if number is not None]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    ends = [cells.number(bound, one.metric.format) for bound in (high, low)]
    gutter = max(map(len, (*ends, *_LABELS)))
    room = columns - gutter - 3
    wide = 2 * len(numbers) <= room
    first = max(0, len(numbers) - (room // 2 if wide else room))
    gap = " " if wide else ""
    heights = [_height(number, low, high) for number in numbers[first:]]
    for row in reversed(range(ROWS)):
        label = ends[0] if row == ROWS - 1 else ends[1] if row == 0 else ""
        drawn = gap.join(_cell(height, row) for height in heights)
        yield Text(f"  {label:>{gutter}} {drawn}")
    yield from _marks(one, first, gutter, gap)


def _height(number: float | None, low: float, high: float) -> int | None:
    """Return eighths of a line, at least one; None where there is no number."""
    if number is None:
        return None
    share = (number - low) / (high - low) if high > low else 0.5
    return 1 + round(share * (ROWS * 8 - 1))


def _cell(height: int | None, row: int) -> str:
    if height is None:
        return "?" if row == 0 else " "
    return _EIGHTHS[max(0, min(8, height - row * 8))]


def _marks(one: Timeline, first: int, gutter: int, gap: str) -> Iterator[Text]:
    """Yield a line that marks where the level changes, and one for what somebody approved."""
    from rich.text import Text

    shown = range(first, len(one.points))
    steps = [Text(sign, style=_STYLE[way]) for sign, way in (_step(one, at) for at in shown)]
    approved = [Text("✓" if one.points[at].approved_by else " ") for at in shown]
    for label, row in zip(_LABELS, (steps, approved), strict=True):
        line = Text(gap).join(row)
        if line.plain.strip():
            yield Text(f"  {label:>{gutter}} ") + line


def _changes(one: Timeline, columns: int) -> Iterator[Text]:
    from rich.text import Text

    if not one.enough:
        yield Text("  Too few values to tell a change of level from chance.")
    elif not one.changes:
        yield Text(f"  No change of level in {one.measured} values.")
    for at, change in one.changes.items():
        sign, way = _step(one, at)
        start = f"  {sign} {_WORD[way]}"
        since, said = f" since {one.points[at].date[:10]}:", told(change, one.metric)
        fits = width(start) + width(since) + width(said) < columns
        yield Text.assemble((start, _STYLE[way]), since, f" {said}" if fits else f"\n    {said}")


def _step(one: Timeline, at: int) -> tuple[str, bool | None]:
    """Return an arrow where the level changes at a point, and whether it is for the better."""
    change = one.changes.get(at)
    step = change.after - change.before if change else 0.0
    return "↑" if step > 0 else "↓" if step < 0 else " ", better(step, one.metric)


def _values(one: Timeline, limit: int, columns: int) -> Iterator[Text]:
    """Yield a line for each of the last values: date, commit, value, run, and why."""
    from rich.text import Text

    first = max(0, len(one.points) - max(0, limit))
    shown = range(first, len(one.points))
    deltas = [_difference(one.points[at - 1] if at else None, one.points[at]) for at in shown]
    steps = [cells.signed(delta, one.metric.format) if delta else "" for delta in deltas]
    texts = _padded([printable(one.points[at].value.text) for at in shown], right=True)
    values = [
        f"{text}  {step}" for text, step in zip(texts, _padded(steps, right=True), strict=True)
    ]
    names = [printable(one.points[at].run) if len(_runs(one)) > 1 else "" for at in shown]
    most = (columns - len(_START) - max(map(width, values), default=0)) * 3 // 5
    names = _padded([middle_cut(name, most) for name in names])
    for at, delta, value, name in zip(shown, deltas, values, names, strict=True):
        point = one.points[at]
        sign, way = _step(one, at)
        rest = f"  {name}  " if name else "  "
        left = columns - len(_START) - width(value) - width(rest)
        yield Text.assemble(
            (sign, _STYLE[way]),
            f" {point.date[:10]}  {point.commit[:8]}  ",
            (value, _STYLE[better(delta, one.metric)]),
            rest,
            end_cut(_why(point), left),
        )


def _padded(texts: Sequence[str], *, right: bool = False) -> list[str]:
    """Return the texts as one column, as wide as the widest."""
    most = max(map(width, texts), default=0)
    blanks = [" " * (most - width(text)) for text in texts]
    pairs = zip(blanks, texts, strict=True)
    return [blank + text if right else text + blank for blank, text in pairs]


def _why(point: Point) -> str:
    subject = printable(point.subject)
    if not point.approved_by:
        return subject
    return f"approved by {printable(', '.join(point.approved_by))} · {subject}"


def _difference(before: Point | None, after: Point) -> float | None:
    if before is None or before.number is None or after.number is None:
        return None
    return after.number - before.number

"""Values before and after for a terminal: beside their run's name, or below it where it is long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from results_bot.hostile import printable
from results_bot.model import Change, ChangeKind
from results_bot.report import words
from results_bot.report.narrow import middle_cut, width, wrapped
from results_bot.table import Value

if TYPE_CHECKING:
    from rich.text import Text

KINDS = (ChangeKind.VALUE_CHANGED, ChangeKind.VALUE_ADDED, ChangeKind.METRIC_LOST)
STYLE = {True: "green", False: "red", None: ""}
_TITLES = ("Before", "After", "Change", "")
_GAP = "  "
_NARROWEST = 12


class _Line(msgspec.Struct, frozen=True):
    """One changed value; spreads of replicates stand below their mean, to leave room for names."""

    run: str
    metric: str
    cells: tuple[str, str, str, str]
    """Before, after, change, and what it means."""
    spreads: tuple[str, str]
    style: str


def lines(changes: Sequence[Change], passed: words.Passed, columns: int) -> Iterator[Text]:
    """Yield the changed values of one section with a heading; nothing where there are none."""
    found = [_line(change, passed) for change in changes if change.kind in KINDS]
    if not found:
        return
    sizes = _sizes(found)
    room = columns - sum(sizes) - len(_GAP) * (len(sizes) + 1)
    run = max(width(line.run) for line in [*found, _HEAD])
    metric = max(width(line.metric) for line in [*found, _HEAD])
    if run + len(_GAP) + metric <= room:
        yield from _beside(found, (run, metric), sizes)
    else:
        yield from _below(found, max(_NARROWEST, min(metric, room - len(_GAP))), sizes, columns)


_HEAD = _Line("Run", "Metric", ("Before", "After", "Change", ""), ("", ""), "")


def _line(change: Change, passed: words.Passed) -> _Line:
    lost = change.kind is ChangeKind.METRIC_LOST
    why = words.passed(change, passed)
    before, after = _parts(change.before), _parts(change.after)
    return _Line(
        printable(change.run or ""),
        printable(change.metric.title if change.metric else ""),
        (
            before[0],
            after[0],
            words.difference(change),
            "lost" if lost else why or words.ARROW[change.better],
        ),
        (before[1], after[1]),
        "red" if lost else "" if why else STYLE[change.better],
    )


def _parts(value: Value | None) -> tuple[str, str]:
    """Return a cell and, of replicates, the spread."""
    text = printable(words.text(value))
    if value is None or value.std is None:
        return text, ""
    mean, _, spread = text.partition(" (n = ")[0].partition(" ± ")
    return mean, f"± {spread}"


def _sizes(found: Sequence[_Line]) -> list[int]:
    """Return the widths of the columns of figures, and of what they mean."""
    pairs = [zip((*line.cells,), (*line.spreads, "", ""), strict=True) for line in (*found, _HEAD)]
    columns = zip(*pairs, strict=True)
    return [max(width(text) for pair in column for text in pair) for column in columns]


def _beside(found: Sequence[_Line], names: tuple[int, int], sizes: Sequence[int]) -> Iterator[Text]:
    previous = None
    for line in (_HEAD, *found):
        run = "" if line.run == previous else line.run
        previous = line.run
        start = f"{_GAP}{_left(run, names[0])}{_GAP}{_left(line.metric, names[1])}"
        yield from _drawn(line, start, sizes)


def _below(
    found: Sequence[_Line], metric: int, sizes: Sequence[int], columns: int
) -> Iterator[Text]:
    from rich.text import Text

    yield from _drawn(_HEAD, f"{_GAP}{_left('Run, metric', metric + len(_GAP))}", sizes)
    previous = None
    for line in found:
        if line.run != previous:
            yield Text(_GAP + middle_cut(line.run, columns - len(_GAP)))
            previous = line.run
        first, *rest = wrapped(line.metric, metric)
        yield from _drawn(line, f"{_GAP * 2}{_left(first, metric)}", sizes, rest)


def _drawn(
    line: _Line, start: str, sizes: Sequence[int], rest: Sequence[str] = ()
) -> Iterator[Text]:
    """Yield the line; below it what is left of its metric's title, and the spreads."""
    from rich.text import Text

    bold = "bold" if line is _HEAD else ""
    before, *others = (
        f"{_GAP}{_right(*pair)}" for pair in zip(line.cells[:3], sizes, strict=False)
    )
    end = f"{_GAP}{line.cells[3]}" if line.cells[3] else ""
    yield Text.assemble((start + before, bold), ("".join(others) + end, line.style or bold))
    spreads = any(line.spreads)
    for at in range(max(len(rest), spreads)):
        text = _left(f"{_GAP * 2}{rest[at]}" if at < len(rest) else "", width(start))
        if spreads and at == 0:
            text += "".join(
                f"{_GAP}{_right(*pair)}" for pair in zip(line.spreads, sizes, strict=False)
            )
        yield Text(text)


def _left(text: str, size: int) -> str:
    return text + " " * (size - width(text))


def _right(text: str, size: int) -> str:
    return " " * (size - width(text)) + text

"""A bar chart of values before and after, as Mermaid source that GitHub draws.

`xychart-beta` and not `xychart`, which GitHub's Mermaid may not know. Bars of two series would
stand on one another there, so there is one series, and each bar has a place of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite

import msgspec

from results_bot.model import Change, ChangeKind, Direction, Metric
from results_bot.page import cells
from results_bot.report.gfm import clip
from results_bot.report.review import Review

FEWEST, MOST = 2, 6
"""Runs in a chart; one says no more than the table does."""
_NAME = 26
_TITLE = 42
"""What fits above the chart together with which way is better."""
# A quote ends a label, a backtick begins Markdown in one, and a fence ends the whole chart.
_UNFIT = re.compile(r"[^\w .,:+=/()-]")


class Pair(msgspec.Struct, frozen=True):
    """One run's value before and after."""

    name: str
    before: float
    after: float


def chart(review: Review) -> str:
    """Return the chart of the section in which most runs moved in the metric that sorts it.

    What moved within tolerance or noise is left out. Nothing where there are too few or too many of
    them, or where bars from zero make no sense.
    """
    best: tuple[Metric, list[Pair]] | None = None
    for metric, pairs in _candidates(review).values():
        fits = FEWEST <= len(pairs) <= MOST and all(_drawable(pair) for pair in pairs)
        if fits and (best is None or len(pairs) > len(best[1])):
            best = metric, pairs
    return "" if best is None else bars(*best)


def bars(metric: Metric, pairs: Sequence[Pair]) -> str:
    """Return a fenced Mermaid block with two bars a run."""
    percent = metric.format.endswith("%") and not metric.format.endswith("f%")
    scale = 100 if percent else 1
    way = "" if metric.direction is Direction.UNKNOWN else f" ({metric.direction} is better)"
    title = label(metric.title, _TITLE) + (", %" if percent else "")
    names = _unique([label(pair.name, _NAME) for pair in pairs])
    places = ", ".join(f'"{name}, {when}"' for name in names for when in ("before", "after"))
    numbers = [number * scale for pair in pairs for number in (pair.before, pair.after)]
    lines = [
        "```mermaid",
        _settings(len(pairs)),
        "xychart-beta horizontal",
        f'  title "{title}{way}"',
        f"  x-axis [{places}]",
        f"  y-axis 0 --> {_number(1.05 * max(numbers))}",
        f"  bar [{', '.join(map(_number, numbers))}]",
        "```",
    ]
    return "\n".join(lines)


def label(text: str, most: int) -> str:
    """Return text that Mermaid cannot take for syntax."""
    return clip(_UNFIT.sub("_", text), most) or "_"


def _settings(pairs: int) -> str:
    """Return the chart's size and a colour that is readable in both themes."""
    height = 80 + 50 * pairs
    return (
        f'%%{{init: {{"xyChart": {{"width": 640, "height": {height}, "titleFontSize": 16}}, '
        '"themeVariables": {"xyChart": {"plotColorPalette": "#4c8dd6"}}}}%%'
    )


def _candidates(review: Review) -> dict[str, tuple[Metric, list[Pair]]]:
    found: dict[str, tuple[Metric, list[Pair]]] = {}
    for change in review.verdict.changes:
        section = review.sections.get(change.section)
        metric = change.metric
        if change.kind is not ChangeKind.VALUE_CHANGED or section is None or metric is None:
            continue
        quiet = (change.section, change.run or "", metric.key) in review.verdict.passed
        if metric.key == section.sort and not quiet:
            found.setdefault(section.id, (metric, []))[1].append(_pair(change))
    return found


def _pair(change: Change) -> Pair:
    before, after = change.before, change.after
    return Pair(
        change.run or "",
        float("nan") if before is None or before.number is None else before.number,
        float("nan") if after is None or after.number is None else after.number,
    )


def _drawable(pair: Pair) -> bool:
    return all(isfinite(number) and 0 <= number < 1e12 for number in (pair.before, pair.after))


def _number(value: float) -> str:
    """Return digits without an exponent, which the chart's grammar does not know."""
    return cells.number(value, ".6f").rstrip("0").rstrip(".") or "0"


def _unique(names: Sequence[str]) -> list[str]:
    """Number the names that are alike once cut; equal ones would share a place."""
    out: list[str] = []
    for name in names:
        chosen, count = name, 1
        while chosen in out:
            count += 1
            chosen = f"{name} {count}"
        out.append(chosen)
    return out

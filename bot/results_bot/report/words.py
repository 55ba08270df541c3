"""Changes in words and figures, the same in the terminal, in Markdown and in JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import isnan

from results_bot.model import Change, ChangeKind
from results_bot.page import cells
from results_bot.table import Value

ARROW = {True: "better", False: "worse", None: ""}


def difference(change: Change) -> str:
    """Return after minus before with its sign, in points where the page shows percents.

    Between a number and NaN there is none to speak of.
    """
    delta = change.difference
    if delta is None or isnan(delta) or change.metric is None:
        return ""
    return cells.signed(delta, change.metric.format)


def text(value: Value | None) -> str:
    """Return what a cell shows, or the sign for nothing."""
    return cells.MISSING if value is None else value.text


def was(change: Change) -> str:
    """Return where a renamed run was before: its name, with the section where that differs too."""
    if change.was is None:
        return ""
    section, run = change.was
    return run if section == change.section else f"{section}/{run}"


Passed = Mapping[tuple[str, str, str], str]


def passed(change: Change, reasons: Passed) -> str:
    """Return why a changed value is neither better nor worse; nothing where it is, or may be."""
    key = change.metric.key if change.metric else ""
    return reasons.get((change.section, change.run or "", key), "")


def counted(changes: Iterable[Change], reasons: Passed | None = None) -> str:
    """Return the changes in one line: `2 runs added, 1 value worse, 1 run removed`.

    `reasons` tells which values moved within tolerance or noise, and which do not compare.
    """
    changes = list(changes)
    moved = [change for change in changes if change.kind is ChangeKind.VALUE_CHANGED]
    why = [passed(change, reasons or {}) for change in moved]
    values = [change for change, reason in zip(moved, why, strict=True) if not reason]
    other_things = sum(reason.startswith("other ") for reason in why)
    quiet = sum(map(bool, why)) - other_things
    worse = sum(change.better is False for change in values)
    better = sum(change.better is True for change in values)
    other = len(values) - worse - better
    kinds = Counter(change.kind for change in changes)
    parts = [
        _count(worse, "value worse", "values worse"),
        _count(better, "value better", "values better"),
        _count(other, "value changed", "values changed"),
        _count(quiet, "value within tolerance or noise", "values within tolerance or noise"),
        _count(other_things, "value that does not compare", "values that do not compare"),
        _count(kinds[ChangeKind.RUN_ADDED], "run added", "runs added"),
        _count(kinds[ChangeKind.RUN_REMOVED], "run removed", "runs removed"),
        _count(kinds[ChangeKind.RUN_RENAMED], "run renamed", "runs renamed"),
        _count(kinds[ChangeKind.METRIC_LOST], "value lost", "values lost"),
        _count(kinds[ChangeKind.VALUE_ADDED], "value added", "values added"),
        _count(kinds[ChangeKind.RUN_UNFINISHED], "run unfinished", "runs unfinished"),
    ]
    return ", ".join(part for part in parts if part) or "no value changed"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}" if number else ""

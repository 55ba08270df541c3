"""The rows of both summaries put side by side: which changed, how, and how they look in a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from math import isfinite

import msgspec

from results_bot.metric_names import Role, role
from results_bot.model import Change, ChangeKind, Direction, Metric, Section
from results_bot.page import cells
from results_bot.report import gfm, words
from results_bot.report.parts.findings import arrow, sign
from results_bot.report.review import Review, effect
from results_bot.table import Row

MOST_COLUMNS = 8
_WAY = {Direction.LOWER: " ↓", Direction.HIGHER: " ↑", Direction.UNKNOWN: ""}
_CELLS = (ChangeKind.VALUE_CHANGED, ChangeKind.VALUE_ADDED, ChangeKind.METRIC_LOST)


class ShownRow(msgspec.Struct, frozen=True):
    """One run of the head with what changed in it."""

    section: Section
    row: Row
    changes: Mapping[str, Change]
    """By metric key."""
    added: bool = False

    def weight(self, review: Review) -> tuple[bool, float]:
        """Return what decides who stays when room is short: findings, then the largest step."""
        place = (self.section.id, self.row.run)
        flagged = any((*place, key) in review.flagged for key in self.changes)
        return flagged, max((effect(change) for change in self.changes.values()), default=0.0)


class Rows(msgspec.Struct, frozen=True, dict=True):
    """All rows of a review, sorted out once."""

    review: Review

    @cached_property
    def changed(self) -> list[ShownRow]:
        """Runs with a changed value and new runs, in the order of the page."""
        return [row for row in self._all if row.changes or row.added]

    @cached_property
    def unchanged(self) -> list[ShownRow]:
        """All other runs."""
        return [row for row in self._all if not (row.changes or row.added)]

    def by_kind(self, kind: ChangeKind) -> list[tuple[str, str]]:
        """Return section and name of runs that came, went or did not finish."""
        return [
            (change.section, change.run)
            for change in self.review.verdict.changes
            if change.kind is kind and change.run is not None
        ]

    @cached_property
    def _all(self) -> list[ShownRow]:
        changes: dict[tuple[str, str], dict[str, Change]] = {}
        for change in self.review.verdict.changes:
            if change.kind in _CELLS and change.run is not None and change.metric is not None:
                own = changes.setdefault((change.section, change.run), {})
                own[change.metric.key] = change
        added = set(self.by_kind(ChangeKind.RUN_ADDED))
        return [
            ShownRow(section, row, changes.get((section.id, row.run), {}), place in added)
            for section in self.review.head.sections
            for row in section.rows
            for place in [(section.id, row.run)]
        ]


class Grid:
    """One section's table, row by row."""

    def __init__(self, review: Review, section: Section, rows: Sequence[ShownRow]) -> None:
        self._review = review
        self._section = section
        self._metrics = _columns(section, rows)
        self._best = {metric.key: _best(section, metric) for metric in self._metrics}

    def head(self) -> list[str]:
        """Return the lines that open the table."""
        titles = [gfm.plain(self._section.run_title or "Run", 60)]
        titles += [gfm.plain(one.title, 60) + _WAY[one.direction] for one in self._metrics]
        return gfm.table_head(titles, "l" + "r" * len(self._metrics))

    def line(self, shown: ShownRow) -> str:
        """Return a run's row."""
        name = gfm.plain(shown.row.run, 200)
        if shown.added:
            name += "<br><sub>new</sub>"
        return gfm.row([name, *(self._cell(shown, metric) for metric in self._metrics)])

    def _cell(self, shown: ShownRow, metric: Metric) -> str:
        value = shown.row.values.get(metric.key)
        text = gfm.plain(words.text(value), 60)
        best = self._best[metric.key]
        if value is not None and best is not None and cells.parse(value.text).number == best:
            text = f"**{text}**"
        change = shown.changes.get(metric.key)
        return text if change is None else f"{text}<br><sub>{self._note(shown, change)}</sub>"

    def _note(self, shown: ShownRow, change: Change) -> str:
        """Return what is said below a changed value; a colour only where it is a finding."""
        if change.kind is ChangeKind.METRIC_LOST:
            return f"🔴 lost, was {gfm.plain(words.text(change.before), 60)}"
        if change.kind is ChangeKind.VALUE_ADDED:
            return "new"
        text = words.difference(change)
        if not text:
            return f"was {gfm.plain(words.text(change.before), 60)}"
        key = change.metric.key if change.metric else ""
        flagged = (shown.section.id, shown.row.run, key) in self._review.flagged
        colour = sign(change.better) + gfm.NBSP if flagged and change.better is not None else ""
        why = words.passed(change, self._review.verdict.passed)
        reason = f"<br>{gfm.unbroken(why)}" if why else ""
        return f"{colour}{arrow(text)}{gfm.NBSP}{gfm.unbroken(text)}{reason}"


def title(review: Review, section_id: str) -> str:
    """Return a section's title in bold."""
    section = review.sections.get(section_id)
    return gfm.bold((section.title if section else "") or section_id) or "**Results**"


def _columns(section: Section, rows: Sequence[ShownRow]) -> list[Metric]:
    """Return the columns worth showing: what changed, what sorts, then as many as are readable.

    A lost column is not among the head's metrics any more, and is shown all the same.
    """
    touched = {key: change for shown in rows for key, change in shown.changes.items()}
    known = {metric.key: metric for metric in section.metrics}
    for key, change in touched.items():
        if change.metric is not None:
            known.setdefault(key, change.metric)
    wanted = [key for key in known if key in touched or key == section.sort]
    wanted += [key for key in known if key not in wanted]
    kept = set(wanted[:MOST_COLUMNS])
    return [metric for key, metric in known.items() if key in kept]


def _best(section: Section, metric: Metric) -> float | None:
    """Return the best value of a column; None where most rows have it, or no way is better."""
    if metric.direction is Direction.UNKNOWN or role(metric.key) is Role.COUNT:
        return None
    numbers = _numbers(section.rows, metric.key)
    if len(numbers) < 2:
        return None
    best = max(numbers) if metric.direction is Direction.HIGHER else min(numbers)
    return best if numbers.count(best) * 2 <= len(numbers) else None


def _numbers(rows: Iterable[Row], key: str) -> list[float]:
    found = (row.values.get(key) for row in rows)
    numbers = (cells.parse(value.text).number for value in found if value is not None)
    return [number for number in numbers if number is not None and isfinite(number)]

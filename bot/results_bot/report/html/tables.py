"""The tables as compact data: texts by column, what changed beside them, replicates, new and gone.

The browser sorts by the number that a text shows; only where it would read another one than the
page's own parser is the number sent too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from results_bot.judge.comparisons import Outcome
from results_bot.model import Change, ChangeKind, Section
from results_bot.page import cells
from results_bot.report import words
from results_bot.report.html.story import Story
from results_bot.table import Row

_OUTCOME = {
    Outcome.REGRESSION: "regression",
    Outcome.IMPROVEMENT: "improvement",
    Outcome.NOISE: "may be noise",
    Outcome.WITHIN_TOLERANCE: "within tolerance",
    Outcome.UNJUDGED: "",
}

Place = tuple[str, str]


def tables(story: Story) -> list[dict[str, Any]]:
    """Return every section's table as the browser's script takes it."""
    marks = _Marks(story)
    return [_table(story, section, marks) for section in marks.sections()]


class _Marks:
    """What is to be said at a row or a cell."""

    def __init__(self, story: Story) -> None:
        self._review = story.review
        self.changes: dict[Place, list[Change]] = {}
        for change in story.review.verdict.changes:
            self.changes.setdefault((change.section, change.run or ""), []).append(change)
        self.outcomes = {
            (one.change.section, one.change.run or "", one.metric.key): _OUTCOME[one.outcome]
            for one in story.case.comparisons
        }
        self.flags: dict[Place, str] = {}
        for finding in reversed(story.review.verdict.findings):
            for run in finding.runs:
                self.flags[finding.section, run] = finding.severity.value

    def sections(self) -> Iterable[Section]:
        """Return the head's sections, then those that are gone."""
        head = self._review.head.sections
        ids = {section.id for section in head}
        gone = (s for s in self._review.base.sections if s.id not in ids)
        return (*head, *gone)


def _table(story: Story, section: Section, marks: _Marks) -> dict[str, Any]:
    here = story.review.head.section(section.id)
    rows = list(section.rows) if here else []
    names = {row.run for row in rows}
    before = story.review.base.section(section.id)
    renamed = {
        change.was
        for row in rows
        for change in marks.changes.get((section.id, row.run), ())
        if change.was is not None
    }
    gone = [
        row
        for row in (before.rows if before else ())
        if row.run not in names and (section.id, row.run) not in renamed
    ]
    keys = [metric.key for metric in section.metrics]
    table: dict[str, Any] = {
        "id": section.id,
        "title": section.title,
        "runTitle": section.run_title,
        "note": section.note,
        "sort": keys.index(section.sort) if section.sort in keys else None,
        "metrics": [
            {"title": metric.title, "long": metric.spoken, "way": metric.direction.value}
            for metric in section.metrics
        ],
        "names": [row.run for row in (*rows, *gone)],
        "cols": [[_text(row, key) for row in rows] + [""] * len(gone) for key in keys],
        "unfinished": [[name, status.value] for name, status in section.unfinished],
    }
    table.update(_extras(section, rows, gone, keys, marks))
    return table


def _extras(
    section: Section, rows: list[Row], gone: list[Row], keys: list[str], marks: _Marks
) -> dict[str, Any]:
    """Return what only some rows have, by the row's number."""
    every = list(enumerate((*rows, *gone)))
    flags = {at: marks.flags.get((section.id, row.run)) for at, row in every}
    numbers = {at: _numbers(row, keys) for at, row in enumerate(rows)}
    kinds = {at: ["gone", "gone"] for at, _ in every[len(rows) :]}
    changed: dict[int, dict[int, list[Any]]] = {
        at: _old(row, keys) for at, row in every[len(rows) :]
    }
    for at, row in enumerate(rows):
        for change in marks.changes.get((section.id, row.run), ()):
            kind = _kind(change)
            if kind:
                kinds[at] = kind
            if change.metric is not None and change.metric.key in keys:
                said = marks.outcomes.get((section.id, row.run, change.metric.key), "")
                column = keys.index(change.metric.key)
                changed.setdefault(at, {})[column] = _cell(change, said)
    return {
        "numbers": {at: found for at, found in numbers.items() if found},
        "changed": changed,
        "kinds": kinds,
        "flags": {at: flag for at, flag in flags.items() if flag},
        "replicates": {
            at: [[one.run, [_text(one, key) for key in keys]] for one in row.replicates]
            for at, row in enumerate(rows)
            if row.replicates
        },
    }


def _numbers(row: Row, keys: list[str]) -> dict[int, float]:
    found = ((column, _unread(_text(row, key))) for column, key in enumerate(keys))
    return {column: number for column, number in found if number is not None}


def _old(row: Row, keys: list[str]) -> dict[int, list[Any]]:
    """Return the cells of a row that is gone."""
    return {
        column: [_text(row, key), "", 0, ""] for column, key in enumerate(keys) if key in row.values
    }


def _cell(change: Change, outcome: str) -> list[Any]:
    """Return the text before, the difference, 1 for better or -1 for worse, and the outcome."""
    way = {True: 1, False: -1, None: 0}[change.better]
    return [words.text(change.before), words.difference(change), way, outcome]


def _kind(change: Change) -> list[str] | None:
    if change.kind is ChangeKind.RUN_ADDED:
        return ["new", "new"]
    if change.kind is ChangeKind.RUN_RENAMED:
        return ["renamed", f"was {words.was(change)}"]
    return None


def _text(row: Row, key: str) -> str:
    value = row.values.get(key)
    return value.text if value else ""


def _unread(text: str) -> float | None:
    """Return the number of a text that the browser's plain reading would miss."""
    plain = text.rstrip("%").replace(",", "")
    try:
        float(plain)
    except ValueError:
        return cells.parse(text).number
    return None

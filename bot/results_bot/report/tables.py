"""The tables below the findings: changed runs first, and folded what is only there to look up.

Room goes to changed runs first, those with findings before the others, then to the chart,
improvements, older findings, takeaways, and last to runs that did not change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

import msgspec

from results_bot.judge.rule import grouped
from results_bot.judge.rules import best_regressed, row_removed, run_unfinished
from results_bot.model import Change, ChangeKind, Metric, Row
from results_bot.numbers import plural
from results_bot.page.section import Section
from results_bot.report import findings, markdown, wording
from results_bot.report.colours import BETTER_WAY, DOT, arrow
from results_bot.report.markdown import Budget, plain, unbroken
from results_bot.report.review import Review
from results_bot.report.wording import NBSP

SHOWN = 10
"""Changed runs that are not folded."""
MOST_COLUMNS = 8
MOST_FOLDED = 100
"""Improvements or older findings in a folded list."""
_MOST_NAMES = 20
_SHORTEST_ROW = 6
"""Characters that no row has less than."""
_RESERVE = 600
"""Room for the text around a fold and for the note on what was left out."""
LEGEND = (
    f"<sub>▲ ▼ where the number went · {DOT[False]} worse, {DOT[True]} better, "
    "beyond tolerance and noise · ↓ lower, ↑ higher is better · "
    "**bold** is the best of its section</sub>"
)
_COMMIT = re.compile("[0-9a-f]{40,64}")


class ShownRow(msgspec.Struct, frozen=True):
    """One run of the head with the changes of its cells."""

    section: Section
    place: int
    """Index of the row in the page's order, over all sections."""
    row: Row
    changes: Mapping[str, Change]
    """By metric key."""
    added: bool = False


def render(review: Review, budget: Budget, more: str, *, picture: bool = True) -> str:
    """Return the tables, as much of them as fits; empty where nothing changed.

    `more` is Markdown that points to the complete results. The budget is reduced by what is used.
    """
    if review.quiet:
        return ""
    left = budget.part(budget.left - _RESERVE - budget.measure(more))
    folds = _Folds(left)
    rows = _rows(review)
    changed = [row for row in rows if row.changes or row.added]
    # Runs that a finding judges stay longest.
    changed.sort(
        key=lambda row: review.flagged.isdisjoint(one.cell for one in row.changes.values())
    )
    unchanged = [row for row in rows if not (row.changes or row.added)]
    names = [line for line in _names(review) if left.take(line + "\n\n")]
    left.take(LEGEND + "\n\n")
    top, shown = _fitting(review, changed[:SHOWN], left)
    parts = [top, LEGEND] if top else []
    if shown == len(changed[:SHOWN]):
        parts.append(folds.rows(review, changed[SHOWN:], "changed run"))
    else:
        folds.omitted.append(plural(len(changed) - shown, "changed run"))
    parts += names
    drawn = _picture(review) if picture else ""
    if drawn and left.take(drawn + "\n\n"):
        parts[:0] = [drawn]
    for found, what in ((review.improvements, "improvement"), (review.older, "older finding")):
        some = findings.body(review, found[:MOST_FOLDED])
        parts.append(folds.add(len(found), what, some, min(len(found), MOST_FOLDED)))
    takeaways = [f"- {markdown.sentence(one)}" for one in review.takeaways[:50]]
    parts.append(folds.add(len(takeaways), "key takeaway", "\n".join(takeaways)))
    parts.append(folds.rows(review, unchanged, "unchanged run"))
    if folds.omitted:
        omitted = ", ".join(folds.omitted)
        parts.append(f"<sub>Left out for length: {omitted}. All of it: {more}</sub>")
    text = "\n\n".join(part for part in parts if part)
    budget.take(text)
    return text


class _Folds:
    """Folded blocks within a budget; `omitted` counts what found no room."""

    def __init__(self, budget: Budget) -> None:
        self._left = budget
        self.omitted: list[str] = []

    def add(self, count: int, what: str, body: str, shown: int | None = None) -> str:
        """Return the block where it fits; `shown` of `count` things are in it, all by default."""
        shown = count if shown is None else shown
        title = plural(count, what) if shown == count else f"{shown:,} of {plural(count, what)}"
        text = markdown.details(title, body) if shown else ""
        if not self._left.take(text + "\n\n"):
            text, shown = "", 0
        if shown < count:
            self.omitted.append(plural(count - shown, what))
        return text

    def rows(self, review: Review, rows: Sequence[ShownRow], what: str) -> str:
        """Return the block with tables of as many rows as fit."""
        body, shown = _fitting(review, rows, self._left.part(self._left.left - 100))
        return self.add(len(rows), what, body, shown)


def _rows(review: Review) -> list[ShownRow]:
    """Return every row of the head with its changes, in the page's order."""
    out: list[ShownRow] = []
    for section, row in ((one, row) for one in review.head.sections for row in one.rows):
        found = review.changes.get((section.id, row.run), ())
        cells = {one.metric.key: one for one in found if one.metric is not None}
        added = any(one.kind is ChangeKind.RUN_ADDED for one in found)
        out.append(ShownRow(section, len(out), row, cells, added))
    return out


def _names(review: Review) -> Iterator[str]:
    """Yield the runs that stood elsewhere, and those that left or stopped and no finding names."""
    changes = review.verdict.changes
    by_rule = {
        run
        for finding in review.verdict.findings
        if finding.id in (row_removed.ID, run_unfinished.ID, best_regressed.ID)
        for run in finding.runs
    }
    for lead, kind in (
        ("Renamed", ChangeKind.RUN_RENAMED),
        ("One seed left", ChangeKind.SEED_LEFT),
        ("No longer on the page", ChangeKind.RUN_REMOVED),
        ("Without final metrics", ChangeKind.RUN_UNFINISHED),
    ):
        found = [one for one in changes if one.kind is kind]
        names = [
            f"{wording.previous_name(one)} → {one.run}" if one.was else one.run
            for one in found
            if one.was or one.run not in by_rule
        ]
        if names:
            shown = ", ".join(plain(name, 200) for name in names[:_MOST_NAMES])
            hidden = len(names) - _MOST_NAMES
            yield f"{lead}: {shown}" + (f" and {hidden:,} more." if hidden > 0 else ".")


def _fitting(review: Review, rows: Sequence[ShownRow], budget: Budget) -> tuple[str, int]:
    """Return tables of the first rows that fit, in the page's order, and how many rows fit."""
    rows = rows[: max(0, budget.left // _SHORTEST_ROW)]
    lines: dict[int, str] = {}
    heads: dict[str, str] = {}
    for section, own in grouped(rows, lambda row: row.section.id).items():
        seeds = wording.shared_count(row.row for row in own)
        first, second, *drawn = _table(review, own, f" (n = {seeds})")
        title = markdown.bold(review.section_title(section)) or "**Results**"
        # Of the same number of seeds everywhere, it stands once and not in each cell.
        title += f" · mean ± standard deviation, n = {seeds}" if seeds else ""
        heads[section] = "\n".join([title, "", first, second])
        lines |= {row.place: line for row, line in zip(own, drawn, strict=True)}
    chosen: list[ShownRow] = []
    begun: set[str] = set()
    for row in rows:
        line, section = lines[row.place], row.section.id
        if not budget.take(f"{line}\n" if section in begun else f"{heads[section]}\n{line}\n\n"):
            break
        begun.add(section)
        chosen.append(row)
    tables: dict[str, list[str]] = {}
    for row in sorted(chosen, key=lambda row: row.place):
        section = row.section.id
        tables.setdefault(section, [heads[section]]).append(lines[row.place])
    return "\n\n".join("\n".join(table) for table in tables.values()), len(chosen)


def _table(review: Review, rows: Sequence[ShownRow], suffix: str) -> list[str]:
    """Return the lines of one section's table; `suffix` is left out of its cells."""
    section = rows[0].section
    metrics = _columns(section, rows)
    best = {metric.key: section.best(metric) for metric in metrics}
    titles = [plain(section.run_title or "Run", 60)]
    titles += [plain(one.title, 60) + BETTER_WAY[one.direction] for one in metrics]
    drawn = []
    for shown in rows:
        name = plain(shown.row.run, 200) + ("<br><sub>new</sub>" if shown.added else "")
        drawn.append([name])
        for metric in metrics:
            value = shown.row.values.get(metric.key)
            text = plain(wording.text(value).removesuffix(suffix), 60)
            text = f"**{text}**" if shown.row.run in best[metric.key] else text
            change = shown.changes.get(metric.key)
            note = f"<br><sub>{_note(review, change)}</sub>" if change else ""
            drawn[-1].append(text + note)
    return markdown.table(titles, drawn, "l" + "r" * len(metrics))


def _note(review: Review, change: Change) -> str:
    """Return the text below a changed value; it is coloured only where a finding judges it."""
    if change.kind is ChangeKind.METRIC_LOST:
        dot = f"{DOT[False]} " if wording.better(change, review.verdict) is False else ""
        return f"{dot}lost, was {plain(wording.text(change.before), 60)}"
    if change.kind is ChangeKind.VALUE_ADDED:
        return "new"
    step = wording.difference(change)
    if not step:
        return f"was {plain(wording.text(change.before), 60)}"
    judged = change.cell in review.flagged and change.better is not None
    colour = DOT[change.better] + NBSP if judged else ""
    why = wording.reason(change, review.verdict)
    reason = f"<br>{unbroken(why)}" if why else ""
    return f"{colour}{arrow(step)}{NBSP}{unbroken(step)}{reason}"


def _columns(section: Section, rows: Sequence[ShownRow]) -> list[Metric]:
    """Return the columns worth showing: the sorting one, changed ones, other metrics, settings.

    A lost column is not among the head's metrics any more, but is shown too.
    """
    known = {metric.key: metric for metric in section.metrics}
    touched = set()
    for shown in rows:
        for key, change in shown.changes.items():
            touched.add(key)
            if change.metric is not None:
                known.setdefault(key, change.metric)
    order = sorted(known, key=lambda key: (key != section.sort, key not in touched,
                                           known[key].is_setting))  # fmt: skip
    return [known[key] for key in order[:MOST_COLUMNS]]


def _picture(review: Review) -> str:
    """Return the chart file of the first changed section, as it is at the head commit.

    Empty where the head has none; no host but GitHub is asked.
    """
    changed = {change.section for change in review.verdict.changes}
    picture = next((one for one in review.pictures if one.section in changed), None)
    url, head = review.provenance.repository_url, review.provenance.head
    if picture is None or not url or not _COMMIT.fullmatch(head):
        return ""
    return f"![{plain(picture.words)}]({url}/blob/{head}/{quote(picture.path)}?raw=true)"

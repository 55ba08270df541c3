"""Below the findings: what changed, and folded all that is only there to be looked up.

Room goes to changed runs first, the largest steps before the small ones, then to the chart, older
findings, improvements, takeaways, and last to runs that did not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from results_bot.judge.rules import best_regressed, row_removed, run_unfinished
from results_bot.model import ChangeKind, Finding
from results_bot.report import gfm, mermaid, words
from results_bot.report.headline import plural
from results_bot.report.parts import findings, picture
from results_bot.report.parts.rows import Grid, Rows, ShownRow, title
from results_bot.report.review import Review
from results_bot.report.room import Room

SHOWN = 10
"""More changed runs than these are folded."""
_NAMED = 20
_RESERVE = 600
"""Room for the words around a fold and for the note on what was left out."""
LEGEND = (
    "<sub>▲ ▼ where the number went · 🔴 worse, 🟢 better, beyond tolerance and noise · "
    "↓ lower, ↑ higher is better · **bold** is the best of its section</sub>"
)


def render(review: Review, room: Room, more: str, *, chart: bool = True) -> str:
    """Return the tables, as much of them as fits.

    `more` says in Markdown where all of it can be read. Takes what it uses from the room.
    """
    rows = Rows(review)
    left = Room(room.left - _RESERVE - room.measure(more), room.measure)
    missing: list[str] = []
    parts = [_changed(rows, left, missing)]
    drawn = mermaid.chart(review) or picture.render(review) if chart else ""
    parts.insert(0, drawn if _taken(drawn, left) else "")
    older, better = _older(review, left, missing), _improvements(review, left, missing)
    said = _takeaways(review, left, missing)
    parts += [better, older, said, _unchanged(rows, left, missing)]
    if missing:
        parts.append(f"<sub>Left out for length: {', '.join(missing)}. All of it: {more}</sub>")
    text = "\n\n".join(part for part in parts if part)
    room.take(text)
    return text


def _changed(rows: Rows, room: Room, missing: list[str]) -> str:
    """Return the tables of changed and new runs, and the names of those that left."""
    parts = [line for line in _names(rows) if room.take(line + "\n\n")]
    ranked = sorted(rows.changed, key=lambda row: row.weight(rows.review), reverse=True)
    room.take(LEGEND + "\n\n")
    top, shown = _fitted(rows.review, ranked[:SHOWN], room)
    parts[:0] = [top, LEGEND] if top else []
    rest = ranked[shown:] if shown == len(ranked[:SHOWN]) else []
    folded, more = _folded(rows.review, rest, room, "changed run")
    parts[2:2] = [folded] if folded else []
    if shown + more < len(ranked):
        missing.append(plural(len(ranked) - shown - more, "changed run"))
    return "\n\n".join(parts)


def _names(rows: Rows) -> Iterator[str]:
    """Yield the runs that got another name, and those that left or did not finish.

    The latter only where no finding says so already.
    """
    renamed = [one for one in rows.review.verdict.changes if one.kind is ChangeKind.RUN_RENAMED]
    if renamed:
        yield _listed("Renamed", [f"{words.was(one)} → {one.run}" for one in renamed])
    told = {
        run
        for finding in rows.review.verdict.findings
        if finding.id in (row_removed.ID, run_unfinished.ID, best_regressed.ID)
        for run in finding.runs
    }
    for kind, lead in (
        (ChangeKind.RUN_REMOVED, "No longer on the page"),
        (ChangeKind.RUN_UNFINISHED, "Without final metrics"),
    ):
        names = [run for _, run in rows.by_kind(kind) if run not in told]
        if names:
            yield _listed(lead, names)


def _listed(lead: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{lead}: {', '.join(gfm.plain(one, 200) for one in names[:_NAMED])}{more}."


def _unchanged(rows: Rows, room: Room, missing: list[str]) -> str:
    text, shown = _folded(rows.review, rows.unchanged, room, "unchanged run")
    if shown < len(rows.unchanged):
        missing.append(plural(len(rows.unchanged) - shown, "unchanged run"))
    return text


def _folded(review: Review, rows: Sequence[ShownRow], room: Room, what: str) -> tuple[str, int]:
    """Return tables in a fold, and how many of the rows are in it."""
    inner = Room(room.left - 100, room.measure)
    body, shown = _fitted(review, rows, inner)
    if not shown:
        return "", 0
    count = plural(len(rows), what)
    text = gfm.details(count if shown == len(rows) else f"{shown:,} of {count}", body)
    room.take(text + "\n\n")
    return text, shown


def _fitted(review: Review, rows: Sequence[ShownRow], room: Room) -> tuple[str, int]:
    """Return the first of `rows` that fit, by section in the order of the page, and their count."""
    sections: dict[str, list[ShownRow]] = {}
    for row in rows:
        sections.setdefault(row.section.id, []).append(row)
    grids: dict[str, Grid] = {}
    chosen: list[tuple[ShownRow, str]] = []
    heads: dict[str, str] = {}
    for row in rows:
        key = row.section.id
        head = ""
        if key not in grids:
            grids[key] = Grid(review, row.section, sections[key])
            head = "\n".join([title(review, key), "", *grids[key].head()])
        line = grids[key].line(row)
        if not room.take(f"{head}\n{line}\n\n" if head else line + "\n"):
            break
        if head:
            heads[key] = head
        chosen.append((row, line))
    return "\n\n".join(_in_page_order(review, chosen, heads)), len(chosen)


def _in_page_order(
    review: Review, chosen: Iterable[tuple[ShownRow, str]], heads: dict[str, str]
) -> Iterator[str]:
    place = {
        (section.id, row.run): (at, line)
        for at, section in enumerate(review.head.sections)
        if section.id in heads
        for line, row in enumerate(section.rows)
    }
    ordered = sorted(chosen, key=lambda one: place[one[0].section.id, one[0].row.run])
    for key, group in groupby(ordered, key=lambda one: one[0].section.id):
        yield "\n".join([heads[key], *(line for _, line in group)])


def _improvements(review: Review, room: Room, missing: list[str]) -> str:
    found = review.improvements
    return _fold_findings(review, found, room, missing, ("improvement", "improvements"))


def _older(review: Review, room: Room, missing: list[str]) -> str:
    return _fold_findings(review, review.older, room, missing, ("older finding", "older findings"))


def _fold_findings(
    review: Review,
    found: Sequence[Finding],
    room: Room,
    missing: list[str],
    forms: tuple[str, str],
) -> str:
    """Return findings in a fold; of very many the first hundred."""
    if not found:
        return ""
    for most in (100, 30, 10):
        inner = "\n\n".join(findings.body(review, found[:most], findings.STYLES[1], set()))
        count = plural(len(found), *forms)
        shown = min(most, len(found))
        text = gfm.details(count if shown == len(found) else f"{shown} of {count}", inner)
        if room.take(text + "\n\n"):
            if shown < len(found):
                missing.append(plural(len(found) - shown, *forms))
            return text
    missing.append(plural(len(found), *forms))
    return ""


def _takeaways(review: Review, room: Room, missing: list[str]) -> str:
    if not review.takeaways:
        return ""
    body = "\n".join(f"- {gfm.sentence(one)}" for one in review.takeaways[:50])
    text = gfm.details("Key takeaways", body)
    if room.take(text + "\n\n"):
        return text
    missing.append("the key takeaways")
    return ""


def _taken(text: str, room: Room) -> bool:
    return bool(text) and room.take(text + "\n\n")

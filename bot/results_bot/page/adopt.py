"""Adopt a page written by hand: recognise its tables and put markers round them.

Cells are matched with the values of the artifacts: the column `Test KL` is `test_kl_divergence`
because its cells are that metric's values, rounded; the row `ResNet-50` is the run in `exp/r50`
because its cells are that run's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, islice, pairwise
from typing import NamedTuple

from msgspec.structs import replace

from results_bot.config import MetricTable, SectionTable
from results_bot.escape import printable
from results_bot.globs import is_wild, literal_prefix, matches
from results_bot.metric_names import direction
from results_bot.model import Direction, Metric, Run
from results_bot.page import cells
from results_bot.page.document import GENERATED, OWN, markers, parse_page
from results_bot.page.grouping import group_id
from results_bot.page.markdown import Marked, TableText, parse, parser, plain, transposed_header
from results_bot.page.plan import plan
from results_bot.page.recognise import (
    Known,
    alike,
    of_several_runs,
    recognised,
    sources_of,
    stale_cells,
    texts_to_go,
)

_GENERATED_LINE = re.compile(r"(Generated|Last updated|Updated): \*\*.*\*\*\s*")
_CODE = re.compile(r"`([^`]+)`")


class Heading(NamedTuple):
    """A heading above a table."""

    level: int
    source: str
    """Its Markdown, without the number signs."""

    @property
    def title(self) -> str:
        """The words, without a path in brackets behind them."""
        return re.sub(r"\s*\(`[^`]*`\)\s*$", "", self.source).strip()


class HandTable(NamedTuple):
    """One table of a page; lines count from 0, `end` is one past the last."""

    table: TableText
    headings: Sequence[Heading]
    """The nearest first, each of a higher rank than the one before."""
    start: int
    """The first line, or that of the sentence on its order just above."""
    first: int
    """The table's own first line."""
    end: int


@dataclass
class Adoption:
    """A page with markers, and the configuration that regenerates it."""

    text: str
    sections: list[SectionTable] = field(default_factory=list)
    metrics: dict[str, MetricTable] = field(default_factory=dict)
    adopted: list[str] = field(default_factory=list)
    """Ids of the sections, in the page's order."""
    left: list[tuple[int, str]] = field(default_factory=list)
    """Tables that were not recognised: line and why."""
    stale: list[str] = field(default_factory=list)
    """Cells that differ from the artifacts, each with both numbers."""
    texts_to_go: list[str] = field(default_factory=list)
    """Other cells with more than the number that the artifacts have, such as a footnote's mark."""
    fold_seeds: bool = True
    """False if a table shows the runs of single seeds."""
    best_in_bold: bool = False
    """A table shows numbers in bold."""
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each table calls its runs, by their paths."""


def adopt(text: str, runs: Sequence[Run], page: str = "RESULTS.md") -> Adoption:
    """Return `text` with markers round every table that shows `runs`; no other byte changes.

    Raises PageError, with the name of the page, if its markers are broken.
    """
    out = Adoption(text)
    known = Known(runs)
    edits: list[tuple[int, int, str]] = []
    lines = text.split("\n")
    for found in find_tables(text, page):
        table, matched, columns = recognised(found.table, known, out.metrics)
        hand = found._replace(table=table)
        (name, times), *_ = [*Counter(row[0] for row in table.rows).most_common(1), ("", 0)]
        if not columns:
            why = "its first column names no runs whose numbers are in it"
        elif times > 1:
            why = f"two of its rows are called {printable(name)!r}"
        else:
            why = of_several_runs(table, matched, columns, known)
        if why:
            out.left.append((hand.first + 1, why))
            continue
        stale = stale_cells(table, matched, columns, known)
        section = _section(hand, columns, matched, runs, stale)
        if section.by_folder:
            base = literal_prefix(section.runs[0])
            section_id = group_id(section, _parents(matched)[0], base)
        else:
            section_id = _free_id(section.id, out.sections)
            section = replace(section, id=section_id)
        paths = {run.path: str(name) for name, run in matched.items()}
        other = _same_runs(section, section_id, out)
        if other and (paths.keys() & {*known.means, *out.shown[other]} or section.by_folder):
            out.left.append((hand.first + 1, f"section `{other}` has a table already"))
            continue
        if other:  # Of two tables of one folder, the first gets the runs that are to come.
            section = replace(section, runs=tuple(sorted(paths)))
        _remember(out, section, columns, hand, before=other)
        out.shown[section_id] = paths
        out.stale += stale.values()
        texts = texts_to_go(table, matched, columns, known)
        out.texts_to_go += (text for cell, text in texts.items() if cell not in stale)
        out.fold_seeds &= known.members.isdisjoint(run.path for run in matched.values())
        out.best_in_bold |= any(
            isinstance(cell, Marked) and "**" in cell.source and cells.parse(str(cell)).number
            for row in hand.table.rows
            for cell in row[1:]
        )
        out.adopted.append(section_id)
        if table.transposed:
            lines[hand.first] = transposed_header(lines[hand.first], section.run_title)
        edits.append((hand.start, hand.end, section_id))
    _name_runs(out, runs)
    dated = (at for at, line in enumerate(lines) if _GENERATED_LINE.fullmatch(line))
    edits += [(line, line + 1, GENERATED) for line in islice(dated, 1)]
    out.text = _with_markers(lines, edits) if out.adopted else text
    return out


def _free_id(wanted: str, sections: Sequence[SectionTable]) -> str:
    """Return the id, numbered where a section or a block of the bot's own has it."""
    taken = {*OWN, *(section.id for section in sections)}
    numbered = (f"{wanted}-{number}" for number in count(2))
    return next(one for one in chain([wanted], numbered) if one not in taken)


def _same_runs(section: SectionTable, section_id: str, out: Adoption) -> str:
    """Return the id of the table that these runs are in already; nothing where there is none."""
    if section.by_folder:
        return section_id if section_id in out.adopted else ""
    others = (one for one in out.sections if not one.by_folder)
    return next((one.id for one in others if set(one.runs) & set(section.runs)), "")


def _section(
    hand: HandTable,
    columns: Sequence[Metric],
    matched: Mapping[str, Run],
    runs: Sequence[Run],
    stale: Container[tuple[str, str]],
) -> SectionTable:
    patterns, by_folder = _patterns(hand.headings, matched, runs)
    heading = hand.headings[0] if hand.headings else Heading(2, "Results")
    owner = heading
    title = heading.title
    if by_folder:
        folder = _parents(matched)[0].rpartition("/")[2]
        title = title.replace(folder, "{folder}") if folder in title else "{folder}"
        owner = next((one for one in hand.headings if one.level < heading.level), heading)
    first = hand.table.header[0]
    return SectionTable(
        id=heading_slug(owner.title),
        title=title,
        level=heading.level,
        runs=tuple(patterns),
        by_folder=by_folder,
        sort=_sort(hand.table, columns, matched, stale),
        columns=tuple(column.key for column in columns),
        run_title="" if hand.table.transposed and first.lower() == "metric" else first,
        transpose=hand.table.transposed,
        baselines=tuple(str(row[0]) for row in hand.table.rows if row[0] not in matched),
    )


def _patterns(
    headings: Sequence[Heading], matched: Mapping[str, Run], runs: Sequence[Run]
) -> tuple[list[str], bool]:
    """Return the patterns of a table's runs, from a path in a heading or from the runs' folders.

    A table of all folders beside each other takes those that are to come too.
    """
    parents = _parents(matched)
    paths = [run.path for run in matched.values()]
    for heading in headings:
        for hint in (text.strip("/") for text in _CODE.findall(heading.source)):
            if all(matches(hint, parent) for parent in parents):
                return [f"{hint}/*"], is_wild(hint)
            if all(matches(hint, path) for path in paths):
                return [hint], False
    above = {parent.rpartition("/")[0] for parent in parents}
    if len(parents) > 1 and len(above) == 1 and (folder := above.pop()):
        below = (run.path for run in runs if run.path.startswith(f"{folder}/"))
        if all(path.rpartition("/")[0] in parents for path in below):
            return [f"{folder}/*/*"], False
    return [f"{parent}/*" if parent else "*" for parent in parents], False


def _parents(matched: Mapping[str, Run]) -> list[str]:
    return sorted({run.path.rpartition("/")[0] for run in matched.values()})


def _sort(
    table: TableText,
    columns: Sequence[Metric],
    matched: Mapping[str, Run],
    stale: Container[tuple[str, str]],
) -> str:
    """Return the column that the runs are sorted by: by the table's sentence, or else by rows.

    Cells that are stale do not count.
    """
    stated, in_order = table.sorted_by, []
    for index, column in enumerate(columns, start=1):
        if column.is_setting:
            continue
        own = [
            row[index]
            for row in table.rows
            if row[0] in matched and index < len(row) and (row[0], column.key) not in stale
        ]
        numbers = (cells.parse(str(cell), column.format).number for cell in own)
        present = [number for number in numbers if number is not None]
        falling = direction(column.key, column.title) is Direction.HIGHER
        if column.sources and len({*present}) > 1 and present == sorted(present, reverse=falling):
            in_order.append(column.key)
    if stated is not None:
        likely = max(columns, key=lambda column: alike(stated[0], column.title))
        if likely.key in in_order or alike(stated[0], likely.title) > 0.9:
            return likely.key
    return in_order[0] if in_order else ""


def _remember(
    out: Adoption, section: SectionTable, columns: Sequence[Metric], hand: HandTable, before: str
) -> None:
    """Add a table to the configuration; `before` is the section whose patterns fit its runs too."""
    ids = [one.id for one in out.sections]
    if section.id not in ids:
        out.sections.insert(ids.index(before) if before else len(ids), section)
    else:
        at = ids.index(section.id)
        known_section = out.sections[at]
        baselines = dict.fromkeys((*known_section.baselines, *section.baselines))
        out.sections[at] = replace(known_section, baselines=tuple(baselines))
    stated = hand.table.sorted_by
    for column in columns:
        long_title, way = "", None
        if stated is not None and column.key == section.sort:
            long_title = stated[0] if stated[0] != column.title else ""
            way = stated[1] if stated[1] is not Direction.UNKNOWN else None
        known = out.metrics.get(column.key, MetricTable())
        usual = direction(column.key, column.title)
        out.metrics[column.key] = MetricTable(
            title=column.title,
            long_title=long_title or known.long_title,
            direction=way or known.direction or (None if usual is Direction.UNKNOWN else usual),
            format=(column.format if column.sources else "") or known.format,
            sources=sources_of(column.key, column.sources),
        )


def _name_runs(out: Adoption, runs: Sequence[Run]) -> None:
    """Name the runs as the tables do, in place of what the sections call them."""
    shown = {path: name for table in out.shown.values() for path, name in table.items()}
    names: dict[str, dict[str, str]] = {one.id: {} for one in out.sections}
    for planned in plan(runs, out.sections, (), fold_seeds=out.fold_seeds):
        called = {run.path: name for name, run in planned.runs.items()}
        names[planned.settings.id] |= {
            called[path]: name for path, name in shown.items() if called.get(path, name) != name
        }
    out.sections = [replace(one, names=names[one.id]) for one in out.sections]


def _with_markers(lines: list[str], edits: Sequence[tuple[int, int, str]]) -> str:
    ending = "\r" if any(line.endswith("\r") for line in lines) else ""
    for start, end, section_id in sorted(edits, reverse=True):
        begin_marker, end_marker = markers(section_id)
        last = end == len(lines)  # The table ends the page, without a line break.
        if last:
            lines[-1] += ending
        lines[end:end] = [ending, end_marker + ("" if last else ending)]
        if end < len(lines) - 2 and lines[end + 2].strip():
            lines.insert(end + 2, ending)
        lines[start:start] = [begin_marker + ending, ending]
    return "\n".join(lines)


def find_tables(text: str, page: str) -> Iterator[HandTable]:
    """Yield the tables of `text` that are not between markers already."""
    tokens = parser().parse(text)
    lines = text.split("\n")
    owned = [
        (text.count("\n", 0, block.start), text.count("\n", 0, block.end))
        for block in parse_page(text, page).blocks.values()
    ]
    headings: list[Heading] = []
    above: Sequence[int] | None = None
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            level = int(token.tag[1:])
            outer = [one for one in headings if one.level < level]
            headings = [Heading(level, inline.content or plain(inline)), *outer]
        elif token.type == "paragraph_open":
            above = token.map
        elif token.type == "table_open" and token.map and token.level == 0:
            first, end = token.map
            start = first
            if any(begin <= first <= stop for begin, stop in owned):
                continue
            is_near = above and not "".join(lines[above[1] : first]).strip()
            if above and is_near and parse("\n".join(lines[slice(*above)])).sorted_by:
                start = above[0]
            table = parse("\n".join(line.rstrip("\r") for line in lines[start:end]))
            yield HandTable(table, headings, start, first, end)


def titles_shown(text: str, page: str) -> list[str]:
    """Return what the tables of a page may call metrics: their headings and first cells."""
    return [
        str(title)
        for found in find_tables(text, page)
        for title in (*found.table.header[1:], *(row[0] for row in found.table.rows))
    ]


def heading_slug(title: str) -> str:
    """Return a section id from a heading: letters, digits and dashes."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return slug[:60].strip("-") or "results"

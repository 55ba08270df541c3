"""Adopt a page written by hand: recognise its tables and put markers round them.

Cells are matched with the values of the artifacts: the column `Test KL` is `test_kl_divergence`
because its cells are that metric's values, rounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import chain, count, islice
from typing import TYPE_CHECKING

import msgspec

from results_bot.config import MetricTable, SectionTable
from results_bot.escape import printable
from results_bot.globs import is_wild, literal_prefix, matches
from results_bot.metric_names import direction
from results_bot.model import Direction, Run
from results_bot.page import cells
from results_bot.page.document import GENERATED, OWN, markers, parse_page
from results_bot.page.markdown import TableText, parse, parser, plain
from results_bot.page.plan import group_id

if TYPE_CHECKING:
    from markdown_it.token import Token

_GENERATED_LINE = re.compile(r"(Generated|Last updated|Updated): \*\*.*\*\*\s*")
_CODE = re.compile(r"`([^`]+)`")


class Heading(msgspec.Struct, frozen=True):
    """A heading above a table."""

    level: int
    source: str
    """Its Markdown, without the number signs."""
    line: int

    @property
    def title(self) -> str:
        """The words, without a path in brackets behind them."""
        return re.sub(r"\s*\(`[^`]*`\)\s*$", "", self.source).strip()


class HandTable(msgspec.Struct, frozen=True):
    """One table of a page; lines count from 0, `end` is one past the last."""

    table: TableText
    headings: tuple[Heading, ...]
    """The nearest first, each of a higher rank than the one before."""
    start: int
    """The first line, or that of the sentence on its order just above."""
    first: int
    """The table's own first line."""
    end: int


class Column(msgspec.Struct, frozen=True):
    """What a column of a hand-made table turned out to be."""

    key: str
    title: str
    format: str
    source: str | None
    """Canonical name of the metric; None for text that people keep."""


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


def adopt(text: str, runs: Sequence[Run]) -> Adoption:
    """Return `text` with markers round every table that shows `runs`; no other byte changes."""
    out = Adoption(text)
    edits: list[tuple[int, int, str]] = []
    for table in find_tables(text):
        matched = _match_rows(table.table, runs)
        columns = _columns(table.table, matched, out.metrics) if matched else []
        why = _no_table_of_runs(table.table, columns)
        if why:
            out.left.append((table.first + 1, why))
            continue
        section = _section(table, columns, matched)
        if not section.by_folder:
            section = msgspec.structs.replace(section, id=_free_id(section.id, out.sections))
        section_id = _id_of(section, matched)
        other = _same_runs(section, section_id, out)
        if other:
            out.left.append((table.first + 1, f"section `{other}` has a table already"))
            continue
        _remember(out, section, columns, table)
        out.adopted.append(section_id)
        edits.append((table.start, table.end, section_id))
    dated = (at for at, line in enumerate(text.split("\n")) if _GENERATED_LINE.fullmatch(line))
    edits += [(line, line + 1, GENERATED) for line in islice(dated, 1)]
    out.text = _with_markers(text, edits) if out.adopted else text
    return out


def _no_table_of_runs(table: TableText, columns: Sequence[Column]) -> str:
    """Return why a table cannot be taken over; nothing where it can."""
    if not any(column.source for column in columns):
        return "its first column names no runs whose numbers are in it"
    names = [row[0] for row in table.rows]
    twice = next((name for name in names if names.count(name) > 1), None)
    return f"two of its rows are called {printable(twice)!r}" if twice is not None else ""


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


def _match_rows(table: TableText, runs: Sequence[Run]) -> dict[str, Run]:
    """Return the runs of the table by row name; of several with one name the one whose values fit.

    Empty where fewer than half of the rows are runs.
    """
    by_name: dict[str, list[Run]] = {}
    for run in runs:
        by_name.setdefault(run.name, []).append(run)
    out = {}
    for name, *row in table.rows:

        def fitting(run: Run, row: Sequence[str] = row) -> int:
            values = [reading.value for reading in run.readings.values()]
            return sum(any(_shows(cell, value) for value in values) for cell in row)

        candidates = by_name.get(name.strip(), [])
        if candidates:
            out[name] = max(candidates, key=fitting)
    return out if len(out) * 2 >= len(table.rows) and out else {}


def _shows(cell: str, value: float) -> bool:
    """Return True if `cell` is `value` rounded, also if the value is in percent already."""
    spec = cells.spec_of([cell])
    if not spec:
        return cell.strip().lower() == cells.number(value, ".4f").lower()
    shown = cell.strip().replace("\u2212", "-")
    return shown == cells.number(value, spec) or (
        spec.endswith("%") and shown == cells.number(value, spec.replace("%", "f%"))
    )


def _columns(
    table: TableText, matched: Mapping[str, Run], known: Mapping[str, MetricTable]
) -> list[Column]:
    out: list[Column] = []
    for index, title in enumerate(table.header[1:], start=1):
        shown = {row[0]: row[index] for row in table.rows if row[0] in matched and index < len(row)}
        source = _source(title, shown, matched)
        spec = _format(shown, source, matched)
        out.append(Column(_free_key(title, source, out, known), title, spec, source))
    return out


def _free_key(
    title: str, source: str | None, others: Sequence[Column], known: Mapping[str, MetricTable]
) -> str:
    """Return the metric's own name, else one made from the title, that means nothing else."""
    wanted = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "column"
    keys = chain([source] if source else [], [wanted], (f"{wanted}_{n}" for n in count(2)))
    return next(
        key
        for key in keys
        if all(key != other.key for other in others)
        and (
            key not in known
            or (known[key].title in ("", title) and known[key].sources == _sources(key, source))
        )
    )


def _source(title: str, shown: Mapping[str, str], matched: Mapping[str, Run]) -> str | None:
    """Return the metric that most cells show; among equals the one whose name is most alike."""
    hits: dict[str, int] = {}
    for name, cell in shown.items():
        for metric, reading in matched[name].readings.items():
            hits[metric] = hits.get(metric, 0) + _shows(cell, reading.value)
    best = max(hits, key=lambda metric: (hits[metric], _alike(title, metric)), default=None)
    filled = sum(cell.strip() not in ("", "-", cells.MISSING) for cell in shown.values())
    return best if best is not None and hits[best] * 2 >= max(filled, 1) else None


def _alike(title: str, metric: str) -> float:
    one, other = (re.sub(r"[^a-z0-9]", "", text.lower()) for text in (title, metric))
    return SequenceMatcher(None, one, other).ratio()


def _format(shown: Mapping[str, str], source: str | None, matched: Mapping[str, Run]) -> str:
    spec = cells.spec_of(list(shown.values()))
    if source is None or not spec.endswith("%"):
        return spec
    values = [
        (cell, matched[name].readings[source].value)
        for name, cell in shown.items()
        if source in matched[name].readings
    ]
    in_percent = spec.replace("%", "f%")
    already = sum(cell.strip() == cells.number(value, in_percent) for cell, value in values)
    return in_percent if already * 2 > len(values) else spec


def _section(
    table: HandTable, columns: Sequence[Column], matched: Mapping[str, Run]
) -> SectionTable:
    patterns, by_folder = _patterns(table.headings, matched)
    heading = table.headings[0] if table.headings else Heading(2, "Results", 0)
    owner = heading
    title = heading.title
    if by_folder:
        folder = _parents(matched)[0].rpartition("/")[2]
        title = title.replace(folder, "{folder}") if folder in title else "{folder}"
        owner = next((one for one in table.headings if one.level < heading.level), heading)
    return SectionTable(
        id=heading_slug(owner.title),
        title=title,
        level=heading.level,
        runs=tuple(patterns),
        by_folder=by_folder,
        sort=_sort(table, columns),
        columns=tuple(column.key for column in columns),
        run_title=table.table.header[0],
    )


def _patterns(headings: Sequence[Heading], matched: Mapping[str, Run]) -> tuple[list[str], bool]:
    """Return the patterns of a table's runs, from a path in a heading or from the runs' folders."""
    parents = _parents(matched)
    paths = [run.path for run in matched.values()]
    for heading in headings:
        for hint in (text.strip("/") for text in _CODE.findall(heading.source)):
            if all(matches(hint, parent) for parent in parents):
                return [f"{hint}/*"], is_wild(hint)
            if all(matches(hint, path) for path in paths):
                return [hint], False
    return [f"{parent}/*" if parent else "*" for parent in parents], False


def _parents(matched: Mapping[str, Run]) -> list[str]:
    return sorted({run.path.rpartition("/")[0] for run in matched.values()})


def _id_of(section: SectionTable, matched: Mapping[str, Run]) -> str:
    if not section.by_folder:
        return section.id
    base = literal_prefix(section.runs[0])
    return group_id(section, _parents(matched)[0].removeprefix(f"{base}/" if base else ""))


def _sort(table: HandTable, columns: Sequence[Column]) -> str:
    """Return the column that the table is sorted by: by its sentence, or else by its rows."""
    stated = table.table.sorted_by
    in_order = [
        column.key
        for index, column in enumerate(columns, start=1)
        if _is_sorted([row[index] for row in table.table.rows if index < len(row)], column)
    ]
    if stated is not None:
        likely = max(columns, key=lambda column: _alike(stated[0], column.title))
        if likely.key in in_order or _alike(stated[0], likely.title) > 0.9:
            return likely.key
    return in_order[0] if in_order else ""


def _is_sorted(column_cells: Sequence[str], column: Column) -> bool:
    numbers = [cells.parse(cell).number for cell in column_cells]
    present = [number for number in numbers if number is not None]
    if column.source is None or len(present) < 2 or len(set(present)) < 2:
        return False
    way = direction(column.key)
    return present == sorted(present, reverse=way is Direction.HIGHER)


def _remember(
    out: Adoption, section: SectionTable, columns: Sequence[Column], table: HandTable
) -> None:
    if not any(section.id == known.id for known in out.sections):
        out.sections.append(section)
    stated = table.table.sorted_by
    for column in columns:
        long_title, way = "", None
        if stated is not None and column.key == section.sort:
            long_title = stated[0] if stated[0] != column.title else ""
            way = stated[1] if stated[1] is not Direction.UNKNOWN else None
        known = out.metrics.get(column.key, MetricTable())
        usual = direction(column.key)
        out.metrics[column.key] = MetricTable(
            title=column.title,
            long_title=long_title or known.long_title,
            direction=way or known.direction or (None if usual is Direction.UNKNOWN else usual),
            format=column.format or known.format,
            sources=_sources(column.key, column.source),
        )


def _sources(key: str, source: str | None) -> tuple[str, ...] | None:
    """Return the sources to configure for a metric: none for text, None for its own name."""
    if source is None:
        return ()
    return None if source == key else (source,)


def _with_markers(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    ending = "\r" if "\r\n" in text else ""
    lines = text.split("\n")
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


def find_tables(text: str) -> list[HandTable]:
    """Return the tables of `text` that are not between markers already."""
    tokens = parser().parse(text)
    lines = text.split("\n")
    page = parse_page(text)
    owned = [
        (text.count("\n", 0, block.start), text.count("\n", 0, block.end))
        for block in page.blocks.values()
    ]
    out = []
    for index, token in enumerate(tokens):
        if token.type == "table_open" and token.map and token.level == 0:
            first, end = token.map
            while end > first and not lines[end - 1].strip():
                end -= 1
            if any(begin <= first <= stop for begin, stop in owned):
                continue
            start = _sentence_above(tokens[:index], lines, first)
            table = parse("\n".join(line.rstrip("\r") for line in lines[start:end]))
            out.append(HandTable(table, _headings(tokens[:index]), start, first, end))
    return out


def heading_slug(title: str) -> str:
    """Return a section id from a heading: letters, digits and dashes."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return slug[:60].strip("-") or "results"


def _sentence_above(before: Sequence[Token], lines: Sequence[str], first: int) -> int:
    """Return the line where the `Sorted by` sentence begins, else the table's own."""
    paragraph = next((t for t in reversed(before) if t.type == "paragraph_open"), None)
    if paragraph is None or paragraph.map is None:
        return first
    start, end = paragraph.map
    nothing_between = all(not line.strip() for line in lines[end:first])
    is_order = parse("\n".join(lines[start:end])).sorted_by is not None
    return start if nothing_between and is_order else first


def _headings(before: Sequence[Token]) -> tuple[Heading, ...]:
    out: list[Heading] = []
    for token, inline in zip(reversed(before[:-1]), reversed(before[1:]), strict=True):
        if token.type == "heading_open":
            level = int(token.tag[1:])
            if not out or level < out[-1].level:
                line = token.map[0] if token.map else 0
                out.append(Heading(level, inline.content or plain(inline), line))
    return tuple(out)

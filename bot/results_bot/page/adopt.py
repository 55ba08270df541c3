"""A page written by hand, taken over: its tables recognised by the numbers in them.

What the tables show is matched with what the artifacts hold, so that the column `Test KL` is known
to be `test_kl_divergence` because its cells are that metric's values, rounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import chain, count

import msgspec

from results_bot.config import MetricTable, SectionTable
from results_bot.globs import is_wild, literal_prefix, matches
from results_bot.hostile import printable
from results_bot.metric_names import direction
from results_bot.model import Direction, Run
from results_bot.page import cells
from results_bot.page.document import GENERATED, OWN, markers
from results_bot.page.markdown import TableText
from results_bot.page.page_tables import HandTable, Heading, find_tables, heading_slug
from results_bot.page.sections import group_id

_GENERATED_LINE = re.compile(r"(Generated|Last updated|Updated): \*\*.*\*\*\s*")
_CODE = re.compile(r"`([^`]+)`")


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
    edits += [(line, line + 1, GENERATED) for line in _generated_lines(text)[:1]]
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
    for row in table.rows:
        candidates = by_name.get(row[0].strip(), [])
        if candidates:
            out[row[0]] = max(candidates, key=lambda run: _fitting_cells(run, row[1:]))
    return out if len(out) * 2 >= len(table.rows) and out else {}


def _fitting_cells(run: Run, row: Sequence[str]) -> int:
    values = [reading.value for reading in run.readings.values()]
    return sum(any(_shows(cell, value) for value in values) for cell in row)


def _shows(cell: str, value: float) -> bool:
    """Tell whether `cell` is `value` rounded, also where the value is in percent already."""
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
    wanted = _key(title)
    keys = chain([source] if source else [], [wanted], (f"{wanted}_{n}" for n in count(2)))
    return next(
        key
        for key in keys
        if all(key != other.key for other in others)
        and (key not in known or _is_column(known[key], Column(key, title, "", source)))
    )


def _is_column(known: MetricTable, column: Column) -> bool:
    return known.title in ("", column.title) and known.sources == _sources(column)


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
    """Return the column that the table is sorted by: as its sentence says, or as its rows show."""
    said = table.table.sorted_by
    in_order = [
        column.key
        for index, column in enumerate(columns, start=1)
        if _is_sorted([row[index] for row in table.table.rows if index < len(row)], column)
    ]
    if said is not None:
        likely = max(columns, key=lambda column: _alike(said[0], column.title))
        if likely.key in in_order or _alike(said[0], likely.title) > 0.9:
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
    said = table.table.sorted_by
    for column in columns:
        long_title, way = "", None
        if said is not None and column.key == section.sort:
            long_title = said[0] if said[0] != column.title else ""
            way = said[1] if said[1] is not Direction.UNKNOWN else None
        known = out.metrics.get(column.key)
        out.metrics[column.key] = MetricTable(
            title=column.title,
            long_title=long_title or (known.long_title if known else ""),
            direction=way or (known.direction if known else None) or _known(column.key),
            format=column.format or (known.format if known else ""),
            sources=_sources(column),
        )


def _known(key: str) -> Direction | None:
    way = direction(key)
    return None if way is Direction.UNKNOWN else way


def _sources(column: Column) -> tuple[str, ...] | None:
    if column.source is None:
        return ()
    return None if column.source == column.key else (column.source,)


def _key(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "column"


def _generated_lines(text: str) -> list[int]:
    return [i for i, line in enumerate(text.split("\n")) if _GENERATED_LINE.fullmatch(line)]


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

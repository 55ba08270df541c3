"""A section's rows: fresh runs and what only the page remembers, in one order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from math import isnan

from msgspec import structs
from msgspec.structs import replace

from bot.config import Config
from bot.hostile import printable
from bot.metric_names import Role, role
from bot.model import SETTING, Direction, Metric, Row, Run, Section, Status, Value
from bot.summary import cells, seeds, settings
from bot.summary.columns import metrics, reading, sort_key
from bot.summary.plan import Planned
from bot.summary.table_md import TableText

_SINGLE = "{} / {}"
_DECORATION = re.compile(
    r"^[\s*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+|[\s*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+$"
)
_DIGITS = re.compile(r"(\d+)")


def section(
    planned: Planned, config: Config, committed: TableText | None, gone: frozenset[str]
) -> Section:
    """Return the section as it should be now.

    `committed` is what the page says; `gone` names runs whose tracked artifacts were deleted.
    A row whose artifacts are merely not here stays.
    """
    runs = list(planned.runs.values())
    chosen = metrics(config, planned.table, runs, committed)
    rows = {
        name: _folded_row(name, run, planned.folded[name], chosen)
        if name in planned.folded
        else _row(name, run, chosen)
        for name, run in planned.runs.items()
        if run.finished
    }
    dropped = gone | planned.renamed
    if committed is not None:
        kept = any(not metric.sources for metric in chosen)
        known = committed if kept else _without(committed, rows.keys() | dropped)
        for row in rows_of(known, chosen):
            name = row.run if row.run in rows else undecorated(row.run)
            if name in rows:
                rows[name] = _with_kept_columns(rows[name], row, chosen)
            elif row.run not in dropped:
                rows[row.run] = row
    sort = sort_key(planned.table, chosen, runs, committed)
    return Section(
        id=planned.id,
        title=planned.title,
        metrics=chosen,
        rows=ordered(rows.values(), chosen, sort),
        unfinished=_unfinished(planned.runs, rows, committed, dropped),
        sort=sort,
        run_title=_run_title(planned, config, committed),
        note=planned.table.note,
        narrative=planned.table.narrative,
    )


def text_of(section: Section) -> TableText:
    """Return what the section's block says."""
    metric = section.metric(section.sort) if section.sort else None
    return TableText(
        header=(section.run_title, *(metric.title for metric in section.metrics)),
        rows=tuple((row.run, *_texts(row, section.metrics)) for row in section.rows),
        sorted_by=(metric.spoken, metric.direction) if metric and section.rows else None,
        unfinished=section.unfinished,
        note=section.note,
        narrative=section.narrative,
        replicates=tuple(
            (_SINGLE.format(row.run, one.run), *_texts(one, section.metrics))
            for row in section.rows
            for one in row.replicates
        ),
    )


def rows_of(table: TableText, chosen: Sequence[Metric]) -> list[Row]:
    """Return the rows of a parsed table, its columns matched to metrics by their titles."""
    by_title: dict[str, list[str]] = {}
    for metric in chosen:
        by_title.setdefault(metric.title, []).append(metric.key)
    # Two columns may have one title: the first is the first.
    keys = [by_title[title].pop(0) if by_title.get(title) else None for title in table.header[1:]]
    specs = {metric.key: metric.format for metric in chosen}
    rows = [Row(row[0], _values(keys, row[1:], specs)) for row in table.rows]
    if not table.replicates:
        return rows
    single: dict[str, list[Row]] = {row.run: [] for row in rows}
    for name, *texts in table.replicates:
        owner = max((run for run in single if name.startswith(f"{run} / ")), key=len, default="")
        if owner:
            single[owner].append(Row(name.removeprefix(f"{owner} / "), _values(keys, texts, specs)))
    return [structs.replace(row, replicates=tuple(single[row.run])) for row in rows]


def ordered(rows: Iterable[Row], chosen: Sequence[Metric], sort: str | None) -> tuple[Row, ...]:
    """Return the rows by the sort metric, best first, then by name; without a value last.

    By the numbers as the page shows them, rounded: a row that only the page remembers is sorted as
    on the machine that has its artifacts.
    """
    by_name = sorted(rows, key=_by_name)
    metric = next((metric for metric in chosen if metric.key == sort), None)
    if metric is None:
        return tuple(by_name)
    return tuple(sorted(by_name, key=lambda row: _place(row, metric)))


def best(rows: Sequence[Row], metric: Metric) -> Row:
    """Return the row that `ordered` by `metric` puts first; the others are not put in order."""
    places = [_place(row, metric) for row in rows]
    least = min(places)
    equal = (row for row, place in zip(rows, places, strict=True) if place == least)
    return min(equal, key=_by_name)


def _by_name(row: Row) -> tuple[tuple[tuple[int, int, str], ...], str]:
    return natural(row.run), row.run


def _place(row: Row, metric: Metric) -> tuple[bool, float]:
    value = row.values.get(metric.key)
    number = cells.parse(value.text, metric.format).number if value else None
    if number is None or isnan(number):
        return True, 0.0
    return False, -number if metric.direction is Direction.HIGHER else number


def with_order(section: Section) -> Section:
    """Return the section with its rows in their order."""
    return replace(section, rows=ordered(section.rows, section.metrics, section.sort))


def undecorated(name: str) -> str:
    """Return a hand-written name without what was put round it: a trophy, an arrow, an asterisk."""
    return _DECORATION.sub("", name)


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts `version_2` before `version_10`."""
    return tuple(
        (0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part)
        for part in _DIGITS.split(name)
        if part
    )


def _values(
    keys: Sequence[str | None], texts: Sequence[str], specs: Mapping[str, str]
) -> dict[str, Value]:
    return {
        key: Value(cell) if key.startswith(SETTING) else cells.parse(cell, specs[key])
        for key, cell in zip(keys, texts, strict=False)
        if key is not None and cell not in ("", cells.MISSING)
    }


def _texts(row: Row, chosen: Sequence[Metric]) -> list[str]:
    missing = Value(cells.MISSING)
    return [row.values.get(metric.key, missing).text for metric in chosen]


def _folded_row(name: str, run: Run, members: Mapping[str, Run], chosen: Sequence[Metric]) -> Row:
    """Return the row of replicates: mean, standard deviation and their number."""
    row = _row(name, run, chosen)
    values = dict(row.values)
    for metric in chosen:
        found, value = reading(run, metric), row.values.get(metric.key)
        if found is None or value is None or value.number is None:
            continue
        std = seeds.spread(list(members.values()), found.name)
        if role(metric.key) is not Role.COUNT or std:
            text = cells.replicates(value.number, std, len(members), metric.format)
            values[metric.key] = structs.replace(value, text=text, std=std, n=len(members))
    singles = sorted(members.items(), key=lambda item: natural(item[0]))
    return structs.replace(
        row, values=values, replicates=tuple(_row(one, each, chosen) for one, each in singles)
    )


def _row(name: str, run: Run, chosen: Sequence[Metric]) -> Row:
    values: dict[str, Value] = {}
    for metric in chosen:
        found = reading(run, metric)
        if metric.is_setting:
            values |= settings.cell(run, metric)
        elif found is not None:
            text = cells.number(found.value, metric.format)
            values[metric.key] = Value(text, found.value, exact=True)
    return Row(printable(name), values, run.path)


def _without(table: TableText, names: Set[str]) -> TableText:
    return replace(table, rows=tuple(row for row in table.rows if row[0] not in names))


def _with_kept_columns(fresh: Row, committed: Row, chosen: Sequence[Metric]) -> Row:
    """Keep the committed cells of columns that no artifact feeds."""
    kept = {
        metric.key: committed.values[metric.key]
        for metric in chosen
        if not metric.sources and metric.key in committed.values
    }
    return Row(fresh.run, {**fresh.values, **kept}, fresh.path) if kept else fresh


def _unfinished(
    runs: Mapping[str, Run],
    rows: Mapping[str, Row],
    committed: TableText | None,
    dropped: frozenset[str],
) -> tuple[tuple[str, Status], ...]:
    out = {printable(name): run.status for name, run in runs.items() if not run.finished}
    for name, status in committed.unfinished if committed else ():
        if name not in dropped and name not in runs:
            out.setdefault(name, status)
    shown = sorted(out.keys() - rows.keys(), key=lambda name: (natural(name), name))
    return tuple((name, out[name]) for name in shown)


def _run_title(planned: Planned, config: Config, committed: TableText | None) -> str:
    if planned.table.run_title or config.run_title != Config().run_title:
        return planned.table.run_title or config.run_title
    if committed is not None and committed.header:
        return committed.header[0]
    return config.run_title

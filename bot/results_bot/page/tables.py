"""A section's rows: fresh runs and what only the page remembers, in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from msgspec import structs
from msgspec.structs import replace

from results_bot.config import Config
from results_bot.hostile import all_printable, printable
from results_bot.metric_names import Role, role
from results_bot.model import SETTING, Metric, Run, Section, Status
from results_bot.natural import spelled_alike
from results_bot.page import cells, seeds, settings
from results_bot.page.columns import metrics, sort_key
from results_bot.page.markdown import TableText
from results_bot.page.plan import Planned
from results_bot.page.readings import Readings, reading
from results_bot.page.row_order import by_name, natural, ordered
from results_bot.page.rows import Column, Grid, folded, names, texts
from results_bot.patterns import later
from results_bot.table import Row, Value

_SINGLE = "{} / {}"
_DECORATION = later(
    r"^[\s*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+|[\s*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+$"
)


def section(
    planned: Planned, config: Config, committed: TableText | None, gone: frozenset[str]
) -> Section:
    """Return the section as it should be now.

    `committed` is what the page says; `gone` names runs whose tracked artifacts were deleted.
    A row whose artifacts are merely not here stays.
    """
    readings = Readings(list(planned.runs.values()))
    chosen = metrics(config, planned.table, readings, committed)
    finished = {n: run for n, run in planned.runs.items() if run.status is Status.FINISHED}
    fresh = _fresh(finished, chosen)
    left = _left(committed, finished.keys(), chosen)
    rows: Sequence[Row] = fresh
    known: Set[str] = finished.keys()
    if planned.folded or left:
        each = dict(zip(finished, fresh, strict=True))
        together = _together(planned, each, left, chosen, gone)
        rows, known = [*together.values()], together.keys()
    sort = sort_key(planned.table, chosen, readings, committed)
    return Section(
        id=planned.id,
        title=planned.title,
        metrics=chosen,
        rows=ordered(rows, chosen, sort),
        unfinished=_unfinished(planned, known, committed, gone),
        sort=sort,
        run_title=_run_title(planned, config, committed),
        note=planned.table.note,
        narrative=planned.table.narrative,
    )


def _fresh(runs: Mapping[str, Run], chosen: Sequence[Metric]) -> Grid:
    """Return the rows of runs, all of them finished."""
    readings = Readings(list(runs.values()))
    columns = {metric.key: _column(metric, readings) for metric in chosen}
    return Grid(all_printable([*runs]), [run.path for run in readings.runs], columns)


def _left(committed: TableText | None, names: Set[str], chosen: Sequence[Metric]) -> Sequence[Row]:
    """Return the page's rows that count beside fresh ones of these names: those of other runs.

    Where no artifact feeds a column, what the page has in it counts for all runs.
    """
    if committed is None:
        return ()
    kept = any(not metric.sources for metric in chosen)
    return rows_of(committed if kept else _without(committed, names), chosen)


def _together(
    planned: Planned,
    fresh: Mapping[str, Row],
    committed: Iterable[Row],
    chosen: Sequence[Metric],
    gone: frozenset[str],
) -> dict[str, Row]:
    """Return fresh rows, replicates folded, with what only the page remembers."""
    rows = {**fresh, **_folded_rows(planned, fresh, chosen)}
    for row in committed:
        name = row.run if row.run in rows else undecorated(row.run)
        if name in rows:
            rows[name] = _with_kept_columns(rows[name], row, chosen)
        elif row.run not in gone and row.run not in planned.renamed:
            rows[row.run] = row
    return rows


def text_of(section: Section) -> TableText:
    """Return what the section's block says."""
    keys = [metric.key for metric in section.metrics]
    rows = section.rows
    singles = [(row, one) for row in folded(rows) for one in row.replicates]
    named = [_SINGLE.format(row.run, one.run) for row, one in singles]
    return replace(
        frame_of(section),
        rows=_lines(names(rows), rows, keys),
        replicates=_lines(named, [one for _, one in singles], keys),
    )


def frame_of(section: Section) -> TableText:
    """Return the same without its rows."""
    metric = section.metric(section.sort) if section.sort else None
    return TableText(
        header=(section.run_title, *(metric.title for metric in section.metrics)),
        sorted_by=(metric.spoken, metric.direction) if metric and section.rows else None,
        unfinished=section.unfinished,
        note=section.note,
        narrative=section.narrative,
    )


def _lines(
    named: Sequence[str], rows: Sequence[Row], keys: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    """Return rows of text, the name first."""
    missing = cells.MISSING
    columns = ([missing if one is None else one for one in texts(rows, key)] for key in keys)
    return tuple(zip(named, *columns, strict=True))


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
    for name, *shown in table.replicates:
        owner = max((run for run in single if name.startswith(f"{run} / ")), key=len, default="")
        if owner:
            single[owner].append(Row(name.removeprefix(f"{owner} / "), _values(keys, shown, specs)))
    return [structs.replace(row, replicates=tuple(single[row.run])) for row in rows]


def undecorated(name: str) -> str:
    """Return a hand-written name without what was put round it: a trophy, an arrow, an asterisk."""
    return _DECORATION.sub("", name)


def _values(
    keys: Sequence[str | None], texts: Sequence[str], specs: Mapping[str, str]
) -> dict[str, Value]:
    return {
        key: Value(cell) if key.startswith(SETTING) else cells.parse(cell, specs[key])
        for key, cell in zip(keys, texts, strict=False)
        if key is not None and cell not in ("", cells.MISSING)
    }


def _column(metric: Metric, readings: Readings) -> Column:
    """Return what a column shows of each run."""
    if metric.is_setting:
        told = settings.told(readings.runs, metric)
        return Column(told, [None] * len(told))
    values = readings.values(metric)
    shown = cells.texts(values, metric.format)
    if len(shown) == len(readings.runs):
        return Column(shown, values)
    found = readings.of(metric)
    left, numbers = iter(shown), iter(values)
    return Column(
        [None if one is None else next(left) for one in found],
        [None if one is None else next(numbers) for one in found],
    )


def _folded_rows(
    planned: Planned, rows: Mapping[str, Row], chosen: Sequence[Metric]
) -> dict[str, Row]:
    """Return the rows of replicates, by name: what is in `rows`, with the spread of the members."""
    members = {name: run for group in planned.folded.values() for name, run in group.items()}
    singles = dict(zip(members, _fresh(members, chosen), strict=True))
    out: dict[str, Row] = {}
    for name, group in planned.folded.items():
        in_order = sorted(group, key=None if spelled_alike(group) else natural)
        each = tuple([singles[one] for one in in_order])
        row = _with_spread(rows[name], planned.runs[name], list(group.values()), chosen)
        out[name] = structs.replace(row, replicates=each)
    return out


def _with_spread(row: Row, run: Run, members: Sequence[Run], chosen: Sequence[Metric]) -> Row:
    """Return the row of replicates: mean, standard deviation and their number."""
    values = dict(row.values)
    for metric in chosen:
        found, value = reading(run, metric), row.values.get(metric.key)
        if found is None or value is None or value.number is None:
            continue
        std = seeds.spread(members, found.name)
        if role(metric.key) is not Role.COUNT or std:
            text = cells.replicates(value.number, std, len(members), metric.format)
            values[metric.key] = structs.replace(value, text=text, std=std, n=len(members))
    return structs.replace(row, values=values)


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
    planned: Planned, known: Set[str], committed: TableText | None, gone: frozenset[str]
) -> tuple[tuple[str, Status], ...]:
    runs = planned.runs
    out: dict[str, Status] = {
        printable(name): run.status
        for name, run in runs.items()
        if run.status is not Status.FINISHED
    }
    for name, status in committed.unfinished if committed else ():
        if name not in runs and name not in gone and name not in planned.renamed:
            out.setdefault(name, status)
    shown = sorted(out.keys() - known, key=by_name)
    return tuple((name, out[name]) for name in shown)


def _run_title(planned: Planned, config: Config, committed: TableText | None) -> str:
    if planned.table.run_title or config.run_title != Config().run_title:
        return planned.table.run_title or config.run_title
    if committed is not None and committed.header:
        return committed.header[0]
    return config.run_title

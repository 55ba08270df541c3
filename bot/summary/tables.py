"""A section's rows: fresh runs and what only the page remembers, in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from math import isnan
from operator import attrgetter, itemgetter

from msgspec import structs
from msgspec.structs import replace

from bot.config import Config
from bot.hostile import printable
from bot.metric_names import Role, role
from bot.model import SETTING, Direction, Metric, Row, Run, Section, Status, Value
from bot.natural import spelled_alike
from bot.patterns import later
from bot.summary import cells, seeds, settings
from bot.summary.columns import metrics, sort_key
from bot.summary.plan import Planned
from bot.summary.readings import Readings, reading
from bot.summary.table_md import TableText

_SINGLE = "{} / {}"
_DECORATION = later(
    r"^[\s*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+|[\s*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+$"
)
_DIGITS = later(r"(\d+)")


def section(
    planned: Planned, config: Config, committed: TableText | None, gone: frozenset[str]
) -> Section:
    """Return the section as it should be now.

    `committed` is what the page says; `gone` names runs whose tracked artifacts were deleted.
    A row whose artifacts are merely not here stays.
    """
    readings = Readings(list(planned.runs.values()))
    chosen = metrics(config, planned.table, readings, committed)
    rows = _rows(planned.runs, readings, chosen)
    if planned.folded:
        rows |= _folded_rows(planned, rows, chosen)
    if committed is not None:
        kept = any(not metric.sources for metric in chosen)
        known = committed if kept else _without(committed, rows.keys())
        for row in rows_of(known, chosen):
            name = row.run if row.run in rows else undecorated(row.run)
            if name in rows:
                rows[name] = _with_kept_columns(rows[name], row, chosen)
            elif row.run not in gone and row.run not in planned.renamed:
                rows[row.run] = row
    sort = sort_key(planned.table, chosen, readings, committed)
    return Section(
        id=planned.id,
        title=planned.title,
        metrics=chosen,
        rows=ordered(rows.values(), chosen, sort),
        unfinished=_unfinished(planned, rows, committed, gone),
        sort=sort,
        run_title=_run_title(planned, config, committed),
        note=planned.table.note,
        narrative=planned.table.narrative,
    )


def text_of(section: Section) -> TableText:
    """Return what the section's block says."""
    keys = [metric.key for metric in section.metrics]
    singles = [(row, one) for row in section.rows for one in row.replicates]
    names = [_SINGLE.format(row.run, one.run) for row, one in singles]
    return replace(
        frame_of(section),
        rows=_grid([row.run for row in section.rows], section.rows, keys),
        replicates=_grid(names, [one for _, one in singles], keys),
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


def _grid(
    names: Sequence[str], rows: Sequence[Row], keys: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    """Return rows of text, the name first."""
    return tuple(zip(names, *[_texts(rows, key) for key in keys], strict=True))


def _texts(rows: Sequence[Row], key: str) -> list[str]:
    """Return what the cells of a column show."""
    try:
        return [row.values[key].text for row in rows]
    except KeyError:
        return [row.values[key].text if key in row.values else cells.MISSING for row in rows]


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
    rows = list(rows)
    alike = spelled_alike(row.run for row in rows)
    by_name = sorted(rows, key=attrgetter("run") if alike else _by_name)
    metric = next((metric for metric in chosen if metric.key == sort), None)
    if metric is None:
        return tuple(by_name)
    costs = _costs(by_name, metric)
    placed = [pair for pair in zip(costs, by_name, strict=True) if pair[0] is not None]
    placed.sort(key=itemgetter(0))
    last = [row for cost, row in zip(costs, by_name, strict=True) if cost is None]
    return (*(row for _, row in placed), *last)


def best(rows: Sequence[Row], metric: Metric) -> Row:
    """Return the row that `ordered` by `metric` puts first; the others are not put in order."""
    costs = _costs(rows, metric)
    least = min((cost for cost in costs if cost is not None), default=None)
    equal = (row for row, cost in zip(rows, costs, strict=True) if cost == least)
    return min(equal, key=_by_name)


def _by_name(row: Row) -> tuple[tuple[tuple[int, int, str], ...], str]:
    return natural(row.run), row.run


def _costs(rows: Sequence[Row], metric: Metric) -> list[float | None]:
    """Return a number for each row that is smaller for better ones; None without a value."""
    values = [row.values.get(metric.key) for row in rows]
    shown = [value.text for value in values if value is not None]
    numbers = iter(cells.numbers(shown, metric.format))
    sign = -1.0 if metric.direction is Direction.HIGHER else 1.0
    costs = (None if value is None else next(numbers) for value in values)
    return [None if cost is None or isnan(cost) else sign * cost for cost in costs]


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


def _rows(runs: Mapping[str, Run], readings: Readings, chosen: Sequence[Metric]) -> dict[str, Row]:
    """Return the rows of those of `runs` that are finished; `readings` are of the same runs."""
    keys = [metric.key for metric in chosen]
    columns = [_column(metric, readings) for metric in chosen]
    rows: dict[str, Row] = {}
    for (name, run), *found in zip(runs.items(), *columns, strict=True):
        if run.status is Status.FINISHED:
            told = zip(keys, found, strict=True)
            values = {key: value for key, value in told if value is not None}
            rows[name] = Row(printable(name), values, run.path)
    return rows


def _column(metric: Metric, readings: Readings) -> list[Value | None]:
    """Return each run's value for a column."""
    if metric.is_setting:
        return settings.values(readings.runs, metric)
    values = readings.values(metric)
    texts = cells.texts(values, metric.format)
    told = [Value(text, value, None, None, True) for text, value in zip(texts, values, strict=True)]
    if len(told) == len(readings.runs):
        return [*told]
    left = iter(told)
    return [None if one is None else next(left) for one in readings.of(metric)]


def _folded_rows(
    planned: Planned, rows: Mapping[str, Row], chosen: Sequence[Metric]
) -> dict[str, Row]:
    """Return the rows of replicates, by name: what is in `rows`, with the spread of the members."""
    members = {name: run for group in planned.folded.values() for name, run in group.items()}
    singles = _rows(members, Readings(list(members.values())), chosen)
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
    planned: Planned, rows: Mapping[str, Row], committed: TableText | None, gone: frozenset[str]
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
    shown = sorted(out.keys() - rows.keys(), key=lambda name: (natural(name), name))
    return tuple((name, out[name]) for name in shown)


def _run_title(planned: Planned, config: Config, committed: TableText | None) -> str:
    if planned.table.run_title or config.run_title != Config().run_title:
        return planned.table.run_title or config.run_title
    if committed is not None and committed.header:
        return committed.header[0]
    return config.run_title

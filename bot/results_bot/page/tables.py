"""A section's table: from the readings of runs and what only the page remembers, and from text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from functools import cache
from math import nan
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from results_bot.config import Config
from results_bot.escape import printable
from results_bot.metric_names import Role, role
from results_bot.model import Direction, Metric, Run, Status
from results_bot.page import cells
from results_bot.page.columns import metrics, setting_texts, sort_key
from results_bot.page.markdown import TableText
from results_bot.page.readings import Readings
from results_bot.page.section import Section
from results_bot.page.sections import Planned
from results_bot.table import Row, Table, Value

if TYPE_CHECKING:
    import pandas as pd

_PICTURES = r"[\s*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+"
_DECORATION = re.compile(rf"^{_PICTURES}|{_PICTURES}$")
# A word with the number behind it that has a point, or a point that no digit precedes.
_POINT = re.compile(r"([^\W\d_]*)[-_= ]?(?<!\d)(\d+(?:\.\d+)+)|\.(?=\d)")


def make_section(
    planned: Planned, config: Config, committed: TableText | None, gone: Set[str]
) -> Section:
    """Return the section as it should be now.

    `committed` is what the page holds; `gone` names runs whose tracked artifacts were deleted. A
    row whose artifacts are merely not here stays.
    """
    wanted = planned.table
    finished: dict[str, Run] = {}
    unfinished: dict[str, Status] = {}
    for name, run in planned.runs.items():
        if run.status is Status.FINISHED:
            finished[name] = run
        else:
            unfinished[printable(name)] = run.status

    readings = Readings([*finished.values()])
    chosen = metrics(config, wanted, readings, committed)
    sort = sort_key(wanted, chosen, readings, committed)
    table = _fresh([*finished], readings, chosen)
    if planned.folded:
        table = _with_spread(table, planned, chosen)
    run_title = wanted.run_title or config.run_title
    is_default = not wanted.run_title and run_title == Config().run_title
    if committed is not None:
        table = _with_committed(table, committed, chosen, planned, gone)
        for name, status in committed.unfinished:
            if name not in planned.runs and name not in gone and name not in planned.renamed:
                unfinished.setdefault(name, status)
        if committed.header and is_default:
            run_title = committed.header[0]

    unnamed = unfinished.keys() - finished.keys() - {*table.names}
    section = Section(
        id=planned.id,
        title=planned.title,
        metrics=chosen,
        rows=table,
        unfinished=tuple((name, unfinished[name]) for name in in_natural_order(unnamed)),
        sort=sort,
        run_title=run_title,
        note=wanted.note,
        narrative=wanted.narrative,
        runs={printable(name): run for name, run in finished.items()},
    )
    return with_order(section)


def _fresh(names: Sequence[str], readings: Readings, chosen: Sequence[Metric]) -> Table:
    """Return the rows of finished runs, a column for each of their chosen metrics."""
    import numpy as np

    columns = {metric.key: metric for metric in chosen}
    shape = len(names), len(columns)
    texts, numbers = np.full(shape, None, dtype=object), np.full(shape, nan)
    measured = np.zeros(shape, dtype=bool)
    for at, metric in enumerate(columns.values()):
        if metric.is_setting:
            texts[:, at] = setting_texts(readings.runs, metric)
            continue
        found = readings.column(metric)
        rows, values = [*found], [*found.values()]
        numbers[rows, at], measured[rows, at] = values, True
        texts[rows, at] = [cells.number(value, metric.format) for value in values]
    paths = [run.path for run in readings.runs]
    exact = measured.copy()
    return Table.build(map(printable, names), columns, (texts, numbers, measured, exact), paths)


def _with_spread(table: Table, planned: Planned, chosen: Sequence[Metric]) -> Table:
    """Return the table with the spread of folded seeds in the rows that stand for them."""
    std, n, texts = table.numbers * nan, table.numbers * nan, table.texts.copy()
    columns = {metric.key: metric for metric in chosen if not metric.is_setting}
    rows = {name: at for at, name in enumerate(table.names)}
    means = table.numbers.to_numpy().tolist()
    members = [one for group in planned.folded.values() for one in group.items()]
    single = _fresh([name for name, _ in members], Readings([run for _, run in members]), chosen)
    replicates, first = {}, 0
    for name, group in planned.folded.items():
        spread, row = planned.spread[name], rows[printable(name)]
        for at, key in enumerate(table.texts.columns):
            sources = columns[key].sources if key in columns else ()
            source = next((one for one in sources if one in spread), None)
            if source is not None and (role(key) is not Role.COUNT or spread[source]):
                mean, spec = means[row][at], columns[key].format
                texts.iat[row, at] = cells.replicates(mean, spread[source], len(group), spec)
                std.iat[row, at], n.iat[row, at] = spread[source], len(group)
        places = [first + at for at in natural_order([*group])]
        replicates[printable(name)] = single.take(places)
        first += len(group)
    frames = [texts, table.numbers, table.measured, table.exact, std, n]
    return Table(frames, table.paths, replicates)


def _with_committed(
    fresh: Table,
    committed: TableText,
    chosen: Sequence[Metric],
    planned: Planned,
    gone: Set[str],
) -> Table:
    """Return the table with what only the page remembers.

    Those are the rows of other runs, and the cells of columns that no artifact feeds.
    """
    kept = {metric.key for metric in chosen if not metric.sources}
    places = {name: at for at, name in enumerate(fresh.names)}
    left = tuple(row for row in committed.rows if kept or row[0] not in places)
    if not left:
        return fresh
    page = table_of(replace(committed, rows=left), chosen)
    matched: dict[int, int] = {}
    others: dict[str, int] = {}
    for at, name in enumerate(page.names):
        # People decorate names with a trophy, an arrow or an asterisk.
        own = name if name in places else _DECORATION.sub("", name)
        if own in places:
            matched[places[own]] = at
        elif name not in gone and name not in planned.renamed:
            others[name] = at
    if kept and matched:
        rows, theirs = [*matched], [*matched.values()]
        columns = [at for at, key in enumerate(fresh.texts) if key in kept]
        for frame, other in (
            (fresh.numbers, page.numbers),
            (fresh.texts, page.texts),
            (fresh.measured, page.measured),
        ):
            frame.iloc[rows, columns] = other.to_numpy()[theirs][:, columns]
    return fresh.concat(page.take([*others.values()])) if others else fresh


def table_of(text: TableText, chosen: Sequence[Metric]) -> Table:
    """Return a parsed table, its columns matched to metrics by their titles."""
    by_title: dict[str, list[Metric]] = {}
    for metric in chosen:
        by_title.setdefault(metric.title, []).append(metric)
    # If two columns have one title, the first column is the first metric.
    columns = [by_title[title].pop(0) if by_title.get(title) else None for title in text.header[1:]]

    def parsed(name: str, line: Sequence[str], replicates: tuple[Row, ...] = ()) -> Row:
        values = {}
        for metric, cell in zip(columns, line, strict=False):
            if metric is not None and cell not in ("", cells.MISSING):
                known = Value(cell) if metric.is_setting else cells.parse(cell, metric.format)
                values[metric.key] = known
        return Row(name, values, replicates=replicates)

    seeds: dict[str, list[Row]] = {}
    for name, *line in text.replicates:
        owners = [run for run, *_ in text.rows if name.startswith(f"{run} / ")]
        if owners:
            owner = max(owners, key=len)
            seeds.setdefault(owner, []).append(parsed(name.removeprefix(f"{owner} / "), line))
    rows = [parsed(name, line, tuple(seeds.get(name, ()))) for name, *line in text.rows]
    return Table.of(rows, [metric.key for metric in chosen])


def text_of(section: Section) -> TableText:
    """Return the content of the section's block."""
    metric = section.metric(section.sort) if section.sort else None
    table, keys, titles = section.table, [], [section.run_title]
    for one in section.metrics:
        keys.append(one.key)
        titles.append(one.title)
    replicates: list[tuple[str, ...]] = []
    for name in table.names if table.replicates else ():
        if name in table.replicates:
            lines = _lines(table.replicates[name].texts[keys])
            replicates += [(f"{name} / {run}", *cells) for run, *cells in lines]
    return TableText(
        header=tuple(titles),
        rows=_lines(table.texts[keys]),
        sorted_by=(metric.spoken, metric.direction) if metric and len(table) else None,
        unfinished=section.unfinished,
        note=section.note,
        narrative=section.narrative,
        replicates=tuple(replicates),
    )


def _lines(texts: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Return the texts of a table as rows, the name of the run first."""
    return tuple(texts.fillna(cells.MISSING).itertuples(name=None))


def section_from(like: Section, text: TableText, shown: TableText | None = None) -> Section:
    """Return a parsed table as a section with the metrics and titles of `like`.

    A row equal to one that `like` has `shown` keeps the full precision of its values.
    """
    if shown is None or text.header != shown.header or text.replicates:
        table = table_of(text, like.metrics)
    elif text.rows == shown.rows:
        table = like.table
    else:
        known = {row: at for at, row in enumerate(shown.rows)}
        same = {at: known[row] for at, row in enumerate(text.rows) if row in known}
        rest = [at for at in range(len(text.rows)) if at not in same]
        others = table_of(replace(text, rows=tuple(text.rows[at] for at in rest)), like.metrics)
        both = like.table.take([*same.values()]).concat(others)
        places = {at: place for place, at in enumerate([*same, *rest])}
        table = both.take([places[at] for at in range(len(text.rows))])
    spoken = text.sorted_by[0] if text.sorted_by else None
    return Section(
        id=like.id,
        title=like.title,
        metrics=tuple(metric for metric in like.metrics if metric.title in text.header),
        rows=table,
        unfinished=text.unfinished,
        sort=next((m.key for m in like.metrics if spoken in (m.spoken, m.title)), None),
        run_title=text.header[0] if text.header else "Run",
        note=text.note,
        narrative=text.narrative,
    )


def with_order(section: Section) -> Section:
    """Return the section with its rows in their order."""
    table = section.table
    metric = section.metric(section.sort) if section.sort else None
    texts = table.texts[metric.key].tolist() if metric else None
    table = table.take(_order(table.names, texts, metric))
    runs = {name: section.runs[name] for name in table.names if name in section.runs}
    return replace(section, rows=table, runs=runs)


def ordered(rows: Sequence[Row], chosen: Sequence[Metric], sort: str | None) -> tuple[Row, ...]:
    """Return rows by the sort metric, best first, then by name; those without a value last."""
    metric = next((metric for metric in chosen if metric.key == sort), None)
    cell = [row.values.get(sort or "") for row in rows]
    texts = [None if one is None else one.text for one in cell] if metric else None
    return tuple(rows[at] for at in _order([row.run for row in rows], texts, metric))


def best(rows: Sequence[Row], metric: Metric) -> Row:
    """Return the row that `ordered` by `metric` puts first."""
    return ordered(rows, (metric,), metric.key)[0]


def _order(
    names: Sequence[str], texts: Sequence[str | None] | None, metric: Metric | None
) -> list[int]:
    """Return the places of rows, best first, then in natural order of their names.

    They are sorted by the numbers as shown, rounded: a row that only the page remembers is sorted
    as on the machine that has its artifacts.
    """
    import pandas as pd

    if metric is None or texts is None:
        return natural_order(names)
    sign = -1.0 if metric.direction is Direction.HIGHER else 1.0
    costs = []
    for text in texts:
        number = None if text is None else cells.parse(text, metric.format).number
        costs.append(nan if number is None else sign * number)
    series = pd.Series(costs, dtype=float)
    # Names decide between equal values only: their keys take longer than all else.
    tied = series.duplicated(keep=False)
    places = natural_order(pd.Series(names, dtype=object).where(tied, "").tolist())
    order: list[int] = series.iloc[places].sort_values(kind="stable").index.tolist()
    return order


def natural_order(names: Sequence[str]) -> list[int]:
    """Return the places of names in the order in which people count: `run_9` before `run_10`.

    A number with a point is a decimal if any number after the same word is below 1, as in
    `lr0.0003` and `lr0.001`; otherwise its parts count, as in `v1.9` and `v1.10`.
    """
    decimals = {
        found[1]
        for name in names
        if "." in name
        for found in _POINT.finditer(name)
        if (found[2] or "").startswith("0.") and found[2].count(".") == 1
    } - {"v", "V", "version"}

    def apart(found: re.Match[str]) -> str:
        decimal = found[2] and found[2].count(".") == 1 and found[1] in decimals
        return found[0] if decimal else found[0].replace(".", ". ")

    key = _natural_key()
    keys = []
    for name in names:
        counted = _POINT.sub(apart, name) if "." in name else name
        keys.append((key(counted), name) if name else ())
    return sorted(range(len(names)), key=keys.__getitem__)


def in_natural_order(names: Iterable[str]) -> list[str]:
    """Return names in that order."""
    names = [*names]
    return [names[at] for at in natural_order(names)]


@cache
def _natural_key() -> Any:
    from natsort import natsort_keygen, ns

    return natsort_keygen(alg=ns.FLOAT)

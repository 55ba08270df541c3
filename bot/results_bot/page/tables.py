"""A section's table: from the readings of runs and what only the page remembers, and from text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from math import nan
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from results_bot.config import Config
from results_bot.hostile import printable
from results_bot.metric_names import Role, role
from results_bot.model import Direction, Metric, Section, Status
from results_bot.page import cells
from results_bot.page.columns import metrics, setting_texts, sort_key
from results_bot.page.markdown import TableText
from results_bot.page.readings import Readings
from results_bot.page.sections import Planned
from results_bot.table import Row, Table, Value

if TYPE_CHECKING:
    import numpy as np

_PICTURES = r"[\s*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+"
_DECORATION = re.compile(rf"^{_PICTURES}|{_PICTURES}$")


def make_sections(
    planned: Sequence[Planned],
    config: Config,
    committed: Mapping[str, TableText],
    gone: Mapping[str, frozenset[str]],
) -> list[Section]:
    """Return the sections as they should be now.

    `committed` is what the page holds; `gone` names runs whose tracked artifacts were deleted,
    both by section id. A row whose artifacts are merely not here stays.
    """
    finished = [
        {name: run for name, run in one.runs.items() if run.status is Status.FINISHED}
        for one in planned
    ]
    seeds = [{n: r for group in one.folded.values() for n, r in group.items()} for one in planned]
    readings = Readings.grouped([[*runs.values()] for runs in (*finished, *seeds)])
    out = []
    for at, one in enumerate(planned):
        was, leave = committed.get(one.id), gone.get(one.id, frozenset())
        own = readings[at]
        chosen = metrics(config, one.table, own, was)
        table = _fresh([*finished[at]], own, chosen)
        if one.folded:
            single = _fresh([*seeds[at]], readings[len(planned) + at], chosen)
            table = _with_spread(table, single, one, chosen)
        if was is not None:
            table = _with_committed(table, was, chosen, one, leave)
        sort = sort_key(one.table, chosen, own, was)
        section = Section(
            id=one.id,
            title=one.title,
            metrics=chosen,
            rows=table,
            unfinished=_unfinished(one, {*table.names, *finished[at]}, was, leave),
            sort=sort,
            run_title=_run_title(one, config, was),
            note=one.table.note,
            narrative=one.table.narrative,
        )
        out.append(with_order(section))
    return out


def _fresh(names: Sequence[str], readings: Readings, chosen: Sequence[Metric]) -> Table:
    """Return the rows of finished runs, a column for each of their chosen metrics."""
    import numpy as np

    columns = {metric.key: metric for metric in chosen}
    numbers, texts, measured = _empty(len(names), len(columns))
    for at, metric in enumerate(columns.values()):
        if metric.is_setting:
            texts[:, at] = setting_texts(readings.runs, metric)
            continue
        values, has = readings.column(metric)
        numbers[:, at], measured[:, at] = values, has
        texts[has, at] = [cells.number(value, metric.format) for value in values[has].tolist()]
    shown = [printable(name) for name in names]
    paths = [run.path for run in readings.runs]
    return Table.build(shown, columns, (texts, numbers, measured, np.copy(measured)), paths)


def _with_spread(table: Table, single: Table, planned: Planned, chosen: Sequence[Metric]) -> Table:
    """Return the table with the spread of folded seeds in the rows that stand for them."""
    std, n, texts = table.numbers * nan, table.numbers * nan, table.texts.copy()
    columns = {metric.key: metric for metric in chosen if not metric.is_setting}
    rows = {name: at for at, name in enumerate(table.names)}
    means = table.numbers.to_numpy().tolist()
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
    kept = [metric.key for metric in chosen if not metric.sources]
    places = {name: at for at, name in enumerate(fresh.names)}
    left = tuple(row for row in committed.rows if kept or row[0] not in places)
    if not left:
        return fresh
    page = table_of(replace(committed, rows=left), chosen)
    matched: dict[int, int] = {}
    others: dict[str, int] = {}
    for at, name in enumerate(page.names):
        own = name if name in places else undecorated(name)
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
    import numpy as np

    by_title: dict[str, list[Metric]] = {}
    for metric in chosen:
        by_title.setdefault(metric.title, []).append(metric)
    # If two columns have one title, the first column is the first metric.
    columns = [by_title[title].pop(0) if by_title.get(title) else None for title in text.header[1:]]
    place = {key: at for at, key in enumerate(dict.fromkeys(metric.key for metric in chosen))}
    names = [row[0] for row in text.rows]

    def parsed(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
        numbers, texts, measured = _empty(len(rows), len(place))
        std, n = np.full_like(numbers, nan), np.full_like(numbers, nan)
        for line, row in enumerate(rows):
            for metric, cell in zip(columns, row[1:], strict=False):
                if metric is None or cell in ("", cells.MISSING):
                    continue
                at = line, place[metric.key]
                texts[at] = cell
                value = Value(cell) if metric.is_setting else cells.parse(cell, metric.format)
                measured[at] = value.number is not None
                numbers[at], std[at], n[at] = value.number, value.std, value.n
        exact = np.zeros_like(measured)
        return Table.build(
            names, place, (texts, numbers, measured, exact, std, n), [None] * len(rows)
        )

    table = parsed(names, text.rows)
    seeds: dict[str, list[tuple[str, ...]]] = {}
    for row in text.replicates:
        owner = max((run for run in names if row[0].startswith(f"{run} / ")), key=len, default="")
        if owner:
            seeds.setdefault(owner, []).append(row)
    for owner, rows in seeds.items():
        own = [row[0].removeprefix(f"{owner} / ") for row in rows]
        table.replicates[owner] = parsed(own, rows)
    return table


def _empty(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return numbers, texts and the measured flags of a table in which every cell is missing."""
    import numpy as np

    shape = rows, columns
    return np.full(shape, nan), np.full(shape, None, dtype=object), np.zeros(shape, dtype=bool)


def text_of(section: Section) -> TableText:
    """Return the content of the section's block."""
    metric = section.metric(section.sort) if section.sort else None
    table, keys = section.table, [metric.key for metric in section.metrics]
    return TableText(
        header=(section.run_title, *(metric.title for metric in section.metrics)),
        rows=_lines(table, keys),
        sorted_by=(metric.spoken, metric.direction) if metric and len(table) else None,
        unfinished=section.unfinished,
        note=section.note,
        narrative=section.narrative,
        replicates=tuple(
            line
            for name in table.names
            if name in table.replicates
            for line in _lines(table.replicates[name], keys, f"{name} / ")
        ),
    )


def _lines(table: Table, keys: Sequence[str], before: str = "") -> tuple[tuple[str, ...], ...]:
    """Return a table as rows of text, the name of the run first."""
    columns = [table.texts[key].tolist() for key in keys]
    names = [before + name for name in table.names]
    return tuple(
        (name, *[cells.MISSING if text is None else text for text in texts])
        for name, *texts in zip(names, *columns, strict=True)
    )


def section_from(like: Section, text: TableText, shown: TableText | None = None) -> Section:
    """Return a parsed table as a section with the metrics and titles of `like`.

    A row equal to one that `like` has `shown` keeps the full precision of its values.
    """
    metrics = tuple(metric for metric in like.metrics if metric.title in text.header)
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
        metrics=metrics,
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
    return replace(section, rows=table.take(_order(table.names, texts, metric)))


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
    numbers = [None if one is None else cells.parse(one, metric.format).number for one in texts]
    costs = pd.Series([nan if one is None else sign * one for one in numbers], dtype=float)
    # Names decide between equal values only: their keys take longer than all else.
    tied = costs.duplicated(keep=False).tolist()
    places = natural_order([name if again else "" for name, again in zip(names, tied, strict=True)])
    order: list[int] = costs.iloc[places].sort_values(kind="stable").index.tolist()
    return order


def natural_order(names: Sequence[str]) -> list[int]:
    """Return the places of names in the order in which people count: `run_9` before `run_10`.

    Decimals count too: `lr0.0003` comes before `lr0.001`.
    """
    key = _natural_key()
    keys = [(key(name), name) if name else () for name in names]
    return sorted(range(len(names)), key=keys.__getitem__)


def in_natural_order(names: Iterable[str]) -> list[str]:
    """Return names in that order."""
    names = [*names]
    return [names[at] for at in natural_order(names)]


@cache
def _natural_key() -> Any:
    from natsort import natsort_keygen, ns

    # A point that no digit precedes, as in `layer.10`, begins no decimal.
    return natsort_keygen(lambda name: re.sub(r"(?<!\d)\.(?=\d)", ". ", name), ns.FLOAT)


def undecorated(name: str) -> str:
    """Return a hand-written name without the trophy, arrow or asterisk around it."""
    return _DECORATION.sub("", name)


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
    return tuple((name, out[name]) for name in in_natural_order(out.keys() - known))


def _run_title(planned: Planned, config: Config, committed: TableText | None) -> str:
    if planned.table.run_title or config.run_title != Config().run_title:
        return planned.table.run_title or config.run_title
    if committed is not None and committed.header:
        return committed.header[0]
    return config.run_title

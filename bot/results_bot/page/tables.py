"""A section's table: from the readings of runs and what only the page remembers, and from text."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence, Set
from math import nan
from posixpath import dirname, relpath
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec.structs import replace

from results_bot.config import Config
from results_bot.escape import markdown, printable
from results_bot.metric_names import Role, role
from results_bot.model import Direction, Metric, Run, Status
from results_bot.page import cells
from results_bot.page.columns import Readings, metrics, setting_texts, sort_key
from results_bot.page.markdown import RIGHT, Marked, TableText
from results_bot.page.order import in_natural_order, natural_order, places_in_order
from results_bot.page.plan import Planned
from results_bot.page.section import Section
from results_bot.table import Row, Table, Value

if TYPE_CHECKING:
    import pandas as pd

_PICTURES = r"[\s*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+"
_DECORATION = re.compile(rf"^{_PICTURES}|{_PICTURES}$")
_BRACES = re.compile(r"\{([^{}]+)\}")
_LINKED = re.compile(r"https?://|(?![A-Za-z][A-Za-z0-9+.-]*:)")
"""The beginning of an address that a name is linked to: of the web, or a path."""


def make_section(
    planned: Planned,
    config: Config,
    committed: TableText | None,
    gone: Mapping[str, bool],
    dropped: Container[tuple[str, str, str]] = (),
) -> Section:
    """Return the section as it should be now.

    `committed` is what the page holds; `gone` names runs whose tracked artifacts were deleted, True
    if others are left: such a run is unfinished. A row whose artifacts are merely not here stays.
    `dropped` names cells of the page that no artifact holds any more.
    """
    wanted = planned.table
    finished: dict[str, Run] = {}
    unfinished: dict[str, Status] = {}
    for name, run in planned.runs.items():
        if run.status is Status.FINISHED:
            finished[name] = run
        elif run.status is not Status.DELETED:  # What its tracker deleted is gone.
            unfinished[printable(name)] = run.status

    sizes = [len(planned.folded.get(name, (name,))) for name in finished]
    readings = Readings([*finished.values()], sizes)
    chosen = metrics(config, wanted, readings, committed)
    sort = sort_key(wanted, chosen, readings, committed)
    names = [_linked(name, run, wanted.link, config.page) for name, run in finished.items()]
    if committed and not wanted.link:  # A name keeps the markup that people gave it.
        shown = {row[0]: row[0] for row in committed.rows}
        names = [shown.get(name, name) for name in names]
    table = table_of_runs(planned, readings, chosen, names)
    run_title = wanted.run_title or config.run_title
    is_default = not wanted.run_title and run_title == Config().run_title
    if committed is not None:
        table = _with_committed(table, committed, chosen, planned, gone, dropped)
        for name, status in (*committed.unfinished, *_with_artifacts_left(committed, gone)):
            left = gone.get(name, True)
            if name not in planned.runs and left and name not in planned.renamed:
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
        settings=wanted,
    )
    return with_order(section)


def _linked(name: str, run: Run, link: str, page: str) -> str:
    """Return the name of a run, with the address behind it if there is one.

    In `link`, `{path}` is the run's folder as seen from the page, `{run}` its name, and any other
    name in braces a setting. A run that lacks one of them has no link.
    """
    text = printable(name)
    if not link:
        return text
    folder = run.path if "://" in run.path else relpath(run.path, dirname(page) or ".")
    known = {**run.params, "path": folder, "run": run.name}
    values = {key: known.get(key) for key in _BRACES.findall(link)}
    if any(value in (None, "") for value in values.values()):
        return text
    address = _BRACES.sub(lambda found: quote(str(values[found[1]]), safe="/:?&=#%@+,~"), link)
    return Marked(text, f"[{markdown(text)}]({address})") if _LINKED.match(address) else text


def _with_artifacts_left(
    committed: TableText, gone: Mapping[str, bool]
) -> list[tuple[str, Status]]:
    """Return the page's runs that lost some of their artifacts."""
    return [(name, Status.UNFINISHED) for name, *_ in committed.rows if gone.get(name)]


def table_of_runs(
    planned: Planned, readings: Readings, chosen: Sequence[Metric], names: Sequence[str]
) -> Table:
    """Return the rows of a section's finished runs, a column for each metric they have.

    `readings` and `names` are those of the finished runs, in their order.
    """
    table = _fresh(names, readings, chosen)
    return _with_spread(table, planned, chosen) if planned.folded else table


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
    return Table.build(names, columns, (texts, numbers, measured, exact), paths)


def _with_spread(table: Table, planned: Planned, chosen: Sequence[Metric]) -> Table:
    """Return the table with the spread of folded seeds in the rows that stand for them."""
    std, n, texts = table.numbers * nan, table.numbers * nan, table.texts.copy()
    columns = {metric.key: metric for metric in chosen if not metric.is_setting}
    rows = {name: at for at, name in enumerate(table.names)}
    means = table.numbers.to_numpy().tolist()
    members = [one for group in planned.folded.values() for one in group.items()]
    single = _fresh(
        [printable(name) for name, _ in members], Readings([run for _, run in members]), chosen
    )
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
    gone: Mapping[str, bool],
    dropped: Container[tuple[str, str, str]],
) -> Table:
    """Return the table with what only the page remembers.

    Those are the rows of other runs, and the cells of columns that no artifact feeds: but not a
    metric of the training before, where a run's other values changed.
    """
    import numpy as np

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
        directed = [one.direction is not Direction.UNKNOWN for one in chosen if one.key in kept]
        stale = [[_retrained(fresh[row], page[at])] for row, at in matched.items()]
        outdated = page.measured.to_numpy()[theirs][:, columns] & np.array(stale) & directed
        keys = [*fresh.texts.columns[columns]]
        outdated |= [
            [(planned.id, fresh.names[row], key) in dropped for key in keys] for row in rows
        ]
        for frame, other, blank in (
            (fresh.numbers, page.numbers, nan),
            (fresh.texts, page.texts, None),
            (fresh.measured, page.measured, False),
        ):
            cell = other.to_numpy()[theirs][:, columns]
            cell[outdated] = blank
            frame.iloc[rows, columns] = cell
    return fresh.concat(page.take([*others.values()])) if others else fresh


def _retrained(fresh: Row, committed: Row) -> bool:
    """Return True if a value that an artifact holds differs from the page's."""
    return any(
        value.number is not None
        and key in committed.values
        and not cells.same(committed.values[key], value)
        for key, value in fresh.values.items()
    )


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
            if metric is not None and cell.lower() not in cells.ABSENT:
                # Of a number only the text counts: what is bold follows from the table.
                known = cells.parse(str(cell), metric.format)
                is_text = metric.is_setting or known.number is None
                values[metric.key] = Value(cell) if is_text else known
        return Row(name, values, replicates=replicates)

    seeds: dict[str, list[Row]] = {}
    names = {run for run, *_ in text.rows}
    for cell, *line in text.replicates:
        if found := _row_and_seed(cell, names):
            seeds.setdefault(found[0], []).append(parsed(found[1], line))
    rows = [parsed(name, line, tuple(seeds.get(name, ()))) for name, *line in text.rows]
    return Table.of(rows, [metric.key for metric in chosen])


def text_of(section: Section, like: TableText | None = None, *, bold: bool = False) -> TableText:
    """Return the content of the section's block.

    `like` is the block as it stands: its alignment stays, and its sign for a missing value.
    `bold` marks the best value of each column.
    """
    metric = section.metric(section.sort) if section.sort else None
    table, settings = section.table, section.settings
    keys, titles = [one.key for one in section.metrics], [one.title for one in section.metrics]
    signs: dict[str, str] = {}
    for row in like.rows if like else ():
        for title, cell in zip(like.header if like else (), row, strict=False):
            if cell.lower() in cells.ABSENT:
                signs.setdefault(title, cell)
    usual = next(filter(None, signs.values()), cells.MISSING)
    missing = {one.key: signs.get(one.title, usual) for one in section.metrics}
    rows = _lines(table.texts[keys], missing)
    replicates: list[tuple[str, ...]] = []
    names = set(table.names)
    for name in table.names if table.replicates else ():
        if name in table.replicates:
            for run, *line in _lines(table.replicates[name].texts[keys], missing):
                # `lr0.01-s0` needs no `lr0.01` before it.
                clear = _row_and_seed(run, names) == (name, run)
                replicates.append((run if clear else f"{name} / {run}", *line))
    text = TableText(
        header=(section.run_title, *titles),
        rows=rows,
        sorted_by=(metric.spoken, metric.direction) if metric and rows else None,
        unfinished=section.unfinished,
        note=section.note,
        narrative=section.narrative,
        replicates=tuple(replicates),
        rulers=_rulers(section, like) if rows else (),
        top=settings.top if settings.top < len(rows) else 0,
        transposed=settings.transpose,
    )
    return with_bold(text, section) if bold else text


def _row_and_seed(cell: str, names: Set[str]) -> tuple[str, str] | None:
    """Return the row and the run of a seed's first cell: `ROW / RUN`, or a RUN that begins so."""
    rows = [cell[:end] for end in range(len(cell), 0, -1) if cell[:end] in names]
    long = ((row, cell.removeprefix(f"{row} / ")) for row in rows if cell.startswith(f"{row} / "))
    return next(long, (rows[0], cell) if rows else None)


def _lines(texts: pd.DataFrame, missing: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    """Return the texts of a table as rows, the name of the run first.

    `missing` is what stands for a missing value in each column.
    """
    return tuple(texts.fillna(missing).itertuples(name=None))


def _rulers(section: Section, like: TableText | None) -> tuple[str, ...]:
    """Return the alignment of each column: as the page has it, and right for a new metric."""
    if like and like.header and not like.rulers:
        return ()
    known = dict(zip(like.header, like.rulers, strict=False)) if like else {}
    own = [
        (one.title, RIGHT if one.sources and not one.is_setting else "---")
        for one in section.metrics
    ]
    rulers = [known.get(title, usual) for title, usual in ((section.run_title, "---"), *own)]
    return tuple(rulers) if any(one != "---" for one in rulers) else ()


def with_bold(text: TableText, section: Section) -> TableText:
    """Return the table with the best value of each column in bold."""
    judged = {metric.title: metric for metric in section.judged}
    titles = [(at, title) for at, title in enumerate(text.header) if title in judged]
    best = {at: section.best(judged[title]) for at, title in titles}

    def cell(name: str, at: int, text: str) -> str:
        if name in best.get(at, ()):
            return Marked(text, f"**{markdown(text)}**")
        return str(text) if at in best else text

    rows = [tuple(cell(row[0], at, text) for at, text in enumerate(row)) for row in text.rows]
    return replace(text, rows=tuple(rows))


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
        settings=like.settings,
    )


def with_order(section: Section) -> Section:
    """Return the section with its rows in their order: runs, then what people wrote."""
    table = section.table
    metric = section.metric(section.sort) if section.sort else None
    texts = table.texts[metric.key].tolist() if metric else None
    order = places_in_order(table.names, texts, metric)
    if section.baselines:
        names = table.names
        order = [at for at in order if names[at] not in section.baselines]
        order += [at for at, name in enumerate(names) if name in section.baselines]
    table = table.take(order)
    runs = {name: section.runs[name] for name in table.names if name in section.runs}
    return replace(section, rows=table, runs=runs)

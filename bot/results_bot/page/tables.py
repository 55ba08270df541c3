"""A section as text: its rows as a table of cells, and the section that a table holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set

from msgspec.structs import replace

from results_bot.escape import markdown
from results_bot.model import Metric, Row, Value
from results_bot.page import cells
from results_bot.page.markdown import RIGHT, Marked, TableText
from results_bot.page.section import Place, Section


def rows_of(text: TableText, chosen: Sequence[Metric]) -> list[Row]:
    """Return the rows of a parsed table, its columns matched to metrics by their titles."""
    by_title: dict[str, list[Metric]] = {}
    for metric in chosen:
        by_title.setdefault(metric.title, []).append(metric)
    # If two columns have one title, the first column is the first metric.
    columns = [by_title[title].pop(0) if by_title.get(title) else None for title in text.header[1:]]

    def parsed(name: str, line: Sequence[str], replicates: tuple[Row, ...] = ()) -> Row:
        values = {}
        for metric, cell in zip(columns, line, strict=False):
            if metric is not None and cell.lower() not in cells.ABSENT:
                known = cells.parse(str(cell), metric.format)
                if metric.is_setting or known.number is None:
                    known = Value(cell)
                elif not metric.sources:
                    known = replace(known, text=cell)
                # Other numbers lose their markup: the table decides what is bold.
                values[metric.key] = known
        return Row(name, values, replicates=replicates)

    seeds: defaultdict[str, list[Row]] = defaultdict(list)
    names = {run for run, *_ in text.rows}
    for cell, *line in text.replicates:
        if found := _row_and_seed(cell, names):
            seeds[found[0]].append(parsed(found[1], line))
    return [parsed(name, line, tuple(seeds[name])) for name, *line in text.rows]


def move_row(tables: dict[str, TableText], was: Place, now: Place) -> None:
    """Put a row into the section of `now`, under the name there; cells go by column titles."""
    (section, run), (target, name) = was, now
    source = tables[section]
    row = next(row for row in source.rows if row[0] == run)
    tables[section] = replace(source, rows=tuple(one for one in source.rows if one is not row))
    table = tables[target]
    if table.header == source.header:
        cells_now = row[1:]
    else:
        by_title = dict(zip(source.header, row, strict=False))
        cells_now = tuple(by_title.get(title, "") for title in table.header[1:])
    tables[target] = replace(table, rows=(*table.rows, (name, *cells_now)))


def text_of(
    section: Section,
    like: TableText | None = None,
    has_bold: Callable[[Metric], bool] = lambda _: False,
) -> TableText:
    """Return the content of the section's block.

    `like` is the block as it stands: its alignment stays, and its sign for a missing value. The
    best value of a metric that `has_bold` is in bold.
    """
    metric = section.metric(section.sort) if section.sort else None
    settings = section.settings
    titles = {one.key: one.title for one in section.metrics}
    signs: dict[str, str] = {}
    absent: dict[tuple[str, str], str] = {}
    for row in like.rows if like else ():
        for title, cell in zip(like.header if like else (), row, strict=False):
            if cell.lower() in cells.ABSENT:
                signs.setdefault(title, cell)
                absent[row[0], title] = cell
    usual = next(filter(None, signs.values()), cells.MISSING)

    def line(name: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        shown = [name]
        for key, title in titles.items():
            sign = absent.get((name, title), signs.get(title, usual))
            shown.append(values[key].text if key in values else sign)
        return tuple(shown)

    rows = tuple(line(one.run, one.values) for one in section.rows)
    names = {one.run for one in section.rows}
    replicates: list[tuple[str, ...]] = []
    for run, seed in ((one.run, seed) for one in section.rows for seed in one.replicates):
        # `lr0.01-s0` needs no `lr0.01` before it.
        clear = _row_and_seed(seed.run, names) == (run, seed.run)
        replicates.append(line(seed.run if clear else f"{run} / {seed.run}", seed.values))
    text = TableText(
        header=(section.run_title, *titles.values()),
        rows=rows,
        sorted_by=(metric.spoken, metric.direction) if metric and rows else None,
        unfinished=section.unfinished,
        note=settings.note,
        narrative=settings.narrative,
        replicates=tuple(replicates),
        rulers=_rulers(section, like) if rows else (),
        top=settings.top if settings.top < len(rows) else 0,
        transposed=settings.transpose,
    )
    return with_bold(text, section, has_bold)


def _row_and_seed(cell: str, names: Set[str]) -> tuple[str, str] | None:
    """Return the row and the run of a seed's first cell: `ROW / RUN`, or a RUN that begins so."""
    rows = [cell[:end] for end in range(len(cell), 0, -1) if cell[:end] in names]
    long = ((row, cell.removeprefix(f"{row} / ")) for row in rows if cell.startswith(f"{row} / "))
    return next(long, (rows[0], cell) if rows else None)


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


def with_bold(text: TableText, section: Section, has_bold: Callable[[Metric], bool]) -> TableText:
    """Return the table with the best value of each metric that `has_bold` in bold."""
    judged = {metric.title: metric for metric in section.judged if has_bold(metric)}
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
    known: dict[tuple[str, ...], Row] = {}
    if shown is not None and text.header == shown.header and not text.replicates:
        known = dict(zip(shown.rows, like.rows, strict=True))
    left = tuple(row for row in text.rows if row not in known)
    others = iter(rows_of(replace(text, rows=left), like.metrics))
    spoken = text.sorted_by[0] if text.sorted_by else None
    return replace(
        like,
        metrics=tuple(metric for metric in like.metrics if metric.title in text.header),
        rows=tuple(known[row] if row in known else next(others) for row in text.rows),
        unfinished=text.unfinished,
        sort=next((m.key for m in like.metrics if spoken in (m.spoken, m.title)), None),
        run_title=text.header[0] if text.header else "Run",
        runs={},
    )

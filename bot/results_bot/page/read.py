"""A committed page to a summary, with the configuration but without any artifact."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from results_bot.config import Config, SectionTable
from results_bot.model import Metric, Section, Summary
from results_bot.page.columns import metrics
from results_bot.page.document import OWN, parse_page
from results_bot.page.markdown import TableText, parse
from results_bot.page.plan import Planned, plan
from results_bot.page.readings import Readings
from results_bot.page.tables import rows_of
from results_bot.table import Row


def read(text: str, config: Config, sections: Sequence[SectionTable]) -> Summary:
    """Return the summary that a page's text holds. Raises PageError where markers are broken."""
    page = parse_page(text, config.page)
    ids = [block for block in page.blocks if block not in OWN]
    planned = {one.id: one for one in plan((), sections, ids)}
    return Summary(
        tuple(
            _section(planned[block], config, parse(page.blocks[block].content))
            for block in ids
            if block in planned
        )
    )


def section_of_table(
    block: str, table: TableText, config: Config, sections: Sequence[SectionTable]
) -> Section:
    """Return the table of one block as a section."""
    planned = {one.id: one for one in plan((), sections, [block])}
    known = planned.get(block) or Planned(block, block, SectionTable(id=block))
    return _section(known, config, table)


def as_section(like: Section, table: TableText, now: TableText) -> Section:
    """Return `table` as a section with the metrics and titles of `like`, which says `now`.

    A row that both say is the row of `like` itself: most are, and comparing them takes no time.
    """
    if table.header != now.header or table.replicates:
        return _from(like.id, like.title, like.metrics, table, rows_of(table, like.metrics))
    if table.rows == now.rows:
        return _from(like.id, like.title, like.metrics, table, like.rows)
    known = dict(zip(now.rows, like.rows, strict=True))
    found = [known.get(row) for row in table.rows]
    left = tuple(row for row, same in zip(table.rows, found, strict=True) if same is None)
    others = iter(rows_of(replace(table, rows=left), like.metrics))
    rows = [next(others) if row is None else row for row in found]
    return _from(like.id, like.title, like.metrics, table, rows)


def _section(planned: Planned, config: Config, table: TableText) -> Section:
    chosen = metrics(config, planned.table, Readings(()), table)
    return _from(planned.id, planned.title, chosen, table, rows_of(table, chosen))


def _from(
    section_id: str, title: str, chosen: Sequence[Metric], table: TableText, rows: Sequence[Row]
) -> Section:
    spoken = table.sorted_by[0] if table.sorted_by else None
    sort = next((m.key for m in chosen if spoken in (m.spoken, m.title)), None)
    return Section(
        id=section_id,
        title=title,
        metrics=tuple(metric for metric in chosen if metric.title in table.header),
        rows=tuple(rows) if isinstance(rows, list) else rows,
        unfinished=table.unfinished,
        sort=sort,
        run_title=table.header[0] if table.header else "Run",
        note=table.note,
        narrative=table.narrative,
    )

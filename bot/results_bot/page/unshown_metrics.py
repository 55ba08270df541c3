"""Metrics without a column: they are compared and judged like those that the page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from results_bot.config import Config
from results_bot.escape import printable
from results_bot.globs import local
from results_bot.metric_names import Role, role
from results_bot.model import Collection, Direction
from results_bot.page.columns import MOST_COLUMNS, Readings, completed
from results_bot.page.plan import Planned, places, plan
from results_bot.page.section import Section, Summary
from results_bot.page.tables import rows_of_runs
from results_bot.table import Row


def with_unshown(
    before: Summary,
    head: Summary,
    planned: Mapping[str, Planned],
    config: Config,
    at_base: Callable[[Sequence[str]], Collection],
) -> tuple[Summary, Summary]:
    """Return both sides with every judged metric that their artifacts hold.

    A metric cannot escape judgement by having no column. `planned` are the head's runs by section.
    `at_base` reads artifacts of the base; it is called only where a page may leave out metrics.
    """
    head = _side_with_unshown(head, planned, config)
    sections = tuple({one.table.id: one.table for one in planned.values()}.values())
    full = any(one.unshown or len(one.metrics) >= MOST_COLUMNS for one in head.sections)
    if not full and not any(table.columns or table.hide for table in sections):
        return before, head
    found = at_base([place or "." for place in local(places(sections))])
    committed = [section.id for section in before.sections]
    own = plan(found.runs, sections, committed, fold_seeds=config.fold_seeds)
    return _side_with_unshown(before, {one.id: one for one in own}, config, head), head


def _side_with_unshown(
    summary: Summary, planned: Mapping[str, Planned], config: Config, like: Summary | None = None
) -> Summary:
    """Return the sections with the other metrics of their runs, and those of the other side."""
    sections = []
    for section in summary.sections:
        other = like.section(section.id) if like else None
        runs = planned.get(section.id)
        sections.append(_section_with_unshown(section, runs, config, other) if runs else section)
    return replace(summary, sections=tuple(sections))


def _section_with_unshown(
    section: Section, planned: Planned, config: Config, other: Section | None
) -> Section:
    finished = {printable(name): run for name, run in planned.runs.items() if run.finished}
    readings = Readings([*finished.values()])
    asked = other.compared if other else ()
    shown = {metric.key for metric in section.metrics}
    wanted = {one.key: one for one in asked if one.key not in shown and one.sources}
    covered = {source for one in (*section.metrics, *asked) for source in one.sources} | shown
    final = [name for name in readings.names if readings.is_final(name)]
    for name in final or readings.names:
        if name not in covered and role(name) is not Role.COUNT:
            wanted[name] = completed(config.metric(name, planned.table), config, readings)
    metrics = tuple(one for one in wanted.values() if one.direction is not Direction.UNKNOWN)
    if not metrics:
        return section
    cells = {row.run: row for row in rows_of_runs(planned, metrics)}
    rows = tuple(_joined(row, cells.get(row.run)) for row in section.rows)
    return replace(section, rows=rows, unshown=metrics)


def _joined(row: Row, more: Row | None) -> Row:
    """Return a row with the cells of another, also those of its replicates."""
    if more is None:
        return row
    seeds = {one.run: one for one in more.replicates}
    replicates = tuple(_joined(one, seeds.get(one.run)) for one in row.replicates)
    return replace(row, values={**more.values, **row.values}, replicates=replicates)

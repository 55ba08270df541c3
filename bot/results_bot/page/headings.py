"""Follow a column whose heading changed: in the configuration, or on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from results_bot.config import Config, MetricTable
from results_bot.model import Metric, Run, Value
from results_bot.page import cells
from results_bot.page.markdown import TableText


def with_titles(
    table: TableText, config: Config, former: Sequence[Config], runs: Iterable[Run]
) -> TableText:
    """Return a table of the page with the headings that the configuration gives its metrics now.

    The page has a metric's usual title, or the one that a `former` configuration gave it.
    """
    retitled: dict[str, tuple[Metric, Metric]] = {}
    for key in dict.fromkeys(key for one in (*former, config) for key in one.metrics):
        new = config.metric(key)
        for old in (one.metric(key) for one in (Config(), *former)):
            if old.title in table.header and new.title not in table.header:
                retitled[old.title] = old, new
    if not retitled:
        return table
    names = {*config.metrics, *(name for run in runs for name in run.readings)}
    for title in {config.metric(name).title for name in names} & retitled.keys():
        del retitled[title]  # It is the heading of another metric.
    header = [retitled[one][1].title if one in retitled else one for one in table.header[1:]]
    table = replace(table, header=(*table.header[:1], *header))
    for old, new in retitled.values():
        table = _sorted_by(table, old, new)
    return table


def with_headings(
    table: TableText,
    config: Config,
    runs: Mapping[str, Run],
    former: Callable[[], Iterable[Mapping[str, Run]]],
    hide: Iterable[str] = (),
) -> tuple[TableText, Config]:
    """Return the configuration with the headings that people gave to columns on the page.

    Such a column is known by its cells: they are the values of one metric that has no other column
    and that the section does not `hide`. Those of `runs`, by row, or `former` ones, where a run was
    trained again since. The table is returned with another title in the sentence on its order.
    """
    sides = [runs]

    def metrics() -> list[Metric]:
        names = (name for side in sides for run in side.values() for name in run.readings)
        return [config.metric(key) for key in dict.fromkeys([*config.metrics, *names])]

    def unknown() -> list[str]:
        known = {text for one in metrics() for text in (one.title, one.key)}
        known.update(name for run in runs.values() for name in run.params)
        return [heading for heading in table.header[1:] if heading not in known]

    if not unknown():
        return table, config
    sides += former()
    taken = {*table.header, *hide}
    free = [one for one in metrics() if taken.isdisjoint((one.title, one.key))]
    for heading in unknown():
        at = table.header.index(heading)
        shown = {row[0]: row[at] for row in table.rows if row[0] in runs and at < len(row)}
        shown = {name: text for name, text in shown.items() if text.lower() not in cells.ABSENT}
        same = [
            metric
            for metric in free
            if all(
                any(_shows(text, side.get(name), metric) for side in sides)
                for name, text in shown.items()
            )
        ]
        if len({*shown.values()}) > 1 and len(same) == 1:
            renamed = replace(config.metrics.get(same[0].key, MetricTable()), title=heading)
            config = replace(config, metrics={**config.metrics, same[0].key: renamed})
            table = _sorted_by(table, same[0], config.metric(same[0].key))
    return table, config


def _shows(text: str, run: Run | None, metric: Metric) -> bool:
    """Return True if a cell shows a run's value of a metric."""
    reading = run.reading(metric.sources) if run else None
    if reading is None:
        return False
    number = cells.number(reading.value, metric.format) if metric.format else repr(reading.value)
    return cells.same(Value(text), Value(number))


def _sorted_by(table: TableText, old: Metric, new: Metric) -> TableText:
    """Return the table, sorted by `new` in its sentence if it was by `old`."""
    if table.sorted_by is None or table.sorted_by[0] not in (old.spoken, old.title):
        return table
    return replace(table, sorted_by=(new.spoken, table.sorted_by[1]))

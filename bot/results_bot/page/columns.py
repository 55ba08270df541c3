"""The columns of a section: as configured, as the page has them, or chosen by what runs share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from results_bot.config import Config, SectionTable
from results_bot.metric_names import Role, direction, is_cost, number_format, role, split_of, tokens
from results_bot.model import Direction, Metric
from results_bot.page import settings
from results_bot.page.cells import spec_of
from results_bot.page.column_choice import common, is_half
from results_bot.page.markdown import TableText
from results_bot.page.readings import Readings


def metrics(
    config: Config, table: SectionTable, readings: Readings, committed: TableText | None
) -> tuple[Metric, ...]:
    """Return a section's metrics in the order of its columns, each with its format."""
    told = readings.finished
    keys: Sequence[str]
    known = committed is not None and len(committed.header) > 1
    if table.columns:
        chosen = [config.metric(key, table) for key in table.columns]
    elif committed is not None and known:
        chosen = _as_committed(config, table, told, committed.header[1:])
    else:
        keys = common(told)
        chosen = _told_apart(config, [config.metric(key, table) for key in keys])
    if table.parameters is not None or not (table.columns or known):
        shown = settings.columns(table.parameters, told.runs)
        chosen = [*shown, *(metric for metric in chosen if not metric.is_setting)]
    directed = (_directed(metric, config, told, committed) for metric in chosen)
    return tuple(_with_format(metric, told, committed) for metric in directed)


def sort_key(
    table: SectionTable,
    chosen: Sequence[Metric],
    readings: Readings,
    committed: TableText | None,
) -> str | None:
    """Return the key of the metric that orders the rows; None where none has a direction."""
    if table.sort:
        return table.sort
    if committed is not None and committed.sorted_by is not None:
        wanted = committed.sorted_by[0]
        for metric in chosen:
            if wanted in (metric.spoken, metric.title):
                return metric.key
    judged = [metric for metric in chosen if metric.direction is not Direction.UNKNOWN]
    return min(judged, key=lambda metric: _rank(metric, readings)).key if judged else None


def _rank(metric: Metric, readings: Readings) -> tuple[bool, ...]:
    """Rank a metric as the one to sort by: it varies, is of the test split, is no cost or loss."""
    words = tokens(metric.key)
    constant = len(set(readings.values(metric))) < min(2, len(readings.runs))
    told = readings.direction(metric) is not Direction.UNKNOWN
    training = split_of(metric.key) == "train"
    half, cost = is_half(metric.key), is_cost(metric.key)
    return (constant, cost, "test" not in words, not told, training, "loss" in words, half)


def _as_committed(
    config: Config, table: SectionTable, readings: Readings, titles: Sequence[str]
) -> list[Metric]:
    """Return the metrics behind the page's column titles; one that fits none is kept as text.

    Several metrics may have one title (`test_acc`, `test_accuracy`): one that the runs have counts.
    """
    count: Counter[str] = Counter()
    for shape, runs in readings.shapes.items():
        count.update(dict.fromkeys(shape, runs))
    names = dict.fromkeys([*config.metrics, *(name for name, _ in count.most_common())])
    gone = {name for name in names if not any(map(count.get, config.metric(name).sources))}
    known: dict[str, Metric] = {}
    best_last = sorted(names, key=gone.__contains__)[::-1]
    for name in best_last:
        metric = config.metric(name, table)
        known |= {name: replace(metric, title=name), metric.title: metric}
    if not known.keys() >= set(titles):
        shown = settings.columns(True, readings.runs, most=None)
        known = {metric.title: metric for metric in shown} | known
    return [known.get(title) or _kept(title, config, table) for title in titles]


def _told_apart(config: Config, chosen: Sequence[Metric]) -> list[Metric]:
    """Return the metrics, those with one title between them called by their keys."""
    count = Counter(metric.title for metric in chosen)
    return [
        metric
        if count[metric.title] == 1 or metric.key in config.metrics
        else replace(metric, title=metric.key)
        for metric in chosen
    ]


def _kept(title: str, config: Config, table: SectionTable) -> Metric:
    """Return a column that only the page knows; its title may still tell which way is better."""
    key = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "column"
    way = Direction.UNKNOWN if role(title) is Role.PARAMETER else direction(title)
    known = config.metric(key, table)
    return replace(known, title=title, direction=way, format="", sources=())


def _directed(
    metric: Metric, config: Config, readings: Readings, committed: TableText | None
) -> Metric:
    """Return the metric with the direction that the artifacts, or else the page, tell."""
    table = config.metrics.get(metric.key)
    if metric.is_setting or (table is not None and table.direction is not None):
        return metric
    way = readings.direction(metric)
    if way is Direction.UNKNOWN and metric.direction is Direction.UNKNOWN and committed:
        spoken, said = committed.sorted_by or ("", way)
        way = said if spoken in (metric.spoken, metric.title) else way
    return metric if way is Direction.UNKNOWN else replace(metric, direction=way)


def _with_format(metric: Metric, readings: Readings, committed: TableText | None) -> Metric:
    """Fill in a format that is not configured: by the values, else as the page has it."""
    if metric.format or metric.is_setting:
        return metric
    values = readings.values(metric)
    if values or committed is None:
        return replace(metric, format=number_format(metric.key, values))
    return replace(metric, format=spec_of(_column(committed, metric.title)) or ".4f")


def _column(table: TableText, title: str) -> list[str]:
    index = table.header.index(title) if title in table.header else None
    return [] if index is None else [row[index] for row in table.rows if index < len(row)]

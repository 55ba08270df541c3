"""The columns of a section: as configured, as the page has them, or chosen by what runs share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.config import Config, SectionTable
from bot.metric_names import Role, direction, number_format, role, tokens
from bot.model import Direction, Kind, Metric, Reading, Run
from bot.summary.cells import spec_of
from bot.summary.table_md import TableText

MOST_COLUMNS = 8


def reading(run: Run, metric: Metric) -> Reading | None:
    """Return the run's reading for `metric`: the first of its sources that the run has."""
    for source in metric.sources:
        found = run.readings.get(source)
        if found is not None:
            return found
    return None


def metrics(
    config: Config, table: SectionTable, runs: Sequence[Run], committed: TableText | None
) -> tuple[Metric, ...]:
    """Return a section's metrics in the order of its columns, each with its format."""
    finished = [run for run in runs if run.finished]
    keys: Sequence[str]
    if table.columns:
        chosen = [config.metric(key, table) for key in table.columns]
    elif committed is not None and len(committed.header) > 1:
        chosen = _as_committed(config, table, finished, committed.header[1:])
    else:
        keys = common(finished)
        chosen = [config.metric(key, table) for key in keys]
    return tuple(_with_format(metric, finished, committed) for metric in chosen)


def common(runs: Sequence[Run]) -> list[str]:
    """Return the metrics that most runs share, results before logs, at most eight.

    Times, sample counts, spreads and what only a per-epoch log tells are left out, unless there is
    nothing else.
    """
    count = Counter(name for run in runs for name in run.readings if _worth_a_column(name))
    order = {name: None for run in runs for name in run.readings}
    shared = [name for name in order if count[name] * 2 >= len(runs) and count[name]]
    final = [name for name in shared if any(_is_final(run, name) for run in runs)]
    chosen = final if any(role(name) is Role.METRIC for name in final) else shared
    if chosen is final and "total_epochs" in shared and "total_epochs" not in final:
        chosen = [*final, "total_epochs"]
    counts = [name for name in chosen if role(name) is Role.COUNT]
    scores = [name for name in chosen if role(name) is not Role.COUNT]
    return [*scores[: MOST_COLUMNS - len(counts[:1])], *counts[:1]]


def sort_key(
    table: SectionTable,
    chosen: Sequence[Metric],
    runs: Sequence[Run],
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
    return min(judged, key=lambda metric: _rank(metric, runs)).key if judged else None


def _rank(metric: Metric, runs: Sequence[Run]) -> tuple[bool, bool, bool]:
    """Rank a metric as the one to sort by: it varies, is of the test split, is no training loss."""
    words = tokens(metric.key)
    values = {found.value for run in runs if (found := reading(run, metric)) is not None}
    return (len(values) < min(2, len(runs)), "test" not in words, "loss" in words)


def _as_committed(
    config: Config, table: SectionTable, runs: Sequence[Run], titles: Sequence[str]
) -> list[Metric]:
    """Return the metrics behind the page's column titles; one that fits none is kept as text."""
    names = dict.fromkeys([*config.metrics, *(name for run in runs for name in run.readings)])
    known = {(metric := config.metric(name, table)).title: metric for name in reversed(list(names))}
    return [known.get(title) or _kept(title) for title in titles]


def _kept(title: str) -> Metric:
    """Return a column that only the page knows; its title may still tell which way is better."""
    key = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "column"
    return Metric(key, title, direction(title), format="", sources=())


def _with_format(metric: Metric, runs: Sequence[Run], committed: TableText | None) -> Metric:
    """Fill in a format that is not configured: as the page has it, else by the values."""
    if metric.format:
        return metric
    found = [reading(run, metric) for run in runs]
    values = [one.value for one in found if one is not None]
    if values or committed is None:
        return replace(metric, format=number_format(metric.key, values))
    return replace(metric, format=spec_of(_column(committed, metric.title)) or ".4f")


def _column(table: TableText, title: str) -> list[str]:
    index = table.header.index(title) if title in table.header else None
    return [] if index is None else [row[index] for row in table.rows if index < len(row)]


def _worth_a_column(name: str) -> bool:
    words = tokens(name)
    if {"std", "stderr", "samples", "sample", "support"}.intersection(words):
        return False
    if role(name) is Role.COUNT:
        return words[-1] in ("epoch", "epochs", "steps")
    return role(name) in (Role.METRIC, Role.UNKNOWN)


def _is_final(run: Run, name: str) -> bool:
    found: Mapping[str, Reading] = run.readings
    return name in found and found[name].kind is Kind.FINAL

"""The columns of a section: as configured, as the page has them, or chosen by what runs share.

Settings of runs are columns too; they are text, never sorted by and never judged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import isfinite

from msgspec.structs import replace

from results_bot.config import Config, SectionTable
from results_bot.escape import printable
from results_bot.metric_names import (
    LARGEST_CLASS,
    Role,
    direction,
    is_cost,
    number_format,
    role,
    split_of,
    tokens,
)
from results_bot.model import SETTING_PREFIX, Direction, Metric, Run, Scalar
from results_bot.page.cells import spec_of
from results_bot.page.choice import MOST_COLUMNS, Readings, common, needs_counterpart, uncovered
from results_bot.page.markdown import TableText
from results_bot.page.replicates import defines_experiment, is_measured

MOST_SETTINGS = 4
LONGEST_SETTING = 40
"""Characters of a setting that is still worth a column."""
MAJORITY = 0.8
"""Share of the largest class from which classes are unbalanced."""
_UNBALANCED = frozenset("auprc aupr prauc mcc matthews balanced".split())
"""Words of metrics that are taken where classes are unbalanced."""


def metrics(
    config: Config, table: SectionTable, readings: Readings, committed: TableText | None
) -> tuple[Metric, ...]:
    """Return a section's metrics in the order of its columns, each with its format.

    `readings` are those of finished runs.
    """
    known = committed is not None and len(committed.header) > 1
    if table.columns:
        chosen = [config.metric(key, table) for key in table.columns]
    elif committed is not None and known:
        chosen = _as_committed(config, table, readings, committed.header[1:])
        chosen += _not_committed(config, table, readings, chosen)
    else:
        chosen = [config.metric(key, table) for key in common(readings)]
        count = Counter(metric.title for metric in chosen)
        for at, metric in enumerate(chosen):
            # Metrics that share a title are called by their keys.
            if count[metric.title] > 1 and metric.key not in config.metrics:
                chosen[at] = replace(metric, title=metric.key)
    if table.parameters is not None or not (table.columns or known):
        shown = setting_columns(table.parameters, readings.runs)
        titles = {metric.title for metric in shown}
        others = (one for one in chosen if not one.is_setting and one.title not in titles)
        chosen = [*shown, *others]
    return tuple(
        metric if metric.is_setting else completed(metric, config, readings, committed)
        for metric in chosen
        if not {metric.key.removeprefix(SETTING_PREFIX), metric.title}.intersection(table.hide)
    )


def sort_key(
    table: SectionTable,
    chosen: Sequence[Metric],
    readings: Readings,
    committed: TableText | None,
) -> str | None:
    """Return the key of the metric that orders the rows; None if no metric has a direction."""
    if table.sort:
        return table.sort
    if committed is not None and committed.sorted_by is not None:
        wanted = committed.sorted_by[0]
        for metric in chosen:
            if wanted in (metric.spoken, metric.title):
                return metric.key
    judged = [metric for metric in chosen if metric.direction is not Direction.UNKNOWN]
    # An accuracy shows little of rare classes. Metrics for them are a sign that there are some.
    unbalanced = any(_UNBALANCED.intersection(tokens(metric.key)) for metric in judged) or any(
        reading.name.endswith(LARGEST_CLASS) and reading.value >= MAJORITY
        for run in readings.runs
        for reading in run.readings.values()
    )
    ranked = min(judged, key=lambda one: _rank(one, readings, unbalanced=unbalanced), default=None)
    return ranked.key if ranked else None


def _rank(metric: Metric, readings: Readings, *, unbalanced: bool) -> tuple[bool, ...]:
    """Rank a metric to sort by: one that varies, of the test split, neither a cost nor a loss."""
    words = tokens(metric.sources[0] if metric.sources else metric.key)
    plain = not {"acc", "accuracy", "top1"}.isdisjoint(words) and _UNBALANCED.isdisjoint(words)
    return (
        len({*filter(isfinite, readings.values(metric))}) < min(2, len(readings.runs)),
        is_cost(metric.key),
        "test" not in words,
        readings.direction(metric) is Direction.UNKNOWN,
        split_of(metric.key) == "train",
        "loss" in words,
        needs_counterpart(metric.key),
        unbalanced and plain,
    )


def _as_committed(
    config: Config, table: SectionTable, readings: Readings, titles: Sequence[str]
) -> list[Metric]:
    """Return the metrics behind the page's column titles; a title that fits none is kept as text.

    If several metrics have one title (`test_acc`, `test_accuracy`), one that the runs have wins.
    """
    common_first = sorted(readings.names, key=readings.share, reverse=True)
    names = dict.fromkeys([*config.metrics, *common_first])
    gone = {name for name in names if not any(map(readings.share, config.metric(name).sources))}
    known: dict[str, Metric] = {}
    for name in sorted(names, key=gone.__contains__)[::-1]:  # The best match comes last and wins.
        metric = config.metric(name, table)
        known |= {name: replace(metric, title=name), metric.title: metric}
    if not known.keys() >= set(titles):
        # Any setting: one that a new page would not choose is there because people want it.
        settings = dict.fromkeys(name for run in readings.runs for name in run.params)
        named = tuple(name for name in settings if printable(name) in titles)
        known = {one.title: one for one in setting_columns(named, readings.runs)} | known
    return [known.get(title) or _kept(title, config, table) for title in titles]


def _not_committed(
    config: Config, table: SectionTable, readings: Readings, chosen: Sequence[Metric]
) -> list[Metric]:
    """Return a metric for each kind of run of which the page's columns show none, if there is room.

    A page with columns that no artifact has is people's, and gets no others.
    """
    shown = [metric for metric in chosen if not metric.is_setting]
    if not all(metric.sources for metric in shown):
        return []
    sources = [name for metric in shown for name in metric.sources if readings.share(name)]
    added = uncovered(readings, sources, MOST_COLUMNS - len(shown))
    keys, titles = ({getattr(metric, one) for metric in chosen} for one in ("key", "title"))
    found = (config.metric(name, table) for name in added)
    new = [one for one in found if one.key not in keys]
    return [replace(one, title=one.key) if one.title in titles else one for one in new]


def _kept(title: str, config: Config, table: SectionTable) -> Metric:
    """Return a column that only the page has; its title may still imply a direction."""
    key = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "column"
    way = Direction.UNKNOWN if role(title) is Role.PARAMETER else direction(title)
    known = config.metric(key, table)
    return replace(known, title=title, direction=way, format="", sources=())


def completed(
    metric: Metric, config: Config, readings: Readings, committed: TableText | None = None
) -> Metric:
    """Return the metric with its direction and format.

    The direction is configured, or as the artifacts state it, or as the page does; the format is
    configured, or follows from the values, or from the page's cells.
    """
    configured = config.metrics.get(metric.key)
    if configured is None or configured.direction is None:
        way = readings.direction(metric)
        if way is Direction.UNKNOWN and metric.direction is Direction.UNKNOWN and committed:
            title, stated = committed.sorted_by or ("", way)
            way = stated if title in (metric.spoken, metric.title) else way
        if way is not Direction.UNKNOWN:
            metric = replace(metric, direction=way)
    if metric.format:
        return metric
    values = readings.values(metric)
    if values or committed is None:
        return replace(metric, format=number_format(metric.key, values))
    shown: list[str] = []
    if metric.title in committed.header:
        index = committed.header.index(metric.title)
        shown = [row[index] for row in committed.rows if index < len(row)]
    return replace(metric, format=spec_of(shown) or ".4f")


def setting_columns(wanted: bool | tuple[str, ...] | None, runs: Sequence[Run]) -> list[Metric]:
    """Return the columns for the settings of a section's runs.

    `wanted` names them; otherwise they are those that vary, as far as there is room. False asks for
    none, and None leaves out those that only repeat the names of the runs.
    """
    if wanted is False:
        return []
    names = _varying(runs)
    if wanted is None:
        names = [
            name
            for name in names
            if any(_shown(run.params.get(name)) != printable(run.name) for run in runs)
        ]
    names = [*dict.fromkeys(wanted)] if isinstance(wanted, tuple) else names[:MOST_SETTINGS]
    return [
        Metric(key := f"{SETTING_PREFIX}{name}", printable(name), format="", sources=(key,))
        for name in names
    ]


def setting_text(run: Run, column: Metric) -> str | None:
    """Return the text of a run's setting; None if the run does not have it."""
    value = run.params.get(column.key.removeprefix(SETTING_PREFIX))
    return None if value is None else _shown(value)


def _varying(runs: Sequence[Run]) -> list[str]:
    """Return the settings with several values, those that most runs have first.

    Settings in which replicates differ too, such as a seed or a path, and long texts do not count;
    what was measured does, although it is no setting.
    """
    count = Counter(
        name
        for run in runs
        for name, value in run.params.items()
        if defines_experiment(name, value) or is_measured(name, value)
    )
    out = []
    for name, times in count.most_common():
        if times * 2 >= len(runs):
            texts = {_shown(run.params[name]) for run in runs if name in run.params}
            if len(texts) > 1 and all(len(text) <= LONGEST_SETTING for text in texts):
                out.append(name)
    return out


def _shown(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    return printable(str(value))

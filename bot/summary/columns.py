"""The columns of a section: as configured, as the page has them, or chosen by what runs share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.config import Config, SectionTable
from bot.metric_names import Role, direction, is_cost, number_format, role, split_of, tokens
from bot.metric_words import SPLITS, VALIDATION
from bot.model import Direction, Kind, Metric, Reading, Run
from bot.summary import settings
from bot.summary.cells import spec_of
from bot.summary.table_md import TableText

MOST_COLUMNS = 8
_WHOLE_LOSS = SPLITS | {"loss", "best", "total", "mean", "avg", "final", "epoch", "step"}


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
    known = committed is not None and len(committed.header) > 1
    if table.columns:
        chosen = [config.metric(key, table) for key in table.columns]
    elif committed is not None and known:
        chosen = _as_committed(config, table, finished, committed.header[1:])
    else:
        keys = common(finished)
        chosen = _told_apart(config, [config.metric(key, table) for key in keys])
    if table.parameters is not None or not (table.columns or known):
        shown = settings.columns(table.parameters, finished)
        chosen = [*shown, *(metric for metric in chosen if not metric.is_setting)]
    directed = (_directed(metric, config, finished, committed) for metric in chosen)
    return tuple(_with_format(metric, finished, committed) for metric in directed)


def common(runs: Sequence[Run]) -> list[str]:
    """Return the metrics that most runs share, results before logs, at most eight.

    Times, sample counts, spreads and what only a per-epoch log tells are left out, unless there is
    nothing else: a best value of validation is a result where no other tells of validation, and
    how fast a model is where nothing tells how good it is.
    """
    order = {name: None for run in runs for name in run.readings}
    costs = all(is_cost(name) for name in order if role(name) is Role.METRIC)
    worth = {name for name in order if _worth_a_column(name) or (costs and _is_speed(name))}
    count = Counter(name for run in runs for name in run.readings if name in worth)
    shared = [name for name in order if count[name] * 2 >= len(runs) and count[name]]
    shared = shared or [name for name, _ in count.most_common(MOST_COLUMNS)]
    final = [name for name in shared if any(_is_final(run, name) for run in runs)]
    if any(role(name) is Role.METRIC for name in final):
        chosen = [*final, *_beside(final, shared)]
    else:
        chosen = shared
    counts = [name for name in chosen if role(name) is Role.COUNT][:1]
    scores = [name for name in chosen if role(name) is not Role.COUNT]
    last = [*_sizes(runs, order), *counts]
    return [*_in_order(scores)[: MOST_COLUMNS - len(last)], *last]


def _sizes(runs: Sequence[Run], names: Iterable[str]) -> list[str]:
    """Return the number of a model's parameters, where runs differ in it."""
    for name in names:
        if role(name) is Role.COUNT and tokens(name)[-1] in ("params", "parameters"):
            found = [run.readings[name].value for run in runs if name in run.readings]
            if len(found) * 2 >= len(runs) and len(set(found)) > 1:
                return [name]
    return []


def _in_order(names: Sequence[str]) -> list[str]:
    """Return metrics as they came, each beside its best, tests first, what says least last.

    Neither precision nor recall says how good a model is without the other, and less does a part
    of a loss, or what it costs; what is of training comes after all others.
    """
    bases = [name.removeprefix("best_") for name in names]
    place = {base: bases.index(base) for base in bases}

    def key(name: str) -> tuple[int, bool, bool, bool, int]:
        base = name.removeprefix("best_")
        split = {"test": 0, "train": 2}.get(split_of(base) or "", 1)
        return (split, is_cost(base), _is_part(base), is_half(base), place[base])

    return sorted(names, key=key)


def is_half(name: str) -> bool:
    """Tell whether a metric is one of two that only say something together."""
    return not {"precision", "recall", "sensitivity", "specificity"}.isdisjoint(tokens(name))


def _is_part(name: str) -> bool:
    """Tell whether a metric is one of the terms of a loss, such as `box_loss`."""
    words = tokens(name)
    return "loss" in words and not _WHOLE_LOSS.issuperset(words)


def _beside(final: Sequence[str], shared: Sequence[str]) -> list[str]:
    """Return what a log adds to final metrics: the best of validation, and how long it went."""
    log = [name for name in shared if name not in final]
    best = [] if any(split_of(name) in VALIDATION for name in final) else log
    chosen = [name for name in best if split_of(name) in VALIDATION and name.startswith("best_")]
    return [*chosen, *(name for name in log if name == "total_epochs")]


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


def _rank(metric: Metric, runs: Sequence[Run]) -> tuple[bool, ...]:
    """Rank a metric as the one to sort by: it varies, is of the test split, is no cost or loss."""
    words = tokens(metric.key)
    values = {found.value for run in runs if (found := reading(run, metric)) is not None}
    constant = len(values) < min(2, len(runs))
    told = told_direction(metric, runs) is not Direction.UNKNOWN
    training = split_of(metric.key) == "train"
    half, cost = is_half(metric.key), is_cost(metric.key)
    return (constant, cost, "test" not in words, not told, training, "loss" in words, half)


def _as_committed(
    config: Config, table: SectionTable, runs: Sequence[Run], titles: Sequence[str]
) -> list[Metric]:
    """Return the metrics behind the page's column titles; one that fits none is kept as text.

    Several metrics may have one title (`test_acc`, `test_accuracy`): one that the runs have counts.
    """
    count = Counter(name for run in runs for name in run.readings)
    names = dict.fromkeys([*config.metrics, *(name for name, _ in count.most_common())])
    gone = {name for name in names if not any(map(count.get, config.metric(name).sources))}
    known: dict[str, Metric] = {}
    for metric in settings.columns(True, runs, most=None):
        known[metric.title] = metric
    best_last = sorted(names, key=gone.__contains__)[::-1]
    for name in best_last:
        metric = config.metric(name, table)
        known |= {name: replace(metric, title=name), metric.title: metric}
    return [known.get(title) or _kept(title) for title in titles]


def _told_apart(config: Config, chosen: Sequence[Metric]) -> list[Metric]:
    """Return the metrics, those with one title between them called by their keys."""
    count = Counter(metric.title for metric in chosen)
    return [
        metric
        if count[metric.title] == 1 or metric.key in config.metrics
        else replace(metric, title=metric.key)
        for metric in chosen
    ]


def _kept(title: str) -> Metric:
    """Return a column that only the page knows; its title may still tell which way is better."""
    key = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "column"
    way = Direction.UNKNOWN if role(title) is Role.PARAMETER else direction(title)
    return Metric(key, title, way, format="", sources=())


def _directed(
    metric: Metric, config: Config, runs: Sequence[Run], committed: TableText | None
) -> Metric:
    """Return the metric with the direction that the artifacts, or else the page, tell."""
    table = config.metrics.get(metric.key)
    if metric.is_setting or (table is not None and table.direction is not None):
        return metric
    way = told_direction(metric, runs)
    if way is Direction.UNKNOWN and metric.direction is Direction.UNKNOWN and committed:
        spoken, said = committed.sorted_by or ("", way)
        way = said if spoken in (metric.spoken, metric.title) else way
    return metric if way is Direction.UNKNOWN else replace(metric, direction=way)


def told_direction(metric: Metric, runs: Sequence[Run]) -> Direction:
    """Return the direction that artifacts state, as an Optuna study does, where they agree."""
    found = (reading(run, metric) for run in runs)
    ways = {one.direction for one in found if one is not None} - {Direction.UNKNOWN}
    return ways.pop() if len(ways) == 1 else Direction.UNKNOWN


def _with_format(metric: Metric, runs: Sequence[Run], committed: TableText | None) -> Metric:
    """Fill in a format that is not configured: by the values, else as the page has it."""
    if metric.format or metric.is_setting:
        return metric
    found = [reading(run, metric) for run in runs]
    values = [one.value for one in found if one is not None]
    if values or committed is None:
        return replace(metric, format=number_format(metric.key, values))
    return replace(metric, format=spec_of(_column(committed, metric.title)) or ".4f")


def _column(table: TableText, title: str) -> list[str]:
    index = table.header.index(title) if title in table.header else None
    return [] if index is None else [row[index] for row in table.rows if index < len(row)]


def _is_speed(name: str) -> bool:
    return role(name) is Role.TIME and direction(name) is not Direction.UNKNOWN


def _worth_a_column(name: str) -> bool:
    words = tokens(name)
    if words[:2] == ("best", "train"):
        return False
    if {"std", "stderr", "samples", "sample", "support"}.intersection(words):
        return False
    if role(name) is Role.COUNT:
        return words[-1] in ("epoch", "epochs", "steps")
    return role(name) in (Role.METRIC, Role.UNKNOWN)


def _is_final(run: Run, name: str) -> bool:
    found: Mapping[str, Reading] = run.readings
    return name in found and found[name].kind is Kind.FINAL

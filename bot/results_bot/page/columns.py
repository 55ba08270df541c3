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
from results_bot.metric_words import SPLITS, SPREADS, VALIDATION
from results_bot.model import SETTING_PREFIX, Direction, Kind, Metric, Reading, Run, Scalar
from results_bot.page.cells import spec_of
from results_bot.page.markdown import TableText
from results_bot.page.replicates import defines_experiment

MOST_SETTINGS = 4
LONGEST_SETTING = 40
"""Characters of a setting that is still worth a column."""
MOST_COLUMNS = 8
MAJORITY = 0.8
"""Share of the largest class from which classes are unbalanced."""
_BOOKKEEPING = frozenset(
    "std stderr samples sample support passed failed skipped remaining rank tp fp tn fn "
    "counter pid".split()
)
_UNBALANCED = frozenset("auprc aupr prauc mcc matthews balanced".split())
"""Words of metrics that are taken where classes are unbalanced."""
_WHOLE_LOSS = SPLITS | {"loss", "best", "total", "mean", "avg", "final", "epoch", "step"}


class Readings:
    """The readings of a section's runs, by name; a run is known by its place among them."""

    def __init__(self, runs: Sequence[Run], sizes: Sequence[int] = ()) -> None:
        """Group the readings by name, in the order in which the runs have them.

        That order decides the order of the columns. `sizes` counts the runs that each stands for.
        """
        self.runs = runs
        self.sizes = sizes or [1] * len(runs)
        self._by_name: dict[str, dict[int, Reading]] = {}
        for place, run in enumerate(runs):
            for name, reading in run.readings.items():
                self._by_name.setdefault(name, {})[place] = reading

    @property
    def names(self) -> list[str]:
        """The names of all readings."""
        return [*self._by_name]

    def having(self, name: str) -> set[int]:
        """Return the places of the runs that have a reading of this name."""
        return {*self._by_name.get(name, ())}

    def share(self, name: str) -> float:
        """Return the share of runs that have a reading of this name."""
        count = sum(self.sizes[place] for place in self._by_name.get(name, ()))
        return count / max(1, sum(self.sizes))

    def is_final(self, name: str) -> bool:
        """Return True if any reading of this name was written as a job's result."""
        return any(one.kind is Kind.FINAL for one in self._by_name.get(name, {}).values())

    def repeats(self, name: str) -> bool:
        """Return True for a best value that is the last one in all runs."""
        last = self._by_name.get(name.removeprefix("best_"), {})
        return name.startswith("best_") and all(
            place in last and last[place].value == best.value
            for place, best in self._by_name[name].items()
        )

    def values(self, metric: Metric) -> list[float]:
        """Return the values of a metric: for each run of the first of its sources that it has."""
        found: dict[int, Reading] = {}
        for source in reversed(metric.sources):
            found |= self._by_name.get(source, {})
        return [reading.value for reading in found.values()]

    def direction(self, metric: Metric) -> Direction:
        """Return the direction that artifacts state, as an Optuna study does, where they agree."""
        readings = [self._by_name.get(source, {}).values() for source in metric.sources]
        stated = {one.direction for some in readings for one in some} - {Direction.UNKNOWN}
        return stated.pop() if len(stated) == 1 else Direction.UNKNOWN


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
        _needs_counterpart(metric.key),
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
        shown = setting_columns(True, readings.runs, most=None)
        known = {metric.title: metric for metric in shown} | known
    return [known.get(title) or _kept(title, config, table) for title in titles]


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


def setting_columns(
    wanted: bool | tuple[str, ...] | None, runs: Sequence[Run], most: int | None = MOST_SETTINGS
) -> list[Metric]:
    """Return the columns for the settings of a section's runs.

    `wanted` names them; otherwise they are those that vary, at most `most`. False asks for none.
    """
    if wanted is False:
        return []
    names = dict.fromkeys(wanted) if isinstance(wanted, tuple) else _varying(runs)[:most]
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

    Settings in which replicates differ too, such as a seed or a path, and long texts do not count.
    """
    count = Counter(name for run in runs for name in run.params if defines_experiment(name))
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


def common(readings: Readings) -> list[str]:
    """Return the metrics that many runs share, results before logs, at most eight.

    Half of the runs must have them, or a third of the runs a metric of quality. Times, sample
    counts, spreads and metrics that only a per-epoch log holds are left out, unless there is
    nothing else: the best value of validation is a result where no other is about validation, and
    speed is where nothing measures quality.
    """
    order = readings.names
    only_costs = all(is_cost(name) for name in order if role(name) is Role.METRIC)
    worth = [name for name in order if _worth_a_column(name, with_speed=only_costs)]
    shared = [name for name in worth if readings.share(name) >= (1 / 3 if _is_score(name) else 0.5)]
    shared = shared or sorted(worth, key=readings.share, reverse=True)[:MOST_COLUMNS]
    chosen = final = [name for name in shared if readings.is_final(name)]
    if any(role(name) is Role.METRIC for name in final):
        # A log adds the best of validation, if nothing final is of it, and the number of epochs.
        log = [name for name in shared if name not in final]
        if not any(split_of(name) in VALIDATION for name in final):
            best = [name for name in log if name.startswith("best_")]
            chosen = [*chosen, *(name for name in best if split_of(name) in VALIDATION)]
        chosen = [*chosen, *(name for name in log if name == "total_epochs")]
    else:
        chosen = shared
    chosen = [one for one in chosen if one[5:] not in chosen or not readings.repeats(one)]
    # Last stand the number of a model's parameters, if runs differ in it, and one other count.
    sizes = [
        name
        for name in order
        if role(name) is Role.COUNT
        and tokens(name)[-1] in ("params", "parameters")
        and readings.share(name) >= 0.5
        and len(set(readings.values(Metric(name, name, sources=(name,))))) > 1
    ]
    last = [*sizes[:1], *[name for name in chosen if role(name) is Role.COUNT][:1]]
    room = MOST_COLUMNS - len(last)
    scores = _in_order([name for name in chosen if role(name) is not Role.COUNT])
    if len(scores) > room:
        telling = [name for name in scores if split_of(name) != "train" and not _is_part(name)]
        scores = telling or scores
    if len(scores) > room:
        # Of other metrics than the headline, the best values go.
        spare = {f"best_{name}" for name in scores if name != scores[0].removeprefix("best_")}
        scores = [name for name in scores if name not in spare]
    others = _uncovered(readings, scores[:room], worth)
    return [*_in_order([*scores[: room - len(others)], *others]), *last]


def _is_score(name: str) -> bool:
    """Return True for a metric of quality that is higher for better models, not in training."""
    is_training = split_of(name) == "train"
    return direction(name) is Direction.HIGHER and not is_training and not is_cost(name)


def _uncovered(readings: Readings, shown: Sequence[str], worth: Sequence[str]) -> list[str]:
    """Return one more metric for each kind of run that has none of `shown`, at most four."""
    worth = [name for name in worth if split_of(name) != "train" and role(name) is not Role.COUNT]
    covered = {at for name in shown if split_of(name) != "train" for at in readings.having(name)}
    out: list[str] = []
    while len(out) < MOST_COLUMNS // 2:
        count = {name: len(readings.having(name) - covered) for name in worth}
        most = max(count.values(), default=0)
        if not most:
            break
        out.append(_in_order([name for name in worth if count[name] == most])[0])
        covered |= readings.having(out[-1])
    return out


def _in_order(names: Sequence[str]) -> list[str]:
    """Return metrics in their order, each next to its best value: test, validation, training.

    Within a split, costs come last, before them parts of a loss, and before those precision and
    recall, neither of which measures quality without the other.
    """
    bases = [name.removeprefix("best_") for name in names]
    place = {base: bases.index(base) for base in bases}
    # Beside `val_loss`, Keras and others mean training by `loss`.
    trained = {base[4:] for base in bases if base.startswith("val_")}

    def key(name: str) -> tuple[int, bool, bool, bool, int]:
        base = name.removeprefix("best_")
        split = {"test": 0, "train": 2}.get(split_of(base) or "", 2 if base in trained else 1)
        return (split, is_cost(base), _is_part(base), _needs_counterpart(base), place[base])

    return sorted(names, key=key)


def _needs_counterpart(name: str) -> bool:
    """Return True if a metric means little without its counterpart, as precision and recall."""
    return not {"precision", "recall", "sensitivity", "specificity"}.isdisjoint(tokens(name))


def _is_part(name: str) -> bool:
    """Return True if a metric is one of the terms of a loss, such as `box_loss`."""
    words = tokens(name)
    return "loss" in words and not _WHOLE_LOSS.issuperset(words)


def _worth_a_column(name: str, *, with_speed: bool) -> bool:
    words = tokens(name)
    known = direction(name) is not Direction.UNKNOWN
    bookkeeping = not (_BOOKKEEPING | SPREADS).isdisjoint(words) and not known
    if bookkeeping or words[:2] == ("best", "train"):
        return False
    if role(name) is Role.COUNT:
        return words[-1] in ("epoch", "epochs", "steps")
    is_speed = role(name) is Role.TIME and known
    return role(name) in (Role.METRIC, Role.UNKNOWN) or (with_speed and is_speed)

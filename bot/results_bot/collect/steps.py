"""Summarise step logs: each metric's last and best value, and its curve for those who ask.

Validation selects the best step. The best value of a test metric is the one at the step where its
validation counterpart is best (`val_kl_divergence` for `test_kl_divergence`), else where the
validation loss is: its own best value would be a choice made on the test data. A log without a
validation metric, or without a test value at that step, gives only the last value of a test metric.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import isfinite, isnan
from typing import Any, NamedTuple, cast

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_LEAVES, label, number
from results_bot.metric_names import (
    Role,
    canonical,
    direction,
    role,
    split_of,
    stated_direction,
    tokens,
)
from results_bot.metric_words import SPLITS, VALIDATION
from results_bot.model import Direction, Kind, Reading, Run

Points = Sequence[tuple[float | None, float]]
"""Steps and values of a metric that was logged by itself."""
Curve = tuple[tuple[int, float], ...]
"""Steps and values, sorted by step."""

MIN_POINTS = 3
"""Points that make a curve."""
MAX_POINTS = 240
"""Points that a chart can show; of more, each bucket's lowest and highest stay."""

_STEPS = (
    "epoch", "epochs", "step", "global_step", "iteration", "iter", "_step", "steps",
    "training_iteration", "n_iter", "it", "num_updates", "updates", "update", "round",
    "generation", "episode", "episodes", "timestep", "timesteps", "total_timesteps",
    "timesteps_total", "batch", "t", "time",
)  # fmt: skip
"""Names of columns that count, the surest first."""
_SURE = frozenset(_STEPS[:7])
_TEST = frozenset({"test", "holdout"})


class Series(NamedTuple):
    """Steps and values of one metric, as two columns without blanks."""

    steps: Sequence[float | None]
    values: Sequence[float]


def step_column(names: Iterable[str]) -> str | None:
    """Return the column that counts epochs, else steps; None where there is none."""
    by_name = {name.strip().lower().rpartition("/")[2]: name for name in reversed(list(names))}
    return next((by_name[name] for name in _STEPS if name in by_name), None)


def are_steps(column: str, columns: Mapping[str, Sequence[object]]) -> bool:
    """Return True if a column that is called like a counter counts the rows of one run.

    Most of its cells are numbers. `batch` or `round` may also be a setting in a table of runs:
    such a column never goes back, and no other holds names.
    """
    cells = columns.get(column, ())
    counts = [value for value in _numbers(cells) if value is not None]
    if len(counts) < max(1, len(cells) // 2):
        return False
    if column.strip().lower().rpartition("/")[2] in _SURE:
        return True
    named = any(
        isinstance(cell, str) and cell.strip() and number(cell) is None
        for name, other in columns.items()
        for cell in other[:1]
        if name != column
    )
    return not named and len(counts) > 1 and all(a <= b for a, b in pairwise(counts))


def is_step_log(records: Sequence[Mapping[str, Any]]) -> bool:
    """Return True if the records are the steps of one run: most of them have a step."""
    names = dict.fromkeys(name for record in records[:100] for name in record)
    column = step_column(names)
    if column is None:
        return False
    first = {name: [record.get(name) for record in records[:1]] for name in names}
    return are_steps(column, {**first, column: [record.get(column) for record in records]})


def whole(value: float | None) -> int | None:
    """Return a step as an integer; None for a missing or impossible one."""
    return int(value) if value is not None and abs(value) < 2**63 else None


def of_records(
    records: Sequence[Mapping[str, Any]], file: File, split: str | None = None
) -> tuple[Reading, ...]:
    """Return last and best values of every metric in records with a step each, blanks skipped.

    A best value, called `best_NAME`, exists only where the name's direction is known.
    Raises UnreadableError where the records have more names than any log.
    """
    names = dict.fromkeys(name for record in records for name in record)
    counter, metrics = _columns(names, split)
    counts = _numbers(
        [record.get(counter) for record in records] if counter in names else range(len(records))
    )
    start = _last_training(counts, lambda at: _logged(records[at]), file)
    # Not by column: in a long log of many names, each record may have few of them.
    points: dict[str, list[tuple[float | None, float]]] = {
        metric: [] for metric in metrics.values()
    }
    for step, record in zip(counts[start:], records[start:], strict=True):
        for name, cell in record.items():
            if name in metrics and (value := number(cell)) is not None:
                points[metrics[name]].append((step, value))
    series = {metric: _series(found) for metric, found in points.items() if found}
    return _summary(series, file, counter, counts[start:], _stated(metrics.items()))


def of_columns(
    columns: Mapping[str, Sequence[object]], file: File, split: str | None = None
) -> tuple[Reading, ...]:
    """Return the same of a table whose rows are steps, by column."""
    counter, metrics = _columns(columns, split)
    rows = range(max(map(len, columns.values()), default=0))
    counts = _numbers(rows if counter is None else columns.get(counter, rows))
    start = _last_training(
        counts, lambda at: _logged({name: cells[at] for name, cells in columns.items()}), file
    )
    steps = counts[start:]
    points: dict[str, list[Sequence[float | None]]] = {}
    for name, metric in metrics.items():
        points.setdefault(metric, []).append(_numbers(columns[name])[start:])
    series: dict[str, Series] = {}
    for metric, cells in points.items():
        if len(cells) == 1 and None not in cells[0]:
            series[metric] = Series(steps, cast("Sequence[float]", cells[0]))
            continue
        # Two columns may be one metric: `val_loss` and `val/loss`.
        by_step = zip(steps, zip(*cells, strict=True), strict=True)
        found = [(step, value) for step, row in by_step for value in row if value is not None]
        series[metric] = _series(found)
    series = {metric: found for metric, found in series.items() if found.values}
    return _summary(series, file, counter, steps, _stated(metrics.items()))


def of_series(
    series: Mapping[str, Points], file: File, split: str | None = None
) -> tuple[Reading, ...]:
    """Return the same of metrics that were logged separately.

    What was logged once is a result: it has no best value, and may be a count or a time.
    """
    readings: list[Reading] = []
    taken: dict[str, Series] = {}
    names: list[tuple[str, str]] = []
    for name, points in series.items():
        shown, purpose = label(name), role(name)
        epochs = [value for _, value in points if isfinite(value) and abs(value) < 2**53]
        if tokens(name)[-1:] == ("epoch",) and len(epochs) > 1:
            readings.append(_total(epochs, file))
        elif purpose is Role.PARAMETER:
            file.leave_out(shown, "is a setting that was logged as a metric")
        elif len(points) > 1 and purpose not in (Role.METRIC, Role.UNKNOWN):
            file.leave_out(shown, f"is a {purpose.value} that was logged at every step")
        elif points:
            names.append((shown, canonical(shown, split)))
            taken.setdefault(names[-1][1], _series(points))
    readings += _last_and_best(taken, file, _stated(names), may_be_final=True)
    file.logs.append((readings, taken))
    return tuple(readings)


def _series(points: Sequence[tuple[float | None, float]]) -> Series:
    return Series([step for step, _ in points], [value for _, value in points])


def _numbers(cells: Sequence[object]) -> list[float | None]:
    try:
        if "_" not in "".join(cast("Sequence[str]", cells)):
            return [*map(float, cast("Sequence[str]", cells))]  # Five times faster than `number`.
    except (TypeError, ValueError):
        pass
    return [cell if type(cell) is float else number(cell) for cell in cells]


def _columns(names: Collection[str], split: str | None) -> tuple[str | None, dict[str, str]]:
    """Return the column of steps, and the canonical names of the metrics by column.

    As Keras has it, `loss` beside `val_loss` is of the training split; without a column of steps
    the rows of its history are epochs.
    """
    if len(names) > MAX_LEAVES:
        raise UnreadableError(f"has more than {MAX_LEAVES:,} columns: data, not a log")
    counter = step_column(names)
    metrics: dict[str, str] = {}
    for name in names:
        if (
            not name
            or name in _STEPS
            or name == counter
            or role(name) not in (Role.METRIC, Role.UNKNOWN)
        ):
            continue
        is_of_training = f"val_{name}" in names or f"valid_{name}" in names
        metrics[name] = canonical(label(name), "train" if is_of_training else split)
    if counter is None and any(f"val_{name}" in names for name in names):
        counter = "epoch"
    return counter, metrics


def _logged(row: Mapping[str, object]) -> set[str]:
    """Return the names that are not blank in a row."""
    return {name for name, cell in row.items() if cell not in (None, "")}


def _last_training(
    counts: Sequence[float | None], logged: Callable[[int], set[str]], file: File
) -> int:
    """Return the row at which the last of the trainings in a log begins.

    One begins where the count is again that of the first row, 0 or 1, and all is logged again that
    was logged there: Keras appends to a log. An evaluation after the training logs other things.
    """
    first = counts[0] if counts else None
    if first not in (0, 1):
        return 0
    start, highest, trainings = 0, first, 1
    for at, count in enumerate(counts):
        if count == first < highest and logged(at) >= logged(0):
            start, highest, trainings = at, first, trainings + 1
        elif count is not None and count > highest:
            highest = count
    if trainings > 1:
        file.remark(f"holds {trainings} trainings, each from step {first:g}; the last is shown")
    return start


def _stated(metrics: Iterable[tuple[str, str]]) -> dict[str, Direction]:
    """Return the directions that arrows in the names state, by the metrics' canonical names."""
    ways = {metric: stated_direction(name) for name, metric in metrics}
    return {metric: way for metric, way in ways.items() if way is not Direction.UNKNOWN}


def _summary(
    series: Mapping[str, Series],
    file: File,
    counter: str | None,
    counts: Iterable[float | None],
    stated: Mapping[str, Direction],
) -> tuple[Reading, ...]:
    readings = [*_last_and_best(series, file, stated)]
    if counter is not None and counter.strip().lower() in ("epoch", "epochs"):
        epochs = [epoch for epoch in counts if epoch is not None and isfinite(epoch)]
        if epochs and abs(max(epochs)) < 2**53:
            readings.append(_total(epochs, file))
    file.logs.append((readings, series))
    return tuple(readings)


def _total(epochs: Sequence[float], file: File) -> Reading:
    """Return the number of epochs: one more than the last where they count from 0."""
    total = float(int(max(epochs)) + (min(epochs) == 0))
    return Reading("total_epochs", total, file.path, Kind.LAST)


def _last_and_best(
    series: Mapping[str, Series],
    file: File,
    stated: Mapping[str, Direction],
    may_be_final: bool = False,
) -> Iterator[Reading]:
    ways = {name: stated.get(name, direction(name)) for name in series}
    for name, logged in series.items():
        way = stated.get(name, Direction.UNKNOWN)
        if isnan(sum(logged.values)) and isfinite(logged.values[-1]) and "loss" in tokens(name):
            lost, count = sum(map(isnan, logged.values)), len(logged.values)
            if 0 < lost * 2 < count:  # Of more, the loss was not computed at every step.
                file.remark(f"`{name}` is NaN at {lost} of {count} steps, but not at the last")
        yield Reading(name, logged.values[-1], file.path, Kind.LAST, whole(logged.steps[-1]), way)
        best = None if may_be_final and len(logged.values) == 1 else _best(name, series, ways)
        if best is not None:
            yield Reading(f"best_{name}", best[1], file.path, Kind.BEST, whole(best[0]), way)


def _best(
    name: str, series: Mapping[str, Series], ways: Mapping[str, Direction]
) -> tuple[float | None, float] | None:
    own = None if "best" in name else _best_point(series[name], ways[name])
    if own is None or split_of(name) not in _TEST:
        return own
    validation = [other for other in series if split_of(other) in VALIDATION]
    for wanted in (_stem(name), ("loss",)):
        for other in validation:
            best = _best_point(series[other], ways[other]) if _stem(other) == wanted else None
            if best is not None:
                points = zip(*map(reversed, series[name]), strict=True)
                return next((point for point in points if point[0] == best[0]), None)
    return None


def _best_point(logged: Series, way: Direction) -> tuple[float | None, float] | None:
    """Return the first best step and value; None where the direction is unknown."""
    values = logged.values
    if isnan(sum(values)):
        values = [value for value in values if not isnan(value)]
    if way is Direction.UNKNOWN or not values:
        return None
    best = min(values) if way is Direction.LOWER else max(values)
    return logged.steps[logged.values.index(best)], best


def _stem(name: str) -> tuple[str, ...]:
    return tuple(word for word in tokens(name) if word not in SPLITS)


def curves(
    run: Run, files: Iterable[File], read: Callable[[File], list[Extracted]]
) -> dict[str, Curve]:
    """Return the curves of a run's metrics by canonical name, its files read once more.

    A file that cannot be read has none. Of a metric in two logs the longer curve is taken.
    """
    out: dict[str, Curve] = {}
    for file in files:
        try:
            pieces = read(file)
        except Exception:  # noqa: S112 - reported when the file was collected.
            continue
        logs = file.logs
        if any(piece.member for piece in pieces):  # The file holds several runs.
            own = {
                id(one)
                for piece in pieces
                if not piece.member or f"/{run.path}".endswith(f"/{piece.member}")
                for one in piece.readings
            }
            logs = [log for log in logs if not own.isdisjoint(map(id, log[0]))]
        for _, series in logs:
            for name, logged in series.items():
                # The finite points, one per step; of a step that was logged twice, the last.
                by_step = {
                    index if (step := whole(at)) is None else step: value
                    for index, (at, value) in enumerate(zip(*logged, strict=True))
                }
                curve = tuple(sorted(point for point in by_step.items() if isfinite(point[1])))
                if len(curve) > len(out.get(name, ())) and len(curve) >= MIN_POINTS:
                    out[name] = curve
    return {name: thinned(curve) for name, curve in out.items()}


def thinned(curve: Curve, most: int = MAX_POINTS) -> Curve:
    """Return at most `most` points of the same shape: peaks and both ends are kept."""
    if len(curve) <= most:
        return curve
    buckets = most // 2 - 1
    inner = curve[1:-1]
    kept: list[tuple[int, float]] = [curve[0]]
    for at in range(buckets):
        bucket = inner[at * len(inner) // buckets : (at + 1) * len(inner) // buckets]
        ends = {min(bucket, key=lambda point: point[1]), max(bucket, key=lambda point: point[1])}
        kept += sorted(ends)
    return (*kept, curve[-1])

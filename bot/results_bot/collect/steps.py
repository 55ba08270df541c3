"""Summarise step logs: each metric's last and best value, and its curve for those who ask.

Validation selects the best step. The best value of a test metric is the one at the step where its
validation counterpart is best (`val_kl_divergence` for `test_kl_divergence`), else where the
validation loss is: its own best value would be a choice made on the test data. A log without a
validation metric, or without a test value at that step, gives only the last value of a test metric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from math import isfinite, isnan
from typing import Any, NamedTuple, cast

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_LEAVES, label, number
from results_bot.metric_names import Role, canonical, direction, role, split_of, tokens
from results_bot.metric_vocabulary import SPLITS, VALIDATION
from results_bot.model import Direction, Kind, Reading, Run

Points = list[tuple[int | None, float]]
"""Steps and values of a metric that was logged by itself."""
Curve = tuple[tuple[int, float], ...]
"""Steps and values, sorted by step."""

MIN_POINTS = 3
"""Points that make a curve."""
MAX_POINTS = 240
"""Points that a chart can show; of more, each bucket's lowest and highest stay."""

_STEPS = ("epoch", "epochs", "step", "global_step", "iteration", "iter", "_step")
_TEST = frozenset({"test", "holdout"})


class Series(NamedTuple):
    """Steps and values of one metric, as two columns without blanks."""

    steps: Sequence[float | None]
    values: Sequence[float]


Recorded = list[tuple[tuple[Reading, ...], Mapping[str, Series]]]
_recorder: ContextVar[Recorded | None] = ContextVar("recorder", default=None)


def step_column(names: Iterable[str]) -> str | None:
    """Return the column that counts epochs, else steps; None where there is none."""
    by_name = {name.strip().lower().rpartition("/")[2]: name for name in reversed(list(names))}
    return next((by_name[name] for name in _STEPS if name in by_name), None)


def are_steps(cells: Sequence[object]) -> bool:
    """Return True if most cells of a step column are numbers."""
    return len(cells) - _numbers(cells).count(None) >= max(1, len(cells) // 2)


def is_step_log(records: Sequence[Mapping[str, Any]]) -> bool:
    """Return True if the records are the steps of one run: most of them have a step."""
    column = step_column(dict.fromkeys(name for record in records[:100] for name in record))
    return column is not None and are_steps([record.get(column) for record in records])


def whole(value: float | None) -> int | None:
    """Return a step as an integer; None for a missing or impossible one."""
    return int(value) if value is not None and abs(value) < 2**63 else None


def of_records(
    records: Sequence[Mapping[str, Any]], file: str, split: str | None = None
) -> tuple[Reading, ...]:
    """Return last and best values of every metric in records with a step each, blanks skipped.

    A best value, called `best_NAME`, exists only where the name's direction is known.
    Raises UnreadableError where the records have more names than any log.
    """
    names = dict.fromkeys(name for record in records for name in record)
    if len(names) > MAX_LEAVES:
        raise UnreadableError(f"has more than {MAX_LEAVES:,} columns: data, not a log")
    column = step_column(names)
    counts = [number(record.get(column)) if column else None for record in records]
    steps = counts if column else range(len(records))
    metrics = {name: metric for name in names if (metric := _metric(name, column, split))}
    found: dict[str, Points] = {metric: [] for metric in metrics.values()}
    for step, record in zip(steps, records, strict=True):
        for name, cell in record.items():
            if name in metrics and (value := number(cell)) is not None:
                found[metrics[name]].append((whole(step), value))
    series = {name: _series(points) for name, points in found.items()}
    return _summary(series, file, column, counts)


def of_columns(
    columns: Mapping[str, Sequence[object]], file: str, split: str | None = None
) -> tuple[Reading, ...]:
    """Return the same of a table whose rows are steps, by column."""
    if len(columns) > MAX_LEAVES:
        raise UnreadableError(f"has more than {MAX_LEAVES:,} columns: data, not a log")
    column = step_column(columns)
    counts = _numbers(columns[column]) if column else []
    rows = max(map(len, columns.values()), default=0)
    steps = counts if column else [*map(float, range(rows))]
    cells: dict[str, list[list[float | None]]] = {}
    for name in columns:
        if metric := _metric(name, column, split):
            cells.setdefault(metric, []).append(_numbers(columns[name]))
    series: dict[str, Series] = {}
    for metric, of_metric in cells.items():
        if len(of_metric) == 1 and None not in of_metric[0]:
            series[metric] = Series(steps, cast("list[float]", of_metric[0]))
            continue
        # Two columns may be one metric: `val_loss` and `val/loss`.
        rows_of_metric = zip(steps, zip(*of_metric, strict=True), strict=True)
        series[metric] = _series(
            [(step, cell) for step, row in rows_of_metric for cell in row if cell is not None]
        )
    return _summary(series, file, column, counts)


def of_series(
    series: Mapping[str, Points], file: str, split: str | None = None
) -> tuple[tuple[Reading, ...], tuple[tuple[str, str], ...]]:
    """Return the same of metrics that were logged separately, and what is left out.

    What was logged once is a result: it has no best value, and may be a count or a time.
    """
    out: list[Reading] = []
    left_out: list[tuple[str, str]] = []
    taken: dict[str, Series] = {}
    for name, points in series.items():
        shown, purpose = label(name), role(name)
        epochs = [value for _, value in points if isfinite(value) and abs(value) < 2**53]
        if tokens(name)[-1:] == ("epoch",) and len(epochs) > 1:
            out.append(Reading("total_epochs", float(_count(epochs)), file, Kind.LAST))
        elif purpose is Role.PARAMETER:
            left_out.append((shown, "is a setting that was logged as a metric"))
        elif len(points) > 1 and purpose not in (Role.METRIC, Role.UNKNOWN):
            left_out.append((shown, f"is a {purpose.value} that was logged at every step"))
        elif points:
            taken.setdefault(canonical(shown, split), _series(points))
    readings = (*out, *_last_and_best(taken, file, may_be_final=True))
    return _recorded(readings, taken), tuple(left_out)


def _series(points: Sequence[tuple[float | None, float]]) -> Series:
    return Series([step for step, _ in points], [value for _, value in points])


def _numbers(cells: Sequence[object]) -> list[float | None]:
    return [cell if type(cell) is float else number(cell) for cell in cells]


def _metric(name: str, column: str | None, split: str | None) -> str:
    """Return the canonical name of a metric's column, "" for a step or a setting."""
    if name in _STEPS or name == column or role(name) not in (Role.METRIC, Role.UNKNOWN):
        return ""
    return canonical(label(name), split)


def _summary(
    series: Mapping[str, Series], file: str, column: str | None, counts: Iterable[float | None]
) -> tuple[Reading, ...]:
    series = {name: logged for name, logged in series.items() if logged.values}
    readings = [*_last_and_best(series, file)]
    if column is not None and column.strip().lower() in ("epoch", "epochs"):
        epochs = [epoch for epoch in counts if epoch is not None and isfinite(epoch)]
        if epochs and abs(max(epochs)) < 2**53:
            total = float(_count(epochs))
            readings.append(Reading("total_epochs", total, file, Kind.LAST))
    return _recorded(tuple(readings), series)


def _last_and_best(
    series: Mapping[str, Series], file: str, may_be_final: bool = False
) -> Iterator[Reading]:
    for name, logged in series.items():
        yield Reading(name, logged.values[-1], file, Kind.LAST, whole(logged.steps[-1]))
        best = None if may_be_final and len(logged.values) == 1 else _best(name, series)
        if best is not None:
            yield Reading(f"best_{name}", best[1], file, Kind.BEST, whole(best[0]))


def _best(name: str, series: Mapping[str, Series]) -> tuple[float | None, float] | None:
    own = None if "best" in name else _best_point(name, series[name])
    if own is None or split_of(name) not in _TEST:
        return own
    validation = [other for other in series if split_of(other) in VALIDATION]
    for wanted in (_stem(name), ("loss",)):
        for other in validation:
            best = _best_point(other, series[other]) if _stem(other) == wanted else None
            if best is not None:
                points = zip(*map(reversed, series[name]), strict=True)
                return next((point for point in points if point[0] == best[0]), None)
    return None


def _best_point(name: str, logged: Series) -> tuple[float | None, float] | None:
    """Return the first best step and value; None where the name's direction is unknown."""
    way, values = direction(name), logged.values
    if isnan(sum(values)):
        values = [value for value in values if not isnan(value)]
    if way is Direction.UNKNOWN or not values:
        return None
    best = min(values) if way is Direction.LOWER else max(values)
    return logged.steps[logged.values.index(best)], best


def _stem(name: str) -> tuple[str, ...]:
    return tuple(word for word in tokens(name) if word not in SPLITS)


def _count(epochs: Sequence[float]) -> int:
    """Return the number of epochs; a count that restarts at 0 or 1 was appended (Keras does so).

    Keras and Lightning count from 0: their number of epochs is one more than the last.
    """
    first = min(epochs)
    total, highest = 0, epochs[0]
    for epoch in epochs:
        if epoch > highest:
            highest = epoch
        elif epoch == first < highest and first in (0, 1):
            total += int(highest) + (1 if first == 0 else 0)
            highest = epoch
    return total + int(highest) + (1 if first == 0 else 0)


@contextmanager
def _recording() -> Iterator[Recorded]:
    """Keep the series of every log that is read in the `with`, with the readings made of it."""
    recorded: Recorded = []
    token = _recorder.set(recorded)
    try:
        yield recorded
    finally:
        _recorder.reset(token)


def _recorded(readings: tuple[Reading, ...], series: Mapping[str, Series]) -> tuple[Reading, ...]:
    recorder = _recorder.get()
    if recorder is not None:
        recorder.append((readings, series))
    return readings


def curves(
    run: Run, files: Iterable[File], read: Callable[[File], list[Extracted]]
) -> dict[str, Curve]:
    """Return the curves of a run's metrics by canonical name, its files read once more.

    A file that cannot be read has none. Of a metric in two logs the longer curve is taken.
    """
    out: dict[str, Curve] = {}
    for file in files:
        with _recording() as recorded:
            try:
                pieces = read(file)
            except Exception:  # noqa: S112 - reported when the file was collected.
                continue
        logs = [*recorded]
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

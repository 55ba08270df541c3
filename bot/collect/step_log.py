"""A log with one record a step or epoch, to each metric's last and best value with its step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import Any

from bot.collect.flatten import MAX_NAME, number
from bot.hostile import printable
from bot.metric_names import Role, canonical, direction, role, tokens
from bot.model import Direction, Kind, Reading

Points = Sequence[tuple[int | None, float]]
"""One metric's steps and values in the order of time."""

_STEPS = ("epoch", "epochs", "step", "global_step", "iteration", "iter", "_step")


def step_column(names: Iterable[str]) -> str | None:
    """Return the column that counts epochs, else steps; None where there is none."""
    by_name = {name.strip().lower().rpartition("/")[2]: name for name in reversed(list(names))}
    return next((by_name[name] for name in _STEPS if name in by_name), None)


def is_step_log(records: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the records are the steps of one run: a step column that never falls back."""
    column = step_column(dict.fromkeys(name for record in records[:100] for name in record))
    if column is None:
        return False
    steps = [step for record in records if (step := number(record.get(column))) is not None]
    return len(steps) >= max(1, len(records) // 2)


def readings(
    records: Sequence[Mapping[str, Any]], file: str, split: str | None = None
) -> tuple[Reading, ...]:
    """Return last and best values of every metric in `records`, blanks passed over.

    A best value is there only where the name tells the direction; it is called `best_NAME`.
    """
    names = dict.fromkeys(name for record in records for name in record)
    column = step_column(names)
    out: list[Reading] = []
    for name in names:
        if name in _STEPS or name == column or role(name) not in (Role.METRIC, Role.UNKNOWN):
            continue
        series = _series(records, name, column)
        if series:
            out += last_and_best(canonical(printable(name)[:MAX_NAME], split), series, file)
    out += _epochs(records, column, file)
    return tuple(out)


def of_series(
    series: Mapping[str, Points], file: str, split: str | None = None
) -> tuple[tuple[Reading, ...], tuple[tuple[str, str], ...]]:
    """Return last and best values of metrics that were logged each by itself, and what is left out.

    What was logged once is a result: it has no best, and may be a count or a time.
    """
    out: list[Reading] = []
    left_out: list[tuple[str, str]] = []
    for name, points in series.items():
        shown, purpose = printable(name)[:MAX_NAME], role(name)
        if not points:
            continue
        if tokens(name)[-1:] == ("epoch",) and len(points) > 1:
            out += _total_epochs([value for _, value in points], file)
        elif purpose is Role.PARAMETER:
            left_out.append((shown, "is a setting that was logged as a metric"))
        elif len(points) == 1:
            step, value = points[0]
            out.append(Reading(canonical(shown, split), value, file, Kind.LAST, step))
        elif purpose in (Role.METRIC, Role.UNKNOWN):
            out += last_and_best(canonical(shown, split), points, file)
        else:
            left_out.append((shown, f"is a {purpose.value} that was logged at every step"))
    return tuple(out), tuple(left_out)


def last_and_best(name: str, series: Points, file: str) -> Iterable[Reading]:
    """Yield the last value and, where the name tells the direction, the best, `best_NAME`."""
    step, value = series[-1]
    yield Reading(name, value, file, Kind.LAST, step)
    way = direction(name)
    comparable = [(value, step) for step, value in series if not isnan(value)]
    if way is Direction.UNKNOWN or not comparable or "best" in name:
        return
    sign = 1 if way is Direction.LOWER else -1
    best, at = min(comparable, key=lambda pair: sign * pair[0])
    yield Reading(f"best_{name}", best, file, Kind.BEST, at)


def _series(
    records: Sequence[Mapping[str, Any]], name: str, column: str | None
) -> list[tuple[int | None, float]]:
    series = []
    for index, record in enumerate(records):
        value = number(record.get(name))
        if value is not None:
            step = number(record.get(column)) if column else float(index)
            series.append((int(step) if step is not None and abs(step) < 2**63 else None, value))
    return series


def _epochs(
    records: Sequence[Mapping[str, Any]], column: str | None, file: str
) -> Iterable[Reading]:
    if column is None or column.strip().lower() not in ("epoch", "epochs"):
        return
    epochs = [epoch for record in records if (epoch := number(record.get(column))) is not None]
    yield from _total_epochs(epochs, file)


def _total_epochs(epochs: Sequence[float], file: str) -> Iterable[Reading]:
    finite = [epoch for epoch in epochs if abs(epoch) < 2**53]
    if finite and len(finite) == len(epochs):
        # Keras and Lightning count from 0; the number of epochs is one more than the last.
        count = int(max(finite)) + (1 if min(finite) == 0 else 0)
        yield Reading("total_epochs", float(count), file, Kind.LAST)

"""A log with one record a step or epoch, to each metric's last and best value with its step.

Which value is best, and at which step, is for validation to say. A metric of the test split is
taken at the step where its validation twin is best (`val_kl_divergence` for `test_kl_divergence`),
else where the validation loss is: its own best would be a choice made on the test data. It keeps
the name `best_NAME` and carries that step. Where a log has no validation metric, or no test value
at the chosen step, a test metric has a last value only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from math import isfinite, isnan
from typing import Any

from results_bot.collect.file import UnreadableError
from results_bot.collect.flatten import MAX_LEAVES, MAX_NAME, number
from results_bot.hostile import printable
from results_bot.metric_names import Role, canonical, direction, role, split_of, tokens
from results_bot.metric_vocabulary import SPLITS, VALIDATION
from results_bot.model import Direction, Kind, Reading

Series = list[tuple[int | None, float]]

Recorded = list[tuple[tuple[Reading, ...], Mapping[str, Series]]]
"""What each log came to, with the series behind it."""

_recorder: ContextVar[Recorded | None] = ContextVar("recorder", default=None)

_STEPS = ("epoch", "epochs", "step", "global_step", "iteration", "iter", "_step")
_TEST = frozenset({"test", "holdout"})


@contextmanager
def recording() -> Iterator[Recorded]:
    """Keep the series of every log that is read meanwhile; nobody else pays for them."""
    recorded: Recorded = []
    token = _recorder.set(recorded)
    try:
        yield recorded
    finally:
        _recorder.reset(token)


def step_column(names: Iterable[str]) -> str | None:
    """Return the column that counts epochs, else steps; None where there is none."""
    by_name = {name.strip().lower().rpartition("/")[2]: name for name in reversed(list(names))}
    return next((by_name[name] for name in _STEPS if name in by_name), None)


def is_step_log(records: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the records are the steps of one run: most of them say which step."""
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
    Raises UnreadableError where the records have more names than any log.
    """
    names = dict.fromkeys(name for record in records for name in record)
    if len(names) > MAX_LEAVES:
        raise UnreadableError(f"has more than {MAX_LEAVES:,} columns: data, no log")
    column = step_column(names)
    series = _series(records, column, split)
    out: list[Reading] = []
    for name, points in series.items():
        step, value = points[-1]
        out.append(Reading(name, value, file, Kind.LAST, step))
        best = _best(name, points, series)
        if best is not None:
            out.append(Reading(f"best_{name}", best[1], file, Kind.BEST, best[0]))
    out += _epochs(records, column, file)
    return _recorded(tuple(out), series)


def of_series(
    series: Mapping[str, Series], file: str, split: str | None = None
) -> tuple[tuple[Reading, ...], tuple[tuple[str, str], ...]]:
    """Return last and best values of metrics that were logged each by itself, and what is left out.

    What was logged once is a result: it has no best, and may be a count or a time.
    """
    out: list[Reading] = []
    left_out: list[tuple[str, str]] = []
    taken: dict[str, Series] = {}
    for name, points in series.items():
        shown, purpose = printable(name)[:MAX_NAME], role(name)
        epochs = [value for _, value in points if isfinite(value) and abs(value) < 2**53]
        if tokens(name)[-1:] == ("epoch",) and len(epochs) > 1:
            out.append(Reading("total_epochs", float(_count(epochs)), file, Kind.LAST))
        elif purpose is Role.PARAMETER:
            left_out.append((shown, "is a setting that was logged as a metric"))
        elif len(points) > 1 and purpose not in (Role.METRIC, Role.UNKNOWN):
            left_out.append((shown, f"is a {purpose.value} that was logged at every step"))
        elif points:
            taken.setdefault(canonical(shown, split), points)
    for name, points in taken.items():
        step, value = points[-1]
        out.append(Reading(name, value, file, Kind.LAST, step))
        best = _best(name, points, taken) if len(points) > 1 else None
        if best is not None:
            out.append(Reading(f"best_{name}", best[1], file, Kind.BEST, best[0]))
    return _recorded(tuple(out), taken), tuple(left_out)


def _recorded(out: tuple[Reading, ...], series: Mapping[str, Series]) -> tuple[Reading, ...]:
    recorder = _recorder.get()
    if recorder is not None:
        recorder.append((out, series))
    return out


def best_point(name: str, points: Series) -> tuple[int | None, float] | None:
    """Return the first best step and value by the name's direction; None where it has none."""
    way = direction(name)
    comparable = [point for point in points if not isnan(point[1])]
    if way is Direction.UNKNOWN or not comparable:
        return None
    sign = 1 if way is Direction.LOWER else -1
    return min(comparable, key=lambda point: sign * point[1])


def _series(
    records: Sequence[Mapping[str, Any]], column: str | None, split: str | None
) -> dict[str, Series]:
    """Return every metric's steps and values by its canonical name, in the order of the columns."""
    named: dict[str, str | None] = {}
    out: dict[str, Series] = {}
    for index, record in enumerate(records):
        step = _step(record, column, index)
        for name, cell in record.items():
            if name not in named:
                named[name] = _name(name, column, split)
                if (shown := named[name]) is not None:
                    out.setdefault(shown, [])
            key = named[name]
            if key is not None and (value := number(cell)) is not None:
                out[key].append((step, value))
    return {name: points for name, points in out.items() if points}


def _step(record: Mapping[str, Any], column: str | None, index: int) -> int | None:
    step = number(record.get(column)) if column else float(index)
    return int(step) if step is not None and abs(step) < 2**63 else None


def _name(name: str, column: str | None, split: str | None) -> str | None:
    if name in _STEPS or name == column or role(name) not in (Role.METRIC, Role.UNKNOWN):
        return None
    return canonical(printable(name)[:MAX_NAME], split)


def _best(
    name: str, points: Series, series: Mapping[str, Series]
) -> tuple[int | None, float] | None:
    own = None if "best" in name else best_point(name, points)
    if own is None or split_of(name) not in _TEST:
        return own
    chosen = _chosen_by_validation(name, series)
    if chosen is None:
        return None
    return next((point for point in reversed(points) if point[0] == chosen), None)


def _chosen_by_validation(name: str, series: Mapping[str, Series]) -> int | None:
    """Return the step at which the test metric's validation twin, else validation loss, is best."""
    validation = [other for other in series if split_of(other) in VALIDATION]
    for wanted in (_stem(name), ("loss",)):
        for other in validation:
            if _stem(other) == wanted:
                best = best_point(other, series[other])
                if best is not None:
                    return best[0]
    return None


def _stem(name: str) -> tuple[str, ...]:
    return tuple(word for word in tokens(name) if word not in SPLITS)


def _epochs(
    records: Sequence[Mapping[str, Any]], column: str | None, file: str
) -> Iterator[Reading]:
    if column is None or column.strip().lower() not in ("epoch", "epochs"):
        return
    cells = (number(record.get(column)) for record in records)
    epochs = [epoch for epoch in cells if epoch is not None and isfinite(epoch)]
    if epochs and abs(max(epochs)) < 2**53:
        yield Reading("total_epochs", float(_count(epochs)), file, Kind.LAST)


def _count(epochs: Sequence[float]) -> int:
    """Return the number of epochs; one that begins again at 0 or 1 was trained on (Keras appends).

    Keras and Lightning count from 0: their number of epochs is one more than the last.
    """
    first = min(epochs)
    total, highest = 0, epochs[0]
    for epoch in epochs:
        if epoch == first < highest and first in (0, 1):
            total += int(highest) + (1 if first == 0 else 0)
            highest = epoch
        highest = max(highest, epoch)
    return total + int(highest) + (1 if first == 0 else 0)

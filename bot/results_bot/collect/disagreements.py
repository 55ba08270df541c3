"""Metrics that several files of one run hold: which value counts, and what deserves a remark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from pathlib import PurePosixPath

from msgspec import structs

from results_bot.collect.extracted import Extracted
from results_bot.collect.folders import is_generic_stem
from results_bot.escape import printable
from results_bot.metric_names import direction, is_fraction, tokens
from results_bot.model import Direction, Kind, Problem, Reading
from results_bot.numbers import agree, decimals

_POINTS = 0.1
"""By how much the final value of a fraction is far from its log."""
_TRUST = {kind: rank for rank, kind in enumerate(Kind)}


def merged(in_order: Sequence[Extracted]) -> tuple[dict[str, Reading], list[Problem]]:
    """Return the reading to keep of each metric, and a remark for each disagreement.

    `in_order` are what the run's files hold, the latest checkpoint first.
    """
    readings: dict[str, Reading] = {}
    remarks: list[Problem] = []
    logs: dict[str, str] = {}
    """The log that the kept reading of each metric is from."""
    ordered: set[tuple[str, Kind]] = set()
    for piece in in_order:
        for reading in piece.readings:
            name = reading.name
            if piece.order is not None and (name, reading.kind) in ordered:
                continue  # A later checkpoint has this metric.
            kept = readings.setdefault(name, reading)
            if kept is reading:
                logs[name] = piece.log
            elif piece.log and piece.log == logs[name] and kept.kind is reading.kind:
                readings[name] = _continued(kept, reading)
            else:
                readings[name], disagreement = _better(kept, reading)
                logs[name] = piece.log if readings[name] is reading else logs[name]
                remarks += disagreement
            if readings[name].direction is Direction.UNKNOWN is not reading.direction:
                readings[name] = structs.replace(readings[name], direction=reading.direction)
        if piece.order is not None:
            ordered.update((reading.name, reading.kind) for reading in piece.readings)
    return readings, [*remarks, *_unreached(readings)]


def _unreached(readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Yield a remark for each final value that is far better than the best of its log.

    The job that wrote the log may have died before it replaced an older result.
    """
    for best in readings.values():
        final = readings.get(best.name.removeprefix("best_"), best)
        if best.kind is not Kind.BEST or final.kind is not Kind.FINAL:
            continue
        whole = 100 if best.value > 1 else 1
        far = _POINTS * whole if is_fraction(final.name) else abs(best.value) / 2
        lower = direction(final.name) is Direction.LOWER
        if (best.value - final.value if lower else final.value - best.value) > far:
            reason = (
                f"`{final.name}` is {best.value!r} at best here and {final.value!r} in "
                f"{final.file}; is that of an earlier training?"
            )
            yield Problem(printable(best.file), printable(reason))


def _continued(one: Reading, later: Reading) -> Reading:
    """Return the reading of a log in two pieces: the better of two bests, else the later.

    A test metric's best was chosen by validation: the later counts, not the better.
    """
    if one.kind is not Kind.BEST or isnan(one.value) or "test" in tokens(one.name):
        return later
    lower = direction(one.name) is Direction.LOWER
    return min(one, later, key=lambda reading: reading.value if lower else -reading.value)


def _better(one: Reading, other: Reading) -> tuple[Reading, list[Problem]]:
    """Return the reading to keep, and a remark where two numbers disagree.

    It is that of the more trusted kind; of two that disagree, that of the file named for results;
    else the more precise one.
    """
    if one.kind is not other.kind:
        kept, log = sorted((one, other), key=lambda reading: _TRUST[reading.kind])
        if not isnan(log.value) or isnan(kept.value):
            return kept, []
        reason = f"`{one.name}` is NaN at the end of the log and {kept.value!r} in {kept.file}"
        return kept, [Problem(printable(log.file), printable(reason))]
    coarse, precise = sorted((other, one), key=lambda reading: decimals(reading.value))
    if agree(precise.value, coarse.value):
        return precise, []
    # Beside `metrics.json` others are details, such as a reference.
    left, kept = sorted(
        (coarse, precise), key=lambda r: is_generic_stem(PurePosixPath(r.file).stem)
    )
    reason = (
        f"`{one.name}` is {left.value!r} here and {kept.value!r} in {kept.file}, which is taken"
    )
    return kept, [Problem(printable(left.file), printable(reason))]

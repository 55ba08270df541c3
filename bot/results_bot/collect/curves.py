"""A run's learning curves: its step logs read once more, with every step kept.

Only for the few runs that somebody looks at; collecting keeps last and best values alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite

from results_bot.collect import step_log
from results_bot.collect.collect import read
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.model import Run

Curve = tuple[tuple[int, float], ...]
"""Steps and values, in the order of the steps."""

FEWEST = 3
"""Points that make a curve."""
MOST = 240
"""Points that a chart can show; of more, each bucket's lowest and highest stay."""


def curves(run: Run, files: Iterable[File]) -> dict[str, Curve]:
    """Return what the run logged step by step, by canonical metric name.

    A file that cannot be read has none. Of a metric in two logs the longer one is taken.
    """
    out: dict[str, Curve] = {}
    for file in files:
        for name, series in _of(run, file):
            curve = _drawable(series)
            if len(curve) > len(out.get(name, ())) and len(curve) >= FEWEST:
                out[name] = curve
    return {name: thinned(curve) for name, curve in out.items()}


def thinned(curve: Curve, most: int = MOST) -> Curve:
    """Return at most `most` points that look the same: no peak and no end is lost."""
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


def _of(run: Run, file: File) -> Iterable[tuple[str, step_log.Series]]:
    with step_log.recording() as recorded:
        try:
            pieces = read(file)
        except UnreadableError:
            return []
        except Exception:  # A reader's bug; `collect` has named it already.
            return []
    if not any(piece.member for piece in pieces):
        return _named(series for _, series in recorded)
    own = {id(one) for piece in pieces if _is_of(piece, run) for one in piece.readings}
    return _named(series for readings, series in recorded if own & {id(one) for one in readings})


def _is_of(piece: Extracted, run: Run) -> bool:
    """Tell which of the runs in one file this one is."""
    return not piece.member or f"/{run.path}".endswith(f"/{piece.member}")


def _named(
    recorded: Iterable[Mapping[str, step_log.Series]],
) -> list[tuple[str, step_log.Series]]:
    return [item for series in recorded for item in series.items()]


def _drawable(series: step_log.Series) -> Curve:
    """Return the finite points, one a step; the last of a step that was logged twice."""
    points = {at if step is None else step: value for at, (step, value) in enumerate(series)}
    return tuple(sorted((step, value) for step, value in points.items() if isfinite(value)))

"""A finding's interval as a small drawing: zero, the tolerance, the 95 % interval, the change."""

from __future__ import annotations

from math import isfinite

import msgspec

from results_bot.model import Change, Finding, Metric
from results_bot.page import cells

WIDTH = 320
_LEFT, _RIGHT = 14, WIDTH - 14


class Interval(msgspec.Struct, frozen=True):
    """Places in pixels and the words beside them."""

    zero: float
    low: float
    high: float
    point: float
    band: tuple[float, float]
    """The tolerance: what lies inside does not count."""
    low_text: str
    high_text: str
    text: str
    alt: str


def interval(finding: Finding, change: Change | None, metric: Metric | None) -> Interval | None:
    """Return the drawing of a finding whose evidence has an interval; None for the others."""
    found = finding.evidence.interval if finding.evidence else None
    delta = change.difference if change else None
    if found is None or delta is None or change is None or change.before is None or metric is None:
        return None
    if not all(map(isfinite, (*found, delta))):
        return None
    before = abs(change.before.number or 0.0)
    tolerance = max(metric.tolerance.absolute, metric.tolerance.relative * before)
    ends = (*found, delta, 0.0, -tolerance, tolerance)
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return round(_LEFT + (value - low) / span * (_RIGHT - _LEFT), 1)

    low_text, high_text, text = (cells.signed(v, metric.format) for v in (*found, delta))
    return Interval(
        place(0.0),
        place(found[0]),
        place(found[1]),
        place(delta),
        (place(-tolerance), place(tolerance)),
        low_text,
        high_text,
        text,
        f"Change {text}, 95 % interval {low_text} to {high_text}",
    )

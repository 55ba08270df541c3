"""When two written numbers are the same number: rounding and single precision told from change.

And the middle of many: `statistics` takes longer to import than all of them to sort.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, isnan
from typing import TypeGuard


def decimals(value: float) -> int:
    """Return the digits after the point in the shortest text that gives `value` back."""
    mantissa, _, exponent = repr(value).partition("e")
    digits = len(mantissa.partition(".")[2].rstrip("0"))
    return digits - int(exponent or 0)


def agree(one: float, other: float) -> bool:
    """Tell whether one value is the other, rounded, or the other in single precision."""
    if isnan(one) or isnan(other):
        return isnan(one) and isnan(other)
    if one == other:
        return True
    if not (isfinite(one) and isfinite(other)):
        return False
    coarse = min(decimals(one), decimals(other))
    difference, size = abs(one - other), max(abs(one), abs(other))
    # A whole number may be a rounded one, but 1.0 is no rounded 0.6.
    believable = coarse > 0 or difference <= 0.05 * max(size, 1.0)
    rounded = believable and difference <= 0.5001 * 10.0**-coarse
    return rounded or difference <= 1e-6 * size


def are_finite(values: Sequence[float | None]) -> TypeGuard[Sequence[float]]:
    """Tell whether all are ordinary numbers, by one look; rarely it is not said of huge ones."""
    return None not in values and isfinite(sum(filter(None, values)))


def median(ordered: Sequence[float]) -> float:
    """Return the middle of sorted numbers, which must be some."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2

"""When two written numbers are the same number: rounding and single precision told from change."""

from __future__ import annotations

from math import isfinite, isnan


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
    difference = abs(one - other)
    return difference <= 0.5001 * 10.0**-coarse or difference <= 1e-6 * max(abs(one), abs(other))

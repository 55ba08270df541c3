"""Numbers as people write them: of different precision, and p-values."""

from __future__ import annotations

from math import isfinite, isnan


def decimals(value: float) -> int:
    """Return the number of decimals in the shortest text that gives `value` back."""
    mantissa, _, exponent = repr(value).partition("e")
    digits = len(mantissa.partition(".")[2].rstrip("0"))
    return digits - int(exponent or 0)


def agree(one: float, other: float) -> bool:
    """Return True if one value is the other, rounded or in single precision."""
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


def p_text(p: float, adjusted: float | None = None) -> str:
    """Return a p-value as `p = 0.41`, `p = 0.012`, `p < 0.001`, or `adjusted p = 0.03`.

    `adjusted` is the p-value after the adjustment for many comparisons, and is given in its place.
    """
    if adjusted is not None:
        return f"adjusted {p_text(adjusted)}"
    return "p < 0.001" if p < 0.001 else f"p = {p:.{2 if p >= 0.1 else 3}f}"


def plural(number: int, one: str, many: str = "") -> str:
    """Return `1 finding`, `2 findings`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"

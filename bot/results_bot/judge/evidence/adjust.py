"""Holds the false-discovery rate over all comparisons of one report."""

from __future__ import annotations

from collections.abc import Sequence


def adjust(p_values: Sequence[float | None]) -> list[float | None]:
    """Return the p-values after Benjamini and Hochberg (1995), in their order.

    None marks a comparison without a test; it stays None and does not count. A report that calls
    real what is at most 0.05 here expects at most 5 % of such calls to be noise, and where
    nothing changed at all, raises anything in at most 5 % of cases: for independent tests and
    for positively dependent ones (Benjamini, Yekutieli 2001), as metrics of one test set are.
    Raises ValueError for a p-value outside [0, 1], NaN included.
    """
    ranked = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    if not all(0 <= p <= 1 for p, _ in ranked):
        raise ValueError("a p-value lies outside 0 to 1")
    adjusted: list[float | None] = [None] * len(p_values)
    least = 1.0
    for rank in range(len(ranked), 0, -1):
        p, place = ranked[rank - 1]
        least = min(least, p * (len(ranked) / rank))
        adjusted[place] = least
    return adjusted

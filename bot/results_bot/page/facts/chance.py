"""Over how many values chance spreads a metric: how much it means that two values are equal.

Rough on purpose: it only has to tell a hundred test samples from a thousand, and two digits from
six.
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

from results_bot.metric_names import is_share, tokens
from results_bot.numbers import decimals

_COUNTED = frozenset(
    "f1 fbeta precision recall sensitivity specificity balanced kappa mcc wer cer jaccard".split()
)
"""Computed from counts of right and wrong samples, as a share is."""
_MOST = 1_000_000


def is_counted(name: str, value: float, count: int | None) -> bool:
    """Return True if a value is k out of `count` samples, or may be where the count is unknown."""
    if not _is_of_samples(name):
        return False
    return count is None or abs(value * count - round(value * count)) < 1e-6


def levels(name: str, value: float, count: int | None, apart: float | None = None) -> float:
    """Return over how many values chance would spread runs of about this one.

    Of shares: within the binomial spread, halved because runs on one test set agree on most
    samples, of which there are `count`. Of other metrics: within 1 % of the value, or as far as
    the section's other runs are `apart` from it where that is less, in steps of its last digit.
    """
    if not _is_of_samples(name):
        spread = 0.01 * abs(value) if apart is None else min(0.01 * abs(value), apart)
        return spread * 10.0 ** decimals(value)
    count = count or Fraction(value).limit_denominator(_MOST).denominator
    return 1.75 * sqrt(max(0.0, count * value * (1 - value)))


def _is_of_samples(name: str) -> bool:
    return is_share(name) or not _COUNTED.isdisjoint(tokens(name))

"""How many values chance alone could give a metric: what two equal ones are worth.

Rough on purpose: it only has to tell a hundred test samples from a thousand, and two digits from
six.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt

from bot.metric_names import is_share, split_of, tokens
from bot.numbers import decimals
from bot.summary.material import Member

_COUNTED = frozenset(
    "f1 fbeta precision recall sensitivity specificity balanced kappa mcc wer cer jaccard".split()
)
"""Worked out from counts of right and wrong, as a share is."""
_MOST = 1_000_000


def is_counted(name: str, value: float, members: Sequence[Member]) -> bool:
    """Tell whether a value is k out of the n samples, or must be taken for one."""
    if not is_share(name) and not _COUNTED.intersection(tokens(name)):
        return False
    count = _count(name, members)
    return count is None or abs(value * count - round(value * count)) < 1e-6


def levels(name: str, value: float, members: Sequence[Member]) -> float:
    """Return how many values runs of about this one would be spread over by chance.

    Of shares: within the binomial spread, halved because runs on one test set agree on most
    samples. Of other metrics: within 1 % of the value, in steps of its last digit.
    """
    if not (is_share(name) or _COUNTED.intersection(tokens(name))):
        return 0.01 * abs(value) * 10.0 ** decimals(value)
    count = _count(name, members) or Fraction(value).limit_denominator(_MOST).denominator
    return 1.75 * sqrt(max(0.0, count * value * (1 - value)))


def _count(name: str, members: Sequence[Member]) -> int | None:
    """Return the number of samples, where it is one and the same in all runs."""
    counts = {member.samples_in(split_of(name)) for member in members}
    return counts.pop() if len(counts) == 1 else None

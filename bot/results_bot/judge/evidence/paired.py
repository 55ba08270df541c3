"""Both sides measured on the same samples: the strongest evidence there is.

It answers whether these two models differ, not whether another seed would have differed too.
"""

from __future__ import annotations

from math import fsum, sqrt
from typing import TYPE_CHECKING

from results_bot.judge.evidence.discordant import EXACT_BELOW, discordant_p
from results_bot.judge.evidence.flips import mean_by_flips
from results_bot.judge.evidence.means import LEVEL
from results_bot.model import Evidence, EvidenceKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


def mcnemar(before: ArrayLike, after: ArrayLike) -> Evidence | None:
    """Compare right or wrong per sample: booleans (or 0 and 1) of shape (n,), in one order.

    Below 25 discordant pairs the exact unconditional test, which keeps its level whatever the
    data; from there on the mid-p test, since chi-square with continuity correction is too
    cautious, and without it may exceed the level (Fagerland, Lydersen, Laake 2013, BMC Medical
    Research Methodology 13:91, recommend these two). The exact binomial test would miss half of
    what they find where ten samples disagree (docs/verdicts.md). The interval of the difference
    of the two shares is Tango's score interval (1998, Statistics in Medicine 17:891).
    `n` is the number of pairs. None where there are none.
    Raises ValueError for unequal shapes and for anything but right or wrong.
    """
    right_before, right_after = _flags(before), _flags(after)
    if right_before.shape != right_after.shape:
        raise ValueError("the two sides have different numbers of samples")
    n = int(right_before.size)
    if n == 0:
        return None
    gained = int((right_after & ~right_before).sum())
    lost = int((right_before & ~right_after).sum())
    form = "exact unconditional" if gained + lost < EXACT_BELOW else "mid-p"
    interval = -_tango_upper(lost, gained, n), _tango_upper(gained, lost, n)
    p_value = discordant_p(gained, lost, n)
    return Evidence(EvidenceKind.PAIRED, f"McNemar, {form}", p_value, None, interval, n)


def paired_means(before: ArrayLike, after: ArrayLike) -> Evidence | None:
    """Compare the means of a number per sample, such as its loss: shape (n,), in one order.

    A wild bootstrap with the null imposed: it turns the signs of the differences at random and
    asks how often their mean gets as far from zero (Davidson, Flachaire 2008). Where nothing but
    chance tells the two models apart, either sign is as likely and the test exact, at every level
    and however heavy the tails; redrawing pairs is too eager for few pairs, and blunt where
    Benjamini-Hochberg asks for small p-values (figures in docs/verdicts.md). Up to 13 pairs all
    signs are gone through; above, 10,000 with a fixed seed; beyond 100,000 pairs a paired t-test
    says the same. The interval holds the differences this very test would not reject.

    The order of the samples does not matter. `n` is the number of pairs. None for fewer than two
    pairs and where a number is not finite; ValueError for unequal shapes.
    """
    differences = _differences(before, after)
    if differences is None:
        return None
    mean = fsum(differences) / differences.size
    # Turned so that the mean is positive: swapped sides draw the same signs.
    turned = -differences[::-1] if mean < 0 else differences
    test, p_value, interval = mean_by_flips(turned, abs(mean))
    if interval is not None and mean < 0:
        interval = -interval[1], -interval[0]
    elif interval is not None and mean == 0:
        other = mean_by_flips(-differences[::-1], 0.0)[2] or interval
        reach = max(map(abs, (*interval, *other)))
        interval = -reach, reach
    return Evidence(EvidenceKind.PAIRED, test, p_value, None, interval, int(differences.size))


def _flags(values: ArrayLike) -> NDArray[np.bool_]:
    import numpy as np

    array = np.asarray(values)
    if array.ndim != 1 or not np.isin(array, (0, 1)).all():
        raise ValueError("expected one right or wrong per sample")
    return array.astype(np.bool_)


def _tango_upper(gained: int, lost: int, n: int) -> float:
    """Return the largest difference of shares that the score test does not reject.

    The lower end is this one with the roles exchanged, so that swapping sides mirrors it.
    """
    from scipy import special

    z = float(special.ndtri(1 - LEVEL / 2))
    low, high = (gained - lost) / n, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if gained - lost - n * middle > -z * _tango_error(gained, lost, n, middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _tango_error(gained: int, lost: int, n: int, difference: float) -> float:
    """Return the standard error of gained - lost if `difference` were true (Tango's eq. 14)."""
    slope = (2 * n - gained + lost) * difference - gained - lost
    spread = difference * (1 - difference)
    share = (sqrt(slope * slope + 8 * n * lost * spread) - slope) / (4 * n)
    return sqrt(max(0.0, n * (2 * share + spread)))


def _differences(before: ArrayLike, after: ArrayLike) -> NDArray[np.float64] | None:
    """Return after minus before in an order that depends on the values alone."""
    import numpy as np

    first, second = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError("the two sides have different numbers of samples")
    difference = second - first
    if difference.size < 2 or not np.isfinite(difference).all():
        return None
    return np.sort(difference)

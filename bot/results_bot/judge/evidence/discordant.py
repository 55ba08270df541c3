"""The p-value of pairs that disagree: how likely so lopsided a split is where none is better.

Owns McNemar's test in its exact and its mid-p form; what a pair is, and the interval, are not here.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT_BELOW = 25
"""Discordant pairs."""
_UNLIKELY = 1e-9
"""Chance that the true share of discordant pairs lies outside of the shares gone through."""
_SHARES = 200


def discordant_p(gained: int, lost: int, n: int) -> float:
    """Return the two-sided p-value of `gained` against `lost` among n pairs."""
    if gained == lost:
        return 1.0
    if gained + lost < EXACT_BELOW:
        return _unconditional(gained, lost, n)
    return _mid_p(min(gained, lost), gained + lost)


def _unconditional(gained: int, lost: int, n: int) -> float:
    """Exact over everything n samples could have given (Suissa, Shuster 1991).

    The binomial test holds the number of discordant pairs for given, and is cautious for it: five
    to none cannot pass 5 %. Here only n is given. The p-value is the largest over every share of
    discordant pairs that the data allow; that it might be another share is added (Berger, Boos
    1994). So it never exceeds its level, and finds as much as the mid-p test does.
    """
    import numpy as np
    from scipy import special

    seen = gained + lost
    low = float(special.betaincinv(seen, n - seen + 1, _UNLIKELY / 2))
    high = float(special.betaincinv(seen + 1, n - seen, 1 - _UNLIKELY / 2)) if seen < n else 1.0
    # Ten standard deviations beyond the largest share: more pairs never disagree.
    most = min(n, int(n * high + 10 * sqrt(n * high) + 10))
    discordant = np.arange(1, most + 1)
    as_lopsided = _lopsided(discordant, (gained - lost) ** 2 / seen)
    share = np.linspace(low, high, _SHARES)[:, np.newaxis]
    log_chance = (
        special.gammaln(n + 1)
        - special.gammaln(discordant + 1)
        - special.gammaln(n - discordant + 1)
        + special.xlogy(discordant, share)
        + special.xlog1py(n - discordant, -share)
    )
    p_value = float((np.exp(log_chance) @ as_lopsided).max())
    return min(1.0, p_value + _UNLIKELY)


def _lopsided(discordant: NDArray[np.int_], chi_square: float) -> NDArray[np.float64]:
    """Return the chance that so many fair coins split as unevenly, by McNemar's statistic."""
    import numpy as np
    from scipy import special

    # Rounding must not part splits that are as uneven as the one seen.
    fewer = np.floor((discordant - np.sqrt(discordant * chi_square)) / 2 + 1e-9)
    chance = 2 * special.bdtr(np.maximum(fewer, 0), discordant, 0.5)
    return np.where(fewer < 0, 0.0, np.minimum(1.0, chance))


def _mid_p(fewer: int, discordant: int) -> float:
    from scipy import special

    below = float(special.bdtr(fewer - 1, discordant, 0.5)) if fewer else 0.0
    return min(1.0, float(special.bdtr(fewer, discordant, 0.5)) + below)

"""Paired tests: both sides were measured on the same samples.

`mcnemar` compares right or wrong per sample, `paired_means` a number per sample such as a loss, and
`randomisation` scores that are no mean over samples, such as F1.
They show whether these two models differ, not whether another training would have differed too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import fsum, inf, isinf, sqrt
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from results_bot.metric_names import tokens
from results_bot.model import Evidence, EvidenceKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from results_bot.collect.samples import Samples

    Floats = NDArray[np.float64]

LEVEL = 0.05
"""Two-sided level of the intervals."""

OF_LOSSES, OF_CLASSES = 2.0, 1.4
"""How much more two trainings of one recipe differ than their samples suggest, at most: as measured
for losses, and for right or wrong classes (docs/verdicts.md)."""

EXACT_BELOW = 25
"""Number of discordant pairs from which McNemar's mid-p test replaces the exact one."""
_UNLIKELY = 1e-9
"""Probability that the true share of discordant pairs lies outside the range searched."""
_SHARES = 200
"""Grid points in that range."""

MOST_ENUMERATED = 13
"""Pairs up to which all sign patterns are enumerated."""
MOST_RESAMPLED = 100_000
"""Pairs up to which sign patterns are sampled; Student's t beyond."""
FIRST_RESAMPLES, ALL_RESAMPLES = 1_000, 10_000
_SEED = 20_260_101
_CELLS = 1 << 18
"""Signs drawn at a time: 2 MB as floats."""

SWAPS = 2_000
"""Random swaps of predictions: p-values down to 0.0005."""
MOST_CLASSES = 100
_SWAP_SEED = 20_250_101


def mcnemar(before: ArrayLike, after: ArrayLike) -> Evidence | None:
    """Compare right or wrong per sample: booleans (or 0 and 1) of shape (n,), in one order.

    Uses the exact unconditional test below 25 discordant pairs, which keeps its level for any
    data, and the mid-p test from there on: chi-square with continuity correction is conservative,
    and without it may exceed the level (Fagerland, Lydersen, Laake 2013, BMC Medical Research
    Methodology 13:91, recommend these two). The exact binomial test would miss half of what they
    find where ten samples disagree. The interval of the difference of the two
    shares is Tango's score interval (1998, Statistics in Medicine 17:891). `n` is the number of
    pairs. Returns None for no pairs.
    """
    import numpy as np

    was, now = np.asarray(before, dtype=np.bool_), np.asarray(after, dtype=np.bool_)
    n = int(was.size)
    if n == 0:
        return None
    gained, lost = int((now & ~was).sum()), int((was & ~now).sum())
    form = "exact unconditional" if gained + lost < EXACT_BELOW else "mid-p"
    interval = -_tango_upper(lost, gained, n), _tango_upper(gained, lost, n)
    p_value = discordant_p(gained, lost, n)
    return Evidence(EvidenceKind.PAIRED, f"McNemar, {form}", p_value, None, interval, n)


def discordant_p(gained: int, lost: int, n: int) -> float:
    """Return McNemar's two-sided p-value of `gained` against `lost` among n pairs."""
    from scipy.special import bdtr

    if gained == lost:
        return 1.0
    if gained + lost < EXACT_BELOW:
        return _unconditional_p(gained, lost, n)
    fewer, discordant = min(gained, lost), gained + lost
    below = bdtr(fewer - 1, discordant, 0.5) if fewer else 0.0
    return float(bdtr(fewer, discordant, 0.5) + below)


def _unconditional_p(gained: int, lost: int, n: int) -> float:
    """Return the exact p-value over every outcome of n pairs (Suissa, Shuster 1991).

    The binomial test conditions on the number of discordant pairs and is conservative for it: five
    to none cannot reach 5 %. Here only n is given. The p-value is the largest over all shares of
    discordant pairs in their 1 - 1e-9 confidence interval, plus 1e-9 for the shares outside
    (Berger, Boos 1994), so that it never exceeds its level.
    """
    import numpy as np
    from scipy.special import bdtr, betaincinv
    from scipy.stats import binom

    seen = gained + lost
    low = betaincinv(seen, n - seen + 1, _UNLIKELY / 2)
    high = betaincinv(seen + 1, n - seen, 1 - _UNLIKELY / 2) if seen < n else 1.0
    # Ten standard deviations beyond the largest share; the rest has no weight.
    most = min(n, int(n * high + 10 * sqrt(n * high) + 10))
    discordant = np.arange(1, most + 1)
    # Probability of a split as uneven as the one seen, by McNemar's statistic, for each number of
    # discordant pairs; the small term keeps rounding from separating equally uneven splits.
    reach = np.sqrt(discordant * (gained - lost) ** 2 / seen)
    fewer = np.floor((discordant - reach) / 2 + 1e-9)
    tails = 2 * bdtr(np.maximum(fewer, 0), discordant, 0.5)
    as_uneven = np.where(fewer < 0, 0.0, np.minimum(1.0, tails))
    shares = np.linspace(low, high, _SHARES)[:, np.newaxis]
    p_value = float((binom.pmf(discordant, n, shares) @ as_uneven).max())
    return min(1.0, p_value + _UNLIKELY)


def _tango_upper(gained: int, lost: int, n: int) -> float:
    """Return the largest difference of shares that Tango's score test does not reject.

    The lower end is this one with the roles exchanged, so that swapping sides mirrors it.
    """
    from scipy.special import ndtri

    def score(difference: float) -> float:
        slope = (2 * n - gained + lost) * difference - gained - lost
        spread = difference * (1 - difference)
        share = (sqrt(slope * slope + 8 * n * lost * spread) - slope) / (4 * n)
        error = sqrt(max(0.0, n * (2 * share + spread)))  # Tango's equation 14.
        return gained - lost - n * difference + z * error

    z = float(ndtri(1 - LEVEL / 2))
    low, high = (gained - lost) / n, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if score(middle) > 0 else (low, middle)
    return (low + high) / 2


def paired_means(before: ArrayLike, after: ArrayLike) -> Evidence | None:
    """Compare the means of a number per sample, such as its loss: shape (n,), in one order.

    A sign-flip test, also called a wild bootstrap with the null imposed: it flips the signs of the
    differences at random and counts how often their mean gets as far from zero (Davidson,
    Flachaire 2008). If only chance separates the two models either sign is as likely, so the test
    is exact at every level and for any tails; redrawing pairs rejects too often with few pairs, and
    lacks power at the small p-values that Benjamini-Hochberg asks for. Up to 13
    pairs all patterns are enumerated, up to 100,000 pairs 10,000 are drawn with a fixed seed, and
    beyond that a paired t-test gives the same. The interval holds the differences that this test
    does not reject.

    The order of the samples does not matter. `n` is the number of pairs. Returns None for fewer
    than two pairs or a number that is not finite.
    """
    import numpy as np

    first, second = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    differences = np.sort(second - first)
    if differences.size < 2 or not np.isfinite(differences).all():
        return None
    mean = fsum(differences) / differences.size
    # Oriented so that the mean is positive: exchanged sides then draw the same signs.
    oriented = -differences[::-1] if mean < 0 else differences
    test, p_value, interval = _sign_flips(oriented, abs(mean))
    if interval is not None and mean < 0:
        interval = -interval[1], -interval[0]
    elif interval is not None and mean == 0:
        other = _sign_flips(-differences[::-1], 0.0)[2] or interval
        reach = max(map(abs, (*interval, *other)))
        interval = -reach, reach
    return Evidence(EvidenceKind.PAIRED, test, p_value, None, interval, int(differences.size))


def with_training_noise(evidence: Evidence, factor: float) -> Evidence:
    """Return evidence on one training a side with its standard error multiplied by a factor.

    Samples show how two models differ; another training of the same recipe would differ too.
    """
    from scipy.special import ndtr, ndtri

    p_value = 2 * float(ndtr(ndtri((evidence.p_value or 0.0) / 2) / factor))
    interval = evidence.interval
    if interval is not None:
        middle, reach = (interval[0] + interval[1]) / 2, factor * (interval[1] - interval[0]) / 2
        interval = middle - reach, middle + reach
    return replace(evidence, p_value=p_value, interval=interval)


def _sign_flips(differences: Floats, mean: float) -> tuple[str, float, tuple[float, float] | None]:
    """Return test, p-value and interval of a mean >= 0; no interval where few pairs bound none."""
    n = differences.size
    if n > MOST_RESAMPLED:
        from scipy import stats

        if differences[0] == differences[-1]:
            return "paired t", float(mean == 0), (mean, mean)
        student = stats.ttest_1samp(differences, 0)
        low, high = student.confidence_interval(1 - LEVEL)
        return "paired t", float(student.pvalue), (float(low), float(high))
    if n <= MOST_ENUMERATED:
        sums = _kept_sums(differences, 2**n)
        test, p_value = "sign flips, exact", float(_as_far(sums, differences, mean).mean())
    else:
        # Most comparisons have nothing to show: a hundred resamples as far out settle that
        # (sequential Monte Carlo: Besag, Clifford 1991) at a tenth of the cost.
        sums = _kept_sums(differences, FIRST_RESAMPLES)
        if _as_far(sums, differences, mean).sum() <= 100:
            sums = _kept_sums(differences, ALL_RESAMPLES)
        test, p_value = "paired bootstrap", _tail_p(sums, differences, mean)
    return test, p_value, _typical_values(sums, differences)


def _kept_sums(differences: Floats, resamples: int) -> Floats:
    """Return count and sum of the differences that keep their sign, shape (resamples, 2).

    Enumerates all patterns where there are 2**n resamples of at most 13 pairs; otherwise the first
    row is the sample itself, and the others are drawn in blocks of bounded size.
    """
    import numpy as np

    n = differences.size
    columns = np.column_stack([np.ones(n), differences])
    if n <= MOST_ENUMERATED:
        kept = (np.arange(2**n)[:, np.newaxis] >> np.arange(n) & 1).astype(np.float64)
        return kept @ columns
    rng, width = np.random.default_rng(_SEED), (n + 7) // 8
    rows = min(resamples, max(1, _CELLS // n))
    # One buffer for all blocks: fresh memory for each would cost five times the arithmetic.
    kept = np.empty((rows, n))
    sums = [columns.sum(axis=0, keepdims=True)]
    for start in range(1, resamples, rows):
        size = min(rows, resamples - start)
        bits = np.frombuffer(rng.bytes(size * width), dtype=np.uint8).reshape(size, width)
        kept[:size] = np.unpackbits(bits, axis=1, count=n)
        sums.append(kept[:size] @ columns)
    return np.concatenate(sums)


def _as_far(sums: Floats, differences: Floats, mean: float) -> NDArray[np.bool_]:
    """Return which sign patterns bring the mean as far from zero as it is, but for rounding."""
    flipped = abs(2 * sums[:, 1] / differences.size - mean)
    as_far: NDArray[np.bool_] = flipped >= mean - 1e-12 * abs(differences).mean()
    return as_far


def _tail_p(sums: Floats, differences: Floats, mean: float) -> float:
    """Return the share of sign patterns as far out, extrapolated where fewer than ten are.

    A report of a thousand comparisons asks a lone change for p below 0.00005. Beyond the tenth of
    the resamples the tail is the normal one, scaled to pass through that tenth. A mean of numbers
    with random signs has lighter tails (Hoeffding 1963), so that the estimate errs on the cautious
    side; and no pattern of signs is less likely than 2 ** (1 - n).
    """
    from scipy.special import ndtr, ndtri

    resamples, n = len(sums), differences.size
    as_far = int(_as_far(sums, differences, mean).sum())
    if as_far > 10:
        return as_far / resamples
    tenth = float(sorted(abs(2 * sums[1:, 1] / n - mean))[-10])
    return max(2 * float(ndtr(ndtri(5 / resamples) * mean / tenth)), 2.0 ** (1 - n))


def _typical_values(sums: Floats, differences: Floats) -> tuple[float, float] | None:
    """Return the interval of true differences that the sign flips do not reject at 5 %.

    A pattern brings the mean as far from a supposed value as it is exactly if that value lies
    between the mean of the kept differences and that of the flipped ones (Hartigan 1969).
    """
    import numpy as np

    count, total = sums[:, 0], differences.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.stack([sums[:, 1] / count, (total - sums[:, 1]) / (differences.size - count)])
    whole = (count == 0) | (count == differences.size)
    low = np.where(whole, -inf, means.min(axis=0))
    high = np.where(whole, inf, means.max(axis=0))
    rank = int(LEVEL * len(sums))
    ends = float(np.sort(low)[rank]), float(np.sort(high)[-1 - rank])
    return None if isinf(ends[0]) or isinf(ends[1]) else ends


def randomisation(
    name: str, pairs: tuple[Samples, Samples], fits: Callable[[float, float], bool]
) -> Evidence | None:
    """Compare a score of predictions that is no mean over samples: F1, precision or recall.

    If two models are alike, it does not matter which of them made which of two predictions:
    swapping them at random, sample by sample, shows how far the score moves by chance.

    `fits` is whether two scores are the metric's values; None where no average of the score is.
    """
    import numpy as np

    one, other = pairs
    labels = [one.target, one.predicted, other.predicted]
    classes, codes = np.unique(np.concatenate(labels).astype(str), return_inverse=True)
    target, first, second = np.split(codes, 3)
    if len(classes) > MOST_CLASSES:
        return None

    def counts(predicted: NDArray[Any]) -> NDArray[Any]:
        flat = np.bincount(target * len(classes) + predicted, minlength=len(classes) ** 2)
        return flat.reshape(len(classes), len(classes))

    before, after = counts(first), counts(second)
    for score in _scores(name, len(classes)):
        if fits(score(before), score(after)):
            break
    else:
        return None
    observed = abs(score(after) - score(before))
    rng, reached = np.random.default_rng(_SWAP_SEED), 0
    for _ in range(SWAPS):
        swap = rng.random(len(target)) < 0.5
        drawn = [counts(np.where(swap, *both)) for both in ((first, second), (second, first))]
        reached += abs(score(drawn[0]) - score(drawn[1])) >= observed - 1e-12
    p_value = (1 + reached) / (1 + SWAPS)
    return Evidence(EvidenceKind.PAIRED, "randomisation test", p_value, n=len(target))


def _scores(name: str, classes: int) -> Iterator[Callable[[NDArray[Any]], float]]:
    """Yield the averages of a score that a metric of this name may be, from counts by class."""
    import numpy as np

    words = set(tokens(name))
    balanced = "balanced" in words and not {"acc", "accuracy"}.isdisjoint(words)
    is_recall = balanced or not {"recall", "sensitivity"}.isdisjoint(words)
    if not (is_recall or "precision" in words or not {"f1", "fscore"}.isdisjoint(words)):
        return

    def by_class(table: NDArray[Any]) -> tuple[Floats, Floats]:
        right, targets, predicted = table.diagonal(), table.sum(axis=1), table.sum(axis=0)
        of = targets if is_recall else predicted if "precision" in words else targets + predicted
        whole = right if is_recall or "precision" in words else 2 * right
        return whole / np.maximum(of, 1), targets

    def macro(table: NDArray[Any]) -> float:
        scores, targets = by_class(table)
        return float(scores[targets > 0].mean())

    def weighted(table: NDArray[Any]) -> float:
        scores, targets = by_class(table)
        return float(np.average(scores, weights=targets))

    yield macro
    if not balanced:
        yield weighted
        yield from ((lambda table, at=at: float(by_class(table)[0][at])) for at in range(classes))

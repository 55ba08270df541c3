"""A randomisation test for scores that are no mean over samples: F1, precision, recall.

If two models are alike, it does not matter which of them made which of two predictions: swapping
them at random, sample by sample, shows how far the score moves by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from results_bot.metric_names import tokens
from results_bot.model import Evidence, EvidenceKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from results_bot.collect.samples import Samples

    Floats = NDArray[np.float64]

DRAWN = 2_000
"""Random swaps: p-values down to 0.0005."""
MOST_CLASSES = 100
_SEED = 20_250_101


def randomisation(
    name: str, pairs: tuple[Samples, Samples], fits: Callable[[float, float], bool]
) -> Evidence | None:
    """Return the evidence on a score of both sides' predictions of the same samples.

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
    rng, reached = np.random.default_rng(_SEED), 0
    for _ in range(DRAWN):
        swap = rng.random(len(target)) < 0.5
        drawn = [counts(np.where(swap, *both)) for both in ((first, second), (second, first))]
        reached += abs(score(drawn[0]) - score(drawn[1])) >= observed - 1e-12
    p_value = (1 + reached) / (1 + DRAWN)
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

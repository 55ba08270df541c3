"""Choose the strongest evidence that what is known of two values allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from results_bot.judge.evidence.independent import (
    Moments,
    Rate,
    mirrored,
    moments,
    one_against_several,
    proportions,
    replicates,
    two_means,
)
from results_bot.judge.evidence.paired import mcnemar, paired_means
from results_bot.model import Evidence, EvidenceKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOLERANCE_ALONE = Evidence(EvidenceKind.TOLERANCE, "tolerance alone")
"""No test is possible: there is no p-value and no interval."""


class Measurement(msgspec.Struct, frozen=True):
    """What is known of one metric of one run; everything may be missing.

    Sample arrays have shape (n,) and hold the same samples in the same order on both sides.
    """

    correct: Sequence[bool] | NDArray[np.bool_] | None = None
    """Right or wrong per sample, where the metric is the share of right ones."""
    per_sample: Sequence[float] | NDArray[np.float64] | None = None
    """A number per sample, where the metric is their mean."""
    seeds: Sequence[float] = ()
    """The metric's value for every replicate; one where there was a single training."""
    over_seeds: Moments | None = None
    """Over replicates, where only the page remembers them."""
    rate: Rate | None = None
    """The value, where it is a share of a known number of samples."""
    over_samples: Moments | None = None
    """Over samples, where the artifact gives the metric's standard deviation."""
    whole: float = 1.0
    """What a share of one is in the metric's own unit: 100 where that is percent."""


def strongest(before: Measurement, after: Measurement) -> Evidence:
    """Return the first evidence that both sides support.

    In order: paired samples, replicate seeds, sample counts, else the tolerance alone. Sample
    arrays of unequal length are not pairs.
    """
    return next(found for found in _attempts(before, after) if found is not None)


def _attempts(before: Measurement, after: Measurement) -> Iterator[Evidence | None]:
    one, other = before.correct, after.correct
    if one is not None and other is not None and len(one) == len(other):
        yield _in_units(mcnemar(one, other), before.whole)
    first, second = before.per_sample, after.per_sample
    if first is not None and second is not None and len(first) == len(second):
        yield paired_means(first, second)

    yield replicates(before.seeds, after.seeds)
    old, new = (
        moments(side.seeds) if len(side.seeds) >= 2 else side.over_seeds for side in (before, after)
    )
    if old is not None and new is not None:
        yield two_means(old, new, EvidenceKind.SEEDS)
    elif new is not None and len(before.seeds) == 1:
        yield one_against_several(before.seeds[0], new)
    elif old is not None and len(after.seeds) == 1:
        yield mirrored(one_against_several(after.seeds[0], old))

    if before.rate is not None and after.rate is not None:
        yield _in_units(proportions(before.rate, after.rate), before.whole)
    if before.over_samples is not None and after.over_samples is not None:
        yield two_means(before.over_samples, after.over_samples)
    yield TOLERANCE_ALONE


def _in_units(evidence: Evidence | None, whole: float) -> Evidence | None:
    """Return evidence on shares with its interval in the metric's own unit."""
    if evidence is None or evidence.interval is None or whole == 1:
        return evidence
    low, high = evidence.interval
    return replace(evidence, interval=(low * whole, high * whole))

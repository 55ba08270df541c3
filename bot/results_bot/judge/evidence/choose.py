"""Picks the strongest evidence that what is known of two values allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from results_bot.judge.evidence.counts import Rate, proportions
from results_bot.judge.evidence.decide import tolerance_alone
from results_bot.judge.evidence.means import Moments, two_means
from results_bot.judge.evidence.paired import mcnemar, paired_means
from results_bot.judge.evidence.seeds import mirrored, moments, one_against_several, replicates
from results_bot.model import Evidence, EvidenceKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Side(msgspec.Struct, frozen=True):
    """What is known of one metric of one run, on one side; everything may be missing.

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


def strongest(before: Side, after: Side) -> Evidence:
    """Return the first evidence both sides support: paired, seeds, counts, else tolerance alone.

    Sample arrays of unequal length are not pairs; the next evidence is taken.
    """
    for attempt in _ATTEMPTS:
        evidence = attempt(before, after)
        if evidence is not None:
            return evidence
    return tolerance_alone()


def _correct(before: Side, after: Side) -> Evidence | None:
    if before.correct is None or after.correct is None:
        return None
    if len(before.correct) != len(after.correct):
        return None
    return _in_units(mcnemar(before.correct, after.correct), before.whole)


def _per_sample(before: Side, after: Side) -> Evidence | None:
    if before.per_sample is None or after.per_sample is None:
        return None
    if len(before.per_sample) != len(after.per_sample):
        return None
    return paired_means(before.per_sample, after.per_sample)


def _seeds(before: Side, after: Side) -> Evidence | None:
    return replicates(before.seeds, after.seeds)


def _over_seeds(before: Side, after: Side) -> Evidence | None:
    first, second = _seed_moments(before), _seed_moments(after)
    if first is not None and second is not None:
        return two_means(first, second, EvidenceKind.SEEDS)
    if second is not None and len(before.seeds) == 1:
        return one_against_several(before.seeds[0], second)
    if first is not None and len(after.seeds) == 1:
        return mirrored(one_against_several(after.seeds[0], first))
    return None


def _seed_moments(side: Side) -> Moments | None:
    return moments(side.seeds) if len(side.seeds) >= 2 else side.over_seeds


def _rates(before: Side, after: Side) -> Evidence | None:
    if before.rate is None or after.rate is None:
        return None
    return _in_units(proportions(before.rate, after.rate), before.whole)


def _in_units(evidence: Evidence | None, whole: float) -> Evidence | None:
    """Return evidence on shares with its interval in the metric's own unit."""
    if evidence is None or evidence.interval is None or whole == 1:
        return evidence
    low, high = evidence.interval
    return replace(evidence, interval=(low * whole, high * whole))


def _over_samples(before: Side, after: Side) -> Evidence | None:
    if before.over_samples is None or after.over_samples is None:
        return None
    return two_means(before.over_samples, after.over_samples)


_ATTEMPTS: tuple[Callable[[Side, Side], Evidence | None], ...] = (
    _correct,
    _per_sample,
    _seeds,
    _over_seeds,
    _rates,
    _over_samples,
)

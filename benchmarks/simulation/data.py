"""Reports drawn with a known truth: values, what is known of each, p-values of other tests."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

import numpy as np
from results_bot.judge.evidence.independent import Moments, Rate
from results_bot.judge.measurements import Measurement
from scipy import special

from benchmarks.simulation.reference import (
    Bools,
    Floats,
    mid_p,
    paired_t_p,
    student_p,
    two_sided,
    welch_p,
    wilcoxon_p,
)

OURS, STRONGEST, ANY = "results-bot", "strongest test", "any change"
FIVE, TWICE = "5 % threshold", "200 % threshold"
WELCH, WELCH_TOO = "Welch, unadjusted", "Welch, adjusted"
ONE_SIDED, WILCOXON, MID_P = "strongest, one-sided", "Wilcoxon", "McNemar, mid-p"


class Drawn(NamedTuple):
    """One report: a value a comparison, shape (comparisons,), and what is known of each."""

    before: Floats
    after: Floats
    sides: list[tuple[Measurement, Measurement]]
    p_values: dict[str, Floats]
    """Of the other tests, two-sided, before any adjustment."""


Draw = Callable[[np.random.Generator, int, int, Floats], Drawn]


def latent(
    rng: np.random.Generator, runs: int, metrics: int, n: int, trainings: int = 2, own: float = 0.1
) -> list[Floats]:
    """Return how hard each sample is for each run and metric, in every training.

    Standard normal, each of shape (runs * metrics, n). Samples are hard for all runs alike (60 %),
    for one run (20 %) or in one metric; `own` is what a training adds by chance, half of it in all
    metrics of a run together.
    """

    def normal(*shape: int) -> Floats:
        return rng.standard_normal(shape)

    shared = sqrt(0.6) * normal(1, 1, n) + sqrt(0.2) * normal(runs, 1, n)
    shared = shared + sqrt(0.2 - own) * normal(runs, metrics, n)
    every = (
        shared + sqrt(own / 2) * (normal(runs, 1, n) + normal(runs, metrics, n))
        for _ in range(trainings)
    )
    return [one.reshape(-1, n) for one in every]


def paired_flags(
    n: int, spread: float = 0.0, evidence: str = "correct", share: float = 0.8
) -> Draw:
    """Right or wrong on one test set; `spread` is how far one training strays from its recipe."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        hard = latent(rng, runs, metrics, n)
        strays = rng.normal(0, spread, (2, effect.size)) if spread else np.zeros((2, effect.size))
        easy = special.ndtri(share + strays[0]), special.ndtri(share - effect + strays[1])
        right = [z < limit[:, np.newaxis] for z, limit in zip(hard, easy, strict=True)]
        return of_flags(right[0], right[1], evidence)

    return draw


def separate_flags(n: int, m: int, share: float = 0.8) -> Draw:
    """Right or wrong on a test set of its own for either side: only the counts are comparable."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        limit = special.ndtri(share - effect)[:, np.newaxis]
        before = latent(rng, runs, metrics, n)[0] < special.ndtri(share)
        return of_flags(before, latent(rng, runs, metrics, m)[0] < limit, "rate")

    return draw


def of_flags(before: Bools, after: Bools, evidence: str) -> Drawn:
    n, m = before.shape[1], after.shape[1]
    right = before.astype(np.float64), after.astype(np.float64)
    first, second = right[0].mean(1), right[1].mean(1)
    if evidence == "rate":
        pooled = (n * first + m * second) / (n + m)
        variance = pooled * (1 - pooled) * (1 / n + 1 / m)
        z = (second - first) / np.sqrt(np.maximum(variance, 1e-300))
    else:
        discordant = np.maximum((before != after).sum(1), 1)
        z = n * (second - first) / np.sqrt(discordant, dtype=np.float64)
    p_values = {STRONGEST: two_sided(z), WELCH: welch_p(*right)}
    if evidence == "correct":
        p_values[MID_P] = mid_p((after & ~before).sum(1), (before & ~after).sum(1))
    sides = [
        (flag_side(b, evidence), flag_side(a, evidence)) for b, a in zip(before, after, strict=True)
    ]
    return Drawn(first, second, sides, p_values)


def flag_side(right: Bools, evidence: str) -> Measurement:
    if evidence == "correct":
        return Measurement(correct=right)
    return (
        Measurement(rate=Rate(float(right.mean()), right.size))
        if evidence == "rate"
        else Measurement()
    )


def paired_losses(n: int, sigma: float = 0.7) -> Draw:
    """A log-normal loss per sample on one test set; the effect is relative."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        hard = latent(rng, runs, metrics, n)
        losses = [np.exp(sigma * one) for one in hard]
        return of_losses(losses[0], losses[1] * (1 + effect[:, np.newaxis]))

    return draw


def of_losses(before: Floats, after: Floats) -> Drawn:
    sides = [
        (Measurement(per_sample=b), Measurement(per_sample=a))
        for b, a in zip(before, after, strict=True)
    ]
    p_values = {
        STRONGEST: paired_t_p(after - before),
        WELCH: welch_p(before, after),
        WILCOXON: wilcoxon_p(after - before),
    }
    return Drawn(before.mean(1), after.mean(1), sides, p_values)


def skewed_losses(n: int) -> Draw:
    """Means agree, but the differences are skewed: most samples gain a little, few lose much."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        before = np.exp(0.7 * latent(rng, runs, metrics, n)[0])
        shift = rng.exponential(1.0, before.shape) - 1 + effect[:, np.newaxis]
        return of_losses(before, before + 0.3 * shift)

    return draw


def separate_losses(n: int, m: int) -> Draw:
    """Mean, standard deviation and count of losses on a test set of its own for either side."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        before = np.exp(0.7 * latent(rng, runs, metrics, n)[0])
        after = np.exp(0.7 * latent(rng, runs, metrics, m)[0]) * (1 + effect[:, np.newaxis])
        sides = [
            (Measurement(over_samples=known(b)), Measurement(over_samples=known(a)))
            for b, a in zip(before, after, strict=True)
        ]
        p_values = {STRONGEST: student_p(before, after), WELCH: welch_p(before, after)}
        return Drawn(before.mean(1), after.mean(1), sides, p_values)

    return draw


def known(values: Floats) -> Moments:
    return Moments(float(values.mean()), float(values.std(ddof=1)), values.size)

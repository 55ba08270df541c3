"""Trainings that differ in their seeds; the noise of a training in several shapes."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from results_bot.judge.measurements import Measurement
from scipy import special

from benchmarks.simulation.data import STRONGEST, WELCH, Draw, Drawn, latent
from benchmarks.simulation.reference import Floats, student_p, welch_p

Noise = Callable[[np.random.Generator, tuple[int, ...]], Floats]


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return rng.standard_normal(shape)


def heavy(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return rng.standard_t(3, shape)


def skewed(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return 1 - rng.exponential(1.0, shape)


def diverging(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """One training in ten goes astray by ten standard deviations."""
    return rng.standard_normal(shape) - 10 * (rng.random(shape) < 0.1)


def seeds(n: int, m: int, noise: Noise = normal, ratio: float = 1.0) -> Draw:
    """n and m trainings of either side, 1 point apart by chance; `ratio` widens the new ones."""

    def side(rng: np.random.Generator, runs: int, metrics: int, size: int) -> Floats:
        both = noise(rng, (runs, 1, size)) + noise(rng, (runs, metrics, size))
        return 0.8 + 0.01 * (both / sqrt(2)).reshape(-1, size)

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        before = side(rng, runs, metrics, n)
        after = 0.8 + ratio * (side(rng, runs, metrics, m) - 0.8) - effect[:, np.newaxis]
        return of_seeds(before, after)

    return draw


def trained(size: int, n: int, spread: float) -> Draw:
    """So many trainings a side, each measured on the same n samples, `spread` apart by chance."""

    def draw(rng: np.random.Generator, runs: int, metrics: int, effect: Floats) -> Drawn:
        hard = latent(rng, runs, metrics, n, 2 * size)
        strays = rng.normal(0, spread, (2 * size, effect.size))
        worse = np.repeat([0.0, 1.0], size)[:, np.newaxis] * effect
        limits = special.ndtri(0.8 - worse + strays)[:, :, np.newaxis]
        shares = [(z < limit).mean(1) for z, limit in zip(hard, limits, strict=True)]
        return of_seeds(np.stack(shares[:size], 1), np.stack(shares[size:], 1))

    return draw


def of_seeds(before: Floats, after: Floats) -> Drawn:
    pairs = zip(before.tolist(), after.tolist(), strict=True)
    p_values = {STRONGEST: student_p(before, after), WELCH: welch_p(before, after)}
    sides = [(Measurement(seeds=b), Measurement(seeds=a)) for b, a in pairs]
    return Drawn(before.mean(1), after.mean(1), sides, p_values)

"""The kinds of data that are drawn, with the sizes of the effects."""

from __future__ import annotations

from dataclasses import dataclass

from results_bot.model import Direction, Tolerance

from benchmarks.simulation.data import (
    Draw,
    paired_flags,
    paired_losses,
    separate_flags,
    separate_losses,
    skewed_losses,
)
from benchmarks.simulation.seeds import diverging, heavy, seeds, skewed, trained

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
EXACTLY = Tolerance()


@dataclass(frozen=True)
class Regime:
    """One kind of data; effects are amounts by which a value gets truly worse."""

    title: str
    draw: Draw
    direction: Direction
    effects: tuple[float, ...] = ()
    unit: str = ""
    tolerance: Tolerance = EXACTLY


POINTS = "points"
MAIN = {
    "flags": Regime(
        "Paired, right or wrong (1,000 samples)",
        paired_flags(1000), HIGHER, (0.01, 0.02, 0.03, 0.04, 0.05), POINTS,
    ),
    "losses": Regime(
        "Paired, loss (300 samples)",
        paired_losses(300), LOWER, (0.03, 0.05, 0.07, 0.10, 0.14), "% of loss",
    ),
    "seeds": Regime(
        "5 seeds a side", seeds(5, 5), HIGHER, (0.01, 0.02, 0.03, 0.04, 0.05), POINTS
    ),
    "rates": Regime(
        "Counts: rate (1,000 samples)",
        separate_flags(1000, 1000), HIGHER, (0.02, 0.04, 0.06, 0.08, 0.10), POINTS,
    ),
    "moments": Regime(
        "Counts: mean, std, n (300 samples)",
        separate_losses(300, 300), LOWER, (0.10, 0.15, 0.20, 0.30, 0.40), "% of loss",
    ),
}  # fmt: skip
EDGES = {
    "flags-100": Regime(
        "Right or wrong, 100 samples: about 10 disagree",
        paired_flags(100), HIGHER, (0.05, 0.08, 0.11, 0.14, 0.18), POINTS,
    ),
    "flags-200": Regime(
        "Right or wrong, 200 samples: about 20 disagree",
        paired_flags(200), HIGHER, (0.04, 0.06, 0.08, 0.10, 0.13), POINTS,
    ),
    "flags-ceiling": Regime(
        "Right or wrong, 98.5 % are right (1,000 samples)",
        paired_flags(1000, share=0.985), HIGHER, (0.006, 0.009, 0.012, 0.016, 0.02), POINTS,
    ),
    "losses-heavy": Regime(
        "Loss with heavy tails (300 samples)",
        paired_losses(300, 1.5), LOWER, (0.1, 0.15, 0.2, 0.3, 0.4), "% of loss",
    ),
    "losses-30": Regime(
        "Loss, 30 samples", paired_losses(30), LOWER, (0.1, 0.15, 0.2, 0.3, 0.4), "% of loss"
    ),
    "same-set": Regime(
        "Rate from counts, though it is one test set",
        paired_flags(1000, evidence="rate"), HIGHER, (0.02, 0.04, 0.06), POINTS,
    ),
    "rates-ceiling": Regime(
        "Counts: rate of 98.5 % (1,000 samples)",
        separate_flags(1000, 1000, 0.985), HIGHER, (0.01, 0.015, 0.02, 0.03), POINTS,
    ),
    "rates-unequal": Regime(
        "Counts: rate (200 against 2,000 samples)",
        separate_flags(200, 2000), HIGHER, (0.06, 0.09, 0.12, 0.16), POINTS,
    ),
    "seeds-2": Regime("2 seeds a side", seeds(2, 2), HIGHER, (0.03, 0.06, 0.12, 0.24), POINTS),
    "seeds-3": Regime("3 seeds a side", seeds(3, 3), HIGHER, (0.02, 0.03, 0.05, 0.08), POINTS),
    "seeds-4": Regime("4 seeds a side", seeds(4, 4), HIGHER, (0.02, 0.03, 0.04, 0.06), POINTS),
    "seeds-3-5": Regime("3 seeds against 5", seeds(3, 5), HIGHER, (0.02, 0.03, 0.05, 0.08), POINTS),
    "seeds-10-3": Regime("10 seeds against 3", seeds(10, 3), HIGHER, (0.02, 0.03, 0.05), POINTS),
    "trained-3": Regime(
        "3 trainings a side, 1 point apart, on one test set",
        trained(3, 1000, 0.01), HIGHER, (0.03, 0.05, 0.08), POINTS,
    ),
    "seeds-10": Regime("10 seeds a side", seeds(10, 10), HIGHER, (0.01, 0.015, 0.02), POINTS),
    "seeds-1": Regime("5 seeds against one", seeds(5, 1), HIGHER, (0.03, 0.05, 0.08), POINTS),
}  # fmt: skip
LIMITS = {
    "skewed-losses": Regime("Loss, equal means, skewed differences", skewed_losses(300), LOWER),
    "moments-unequal": Regime(
        "Mean, std, n of losses (100 against 1,000)", separate_losses(100, 1000), LOWER
    ),
    "heavy-seeds": Regime("5 seeds, Student's t with 3 degrees", seeds(5, 5, heavy), HIGHER),
    "skewed-seeds": Regime("5 seeds, exponential", seeds(5, 5, skewed), HIGHER),
    "diverging": Regime("5 seeds, one training in ten diverges", seeds(5, 5, diverging), HIGHER),
    "wider-seeds": Regime("5 seeds against 5 of twice the spread", seeds(5, 5, ratio=2), HIGHER),
    "widest-seeds": Regime("3 seeds against 3 of 3 times the spread", seeds(3, 3, ratio=3), HIGHER),
    "unequal-seeds": Regime("10 seeds against 3 of twice it", seeds(10, 3, ratio=2), HIGHER),
    "skewed-unequal": Regime("10 seeds against 3, exponential", seeds(10, 3, skewed), HIGHER),
    "retrained-half": Regime(
        "Paired, one training a side, trainings 0.5 points apart", paired_flags(1000, 0.005), HIGHER
    ),
    "retrained-one": Regime(
        "Paired, one training a side, trainings 1 point apart", paired_flags(1000, 0.01), HIGHER
    ),
    "retrained-tolerance": Regime(
        "The same with a tolerance of 5 points",
        paired_flags(1000, 0.01), HIGHER, tolerance=Tolerance(absolute=0.05),
    ),
    **{
        f"tolerance-{floor}": Regime(
            f"Two single values, tolerance of {floor} point{'s' * (floor != 1)}",
            paired_flags(1000, evidence="nothing"), HIGHER,
            tolerance=Tolerance(absolute=floor / 100),
        )
        for floor in (0, 1, 2, 3, 4)
    },
}  # fmt: skip
REGIMES = MAIN | EDGES | LIMITS

"""The figures of the example: 20 finished runs and 16 that never finished, as a real team had them.

Seed of the example tree in `tree`; also what the tests expect to see again in the page.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Figures(msgspec.Struct, frozen=True):
    """One finished run; `right` and `near` count samples right at once or among three."""

    folder: str
    best_val_loss: float
    test_loss: float
    test_kl: float
    right: int
    near: int
    samples: int
    epochs: int
    predicted: int
    """The one class that the model predicts for every sample."""
    settings: Mapping[str, float] = {}

    @property
    def name(self) -> str:
        """The run's own name."""
        return self.folder.removesuffix("/run").rpartition("/")[2]


def _overnight(
    name: str,
    numbers: tuple[float, float, float],
    entropy: tuple[float, float],
    maxsup: float,
    sharpness: tuple[float, float],
) -> Figures:
    settings = {
        "loss.entropy_weight": entropy[0],
        "loss.min_entropy": entropy[1],
        "loss.maxsup_weight": maxsup,
        "model.temperature": sharpness[0],
        "model.logit_norm": sharpness[1],
    }
    return Figures(f"overnight_runs/{name}/run", *numbers, 517, 1453, 1484, 30, 6, settings)


def _sweep(
    name: str, numbers: tuple[float, float, float], learning_rate: float, layers: int
) -> Figures:
    settings = {"learning_rate": learning_rate, "num_layers": layers}
    folder = f"runs/sweep_1768899422/{name}"
    return Figures(folder, *numbers, 517, 1453, 1484, 20, 6, settings)


FINISHED = (
    _overnight("baseline_reduced_entropy", (0.387396, 0.870462, 0.397668), (0.5, 0.5), 0.1, (4, 1)),
    _overnight("combo_1_entropy_maxsup", (0.371817, 0.858036, 0.396238), (0.5, 0.5), 0.0, (4, 1)),
    _overnight("combo_2_all_reductions", (0.380176, 0.747516, 0.33652), (0.5, 0.5), 0.0, (2, 2)),
    _overnight("combo_3_mild", (0.382714, 0.827455, 0.372229), (2, 1), 0.1, (3, 1.5)),
    _overnight("combo_4_aggressive", (0.449562, 0.729867, 0.325975), (0.1, 0.3), 0.0, (1.5, 3)),
    _overnight("combo_5_no_entropy_reg", (0.398063, 0.775933, 0.346361), (0, 1.5), 0.1, (2, 2)),
    _overnight("combo_6_balanced", (0.357002, 0.770825, 0.35045), (1, 0.8), 0.0, (2.5, 1.8)),
    _overnight("no_maxsup", (0.371816, 0.858042, 0.396241), (5, 1.5), 0.0, (4, 1)),
    _overnight("reduced_temperature", (0.397979, 0.775844, 0.34633), (5, 1.5), 0.1, (2, 2)),
    Figures("runs/alpha_focal_loss_test", 0.270696, 0.652757, 0.397879, 517, 1405, 1484, 20, 6),
    Figures("runs/extreme_focal_loss_test", 0.177964, 0.425082, 0.396197, 517, 1413, 1484, 20, 6),
    Figures("runs/focal_loss_test", 0.280205, 0.643022, 0.395552, 517, 1453, 1484, 20, 6),
    Figures("runs/run_1768745543", 16.019331, 1046.653628, 14.661327, 2, 27, 46, 39, 5),
    Figures("runs/run_1768749157", 18.212266, 2880.093888, 13.994285, 5, 37, 46, 48, 3),
    Figures("runs/run_1768752721", 29.426581, 1403.963023, 13.994285, 5, 37, 46, 48, 3),
    Figures("runs/run_1768836689", 0.387458, 0.871622, 0.39837, 517, 1453, 1484, 100, 6),
    _sweep("baseline", (0.385593, 0.747191, 0.336559), 1e-4, 2),
    _sweep("higher_lr", (0.37689, 0.749454, 0.337344), 2e-4, 2),
    _sweep("lower_lr", (0.386715, 0.766775, 0.345581), 5e-5, 2),
    _sweep("shallow", (0.375746, 0.785487, 0.35302), 1e-4, 1),
)

UNFINISHED = (
    "runs/sweep_1768899422/deeper",
    "runs/sweep_1768904133/baseline",
    *(
        f"runs/run_{stamp}"
        for stamp in (
            1768759639, 1768760397, 1768830155, 1768830306, 1768830324, 1768830402, 1768830669,
            1768831047, 1768831442, 1768831848, 1768832262, 1768833441, 1768834208, 1768834854,
        )
    ),
)  # fmt: skip

"""The example: a team's repository of training runs, and the page that it keeps by hand.

20 runs are finished and 16 never finished, as a real team had them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

PAGE = "RESULTS_SUMMARY.md"
_CLASSES = 8
_NO_PREDICTIONS: dict[str, list[float]] = {"true_distribution": [], "predictions": []}
_HEADER = "| Experiment | Best Val Loss | Test KL | Test Top-1 | Test Top-3 | Epochs |"


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


def write_tree(root: Path) -> None:
    """Write the page and `experiments/`: every finished run and the unfinished ones."""
    _write(root / PAGE, _hand_page())
    for figures in FINISHED:
        write_run(root, figures)
    for folder in UNFINISHED:
        path = root / "experiments" / folder
        _write(path / "prediction_distributions.json", _NO_PREDICTIONS)
        if "/sweep_" in folder:
            _write(path / "experiment_metadata.json", {"name": path.name, "model_config": {}})


def write_run(root: Path, figures: Figures) -> None:
    """Write one finished run."""
    folder = root / "experiments" / figures.folder
    metrics = {
        "loss": figures.test_loss,
        "kl_divergence": figures.test_kl,
        "top1_accuracy": figures.right / figures.samples,
        "top3_accuracy": figures.near / figures.samples,
        "num_samples": figures.samples,
    }
    summary = {
        "best_val_loss": figures.best_val_loss,
        "total_epochs": figures.epochs,
        "test_metrics": metrics,
        "checkpoint_path": "checkpoints/best.pt",
    }
    _write(folder / "training_summary.json", summary)
    _write(folder / "test_evaluation_results.json", {"split": "test", "metrics": metrics})
    _write(folder / "training_history.json", list(_history(figures)))
    _write(folder / "prediction_distributions.json", _NO_PREDICTIONS)
    _write(folder / "test_predictions.csv", _predictions(figures))
    if figures.settings:
        # What the sweep's driver knows: the settings, and two metrics rounded.
        beside = folder.parent if folder.name == "run" else folder
        metadata = {
            "name": figures.name,
            "modifications": figures.settings,
            "success": True,
            "best_val_loss": round(figures.best_val_loss, 4),
            "test_kl_divergence": round(figures.test_kl, 4),
        }
        _write(beside / "experiment_metadata.json", metadata)
        lines = [f"{name}: {value}" for name, value in figures.settings.items()]
        _write(beside / "config.yaml", "\n".join([*lines, "data.random_seed: 2024", ""]))


def _write(path: Path, content: object) -> None:
    """Write a text as it is, and anything else as JSON."""
    text = content if isinstance(content, str) else json.dumps(content, indent=2) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _history(figures: Figures) -> Iterator[dict[str, Any]]:
    """Yield a record an epoch; the test metrics only in the last."""
    for epoch in range(1, figures.epochs + 1):
        left = 1 - epoch / figures.epochs
        last = epoch == figures.epochs
        yield {
            "epoch": epoch,
            "train_loss": round(figures.best_val_loss * (1.02 + left), 6),
            "val_loss": round(figures.best_val_loss * (1 + 0.4 * left), 6),
            "learning_rate": 0.0001,
            "test_loss": figures.test_loss if last else None,
            "test_kl_divergence": figures.test_kl if last else None,
        }


def _predictions(figures: Figures) -> str:
    """Return a line a sample: one class predicted throughout, divergences with the run's mean."""
    # The samples are the same in every run, so their difficulty is drawn from one seed.
    difficulty = random.Random(figures.samples)  # noqa: S311 - an example, no secret
    own = random.Random(figures.name)  # noqa: S311
    others = [label for label in range(_CLASSES) if label != figures.predicted]
    wrong = [others[at % len(others)] for at in range(figures.samples - figures.right)]
    targets = [figures.predicted] * figures.right + wrong
    difficulty.shuffle(targets)
    raw = [difficulty.gammavariate(1.5, 1) * own.uniform(0.97, 1.03) for _ in targets]
    scale = figures.test_kl * len(raw) / sum(raw)
    lines = ["target_id,predicted_class,target_class,kl_divergence"]
    lines += [
        f"{index},{figures.predicted},{target},{value * scale:.6f}"
        for index, (target, value) in enumerate(zip(targets, raw, strict=True))
    ]
    return "\n".join(lines) + "\n"


def _hand_page() -> str:
    """Return a page with three tables and the team's own words round them."""
    overnight = [one for one in FINISHED if one.folder.startswith("overnight_runs/")]
    sweep = [one for one in FINISHED if "/sweep_" in one.folder]
    others = [one for one in FINISHED if one not in (*overnight, *sweep)]
    return f"""\
# Results Summary

Generated: **2026-01-20 14:03**

What we measured so far, kept by hand. Ask before you sort it another way!

## Overnight regularization runs (`experiments/overnight_runs/`)

Sorted by **Test KL divergence (lower is better)**.

{_table(overnight, lambda figures: figures.test_kl)}

The story is in `experiments/overnight_runs/NOTES.md`.

## Sweeps (`experiments/runs/sweep_*`)

### sweep:sweep_1768899422

{_table(sweep, lambda figures: figures.best_val_loss)}

## Other training runs (`experiments/runs/*`)

Old ones are kept for the record.

{_table(others, lambda figures: figures.best_val_loss)}

## What we think

- Top-1 stays at 34.84%. Regularization seems to change confidence more than choice.
"""


def _table(rows: Iterable[Figures], key: Callable[[Figures], float]) -> str:
    lines = [
        f"| {f.name} | {f.best_val_loss:.4f} | {f.test_kl:.4f} | {f.right / f.samples:.2%} "
        f"| {f.near / f.samples:.2%} | {f.epochs} |"
        for f in sorted(rows, key=key)
    ]
    return "\n".join([_HEADER, "|---" * 6 + "|", *lines])

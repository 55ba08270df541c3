"""Writes the example tree: the files that training jobs of the example's team leave behind."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from results_bot.demo.figures import FINISHED, UNFINISHED, Figures

_CLASSES = 8


def write_tree(root: Path, finished: Iterable[Figures] = FINISHED) -> None:
    """Write `experiments/` below `root`: every finished run and the unfinished ones."""
    for figures in finished:
        write_run(root, figures)
    for folder in UNFINISHED:
        path = root / "experiments" / folder
        _json(path / "prediction_distributions.json", {"true_distribution": [], "predictions": []})
        if "/sweep_" in folder:
            _json(path / "experiment_metadata.json", {"name": path.name, "model_config": {}})


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
    _json(folder / "training_summary.json", summary)
    _json(folder / "test_evaluation_results.json", {"split": "test", "metrics": metrics})
    _json(folder / "training_history.json", list(_history(figures)))
    _json(folder / "prediction_distributions.json", {"true_distribution": [], "predictions": []})
    _text(folder / "test_predictions.csv", _predictions(figures))
    if figures.settings:
        _describe(folder.parent if folder.name == "run" else folder, figures)


def _describe(folder: Path, figures: Figures) -> None:
    """Write what the sweep's driver knows: the settings, and two metrics rounded."""
    metadata = {
        "name": figures.name,
        "modifications": figures.settings,
        "success": True,
        "best_val_loss": round(figures.best_val_loss, 4),
        "test_kl_divergence": round(figures.test_kl, 4),
    }
    _json(folder / "experiment_metadata.json", metadata)
    lines = [f"{name}: {value}" for name, value in figures.settings.items()]
    _text(folder / "config.yaml", "\n".join([*lines, "data.random_seed: 2024", ""]))


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
    targets = _targets(figures)
    difficulty.shuffle(targets)
    raw = [difficulty.gammavariate(1.5, 1) * own.uniform(0.97, 1.03) for _ in targets]
    scale = figures.test_kl * len(raw) / sum(raw)
    lines = ["target_id,predicted_class,target_class,kl_divergence"]
    lines += [
        f"{index},{figures.predicted},{target},{value * scale:.6f}"
        for index, (target, value) in enumerate(zip(targets, raw, strict=True))
    ]
    return "\n".join(lines) + "\n"


def _targets(figures: Figures) -> list[int]:
    others = [label for label in range(_CLASSES) if label != figures.predicted]
    wrong = figures.samples - figures.right
    return [figures.predicted] * figures.right + [others[i % len(others)] for i in range(wrong)]


def _json(path: Path, document: object) -> None:
    _text(path, json.dumps(document, indent=2) + "\n")


def _text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")

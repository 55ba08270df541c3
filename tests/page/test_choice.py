"""Which metrics become columns where nobody says so."""

from __future__ import annotations

import pytest
from results_bot.model import Kind, Reading, Run
from results_bot.page.choice import Readings, common


def run(name: str, kind: Kind = Kind.FINAL, /, **values: float) -> Run:
    found = {key: Reading(key, value, "m.json", kind) for key, value in values.items()}
    return Run(f"runs/{name}", name, found)


YOLO = {
    f"{best}val_{name}": 0.6 if best else 0.5
    for name in ("map50_95", "map50", "precision", "recall")
    for best in ("", "best_")
}
CASES = {
    "costs stand behind quality": (
        [run("a", latency_ms=3, peak_memory_mb=9, accuracy=0.5, loss=1)],
        ["accuracy", "loss", "latency_ms", "peak_memory_mb"],
    ),
    "speed is noise where quality is known": (
        [run("a", eval_loss=1, eval_samples_per_second=100, train_runtime=9)],
        ["eval_loss"],
    ),
    "speed is the result where nothing else is": (
        [run("a", tokens_per_second=100, latency_ms=9, duration=3)],
        ["tokens_per_second", "latency_ms"],
    ),
    "how large a model is, where it differs": (
        [run("a", accuracy=0.5, num_params=1e6), run("b", accuracy=0.6, num_params=2e6)],
        ["accuracy", "num_params"],
    ),
    "how large a model is, where all are": (
        [run("a", accuracy=0.5, num_params=1e6), run("b", accuracy=0.6, num_params=1e6)],
        ["accuracy"],
    ),
    "the bests of lesser metrics make room": (
        [run("a", Kind.LAST, **YOLO, train_loss=1, total_epochs=3)],
        [
            "val_map50_95", "best_val_map50_95", "val_map50", "val_precision", "val_recall",
            "total_epochs",
        ],
    ),
    "what a third of the runs have, if it is quality": (
        [run("a", Kind.LAST, loss=1, val_loss=1, val_accuracy=0.5),
         *(run(name, Kind.LAST, loss=1, val_loss=1) for name in "bc")],
        ["val_loss", "val_accuracy", "loss"],
    ),
    "validation before training, as Keras names it": (
        [run("a", Kind.LAST, accuracy=0.6, loss=1, val_accuracy=0.5, val_loss=1)],
        ["val_accuracy", "val_loss", "accuracy", "loss"],
    ),
    "no bookkeeping": (
        [run("a", passed=10, remaining=3, confusion_tp=4, skipped=1, test_accuracy=0.5)],
        ["test_accuracy"],
    ),
    "no bounds of a metric": (
        [run("a", acc=0.5, acc_ci_low=0.4, acc_ci_high=0.6, acc_lower_bound=0.4)],
        ["acc"],
    ),
    "no run is without a value": (
        [
            run("a", test_accuracy=0.5, train_loss=1),
            run("b", test_accuracy=0.5, train_loss=1),
            run("c", psnr=30, train_loss=1),
            run("d", bleu=20, ter=40, train_loss=1),
            run("e", train_loss=1),
        ],
        ["test_accuracy", "psnr", "bleu", "train_loss"],
    ),
    "a loss shows no run that has better": (
        [run("a", loss=1, f1=0.5), run("b", loss=1, f1=0.5), run("c", loss=1, mae=3),
         run("d", loss=1)],
        ["loss", "f1", "mae"],
    ),
    "counts and costs come last, and only for want of better": (
        [run("a", x_n_test=9, f1=0.5), run("b", x_n_test=9), run("c", emissions=3)],
        ["f1", "emissions", "x_n_test"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_columns(case: str) -> None:
    runs, expected = CASES[case]
    assert common(Readings(runs)) == expected


def test_seeds_count_each_when_columns_are_chosen() -> None:
    runs = [run("mean", val_f1=0.5, test_loss=1), run("b", val_f1=0.5), run("c", val_f1=0.5)]
    assert common(Readings(runs, [3, 1, 1])) == ["test_loss", "val_f1"]
    assert common(Readings(runs)) == ["val_f1"]


def test_a_table_stays_narrow_whatever_its_runs_tell() -> None:
    many = [
        run(str(number), **{f"metric_{number}_accuracy": 0.5, "total_epochs": 3})
        for number in range(30)
    ]
    assert len(common(Readings(many))) <= 8

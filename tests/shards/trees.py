"""Small trees that fall into shards, and odd ones that do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from benchmarks.trees import commit

CONFIG = """\
[[sections]]
id = "sweeps"
title = "Sweep {folder}"
runs = ["experiments/**"]
by-folder = true
"""


def metrics(root: Path, run: str, **values: object) -> None:
    """Write the metrics of one run."""
    path = root / "experiments" / run / "metrics.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), "utf-8")


def plain(root: Path, sweeps: int = 3, runs: int = 5) -> None:
    """Some sweeps of runs with a result each."""
    for sweep in range(sweeps):
        for run in range(runs):
            value = (7 * run + 3 * sweep) % 11
            metrics(
                root,
                f"sweep_{sweep}/model_{run}",
                test_loss=0.3 + value / 100,
                test_accuracy=0.9 - value / 130,
                test_num_samples=1000,
                learning_rate=10.0**-run,
            )


def unfinished(root: Path) -> None:
    """A run that left its settings, and one that is cut off."""
    plain(root)
    (root / "experiments/sweep_1/stopped").mkdir()
    (root / "experiments/sweep_1/stopped/metrics.json").write_text('{"lr": 0.1}', "utf-8")
    (root / "experiments/sweep_2/model_1/metrics.json").write_text('{"test_loss": 0.', "utf-8")


def replicates(root: Path) -> None:
    """Runs that differ in their seed alone, beside others."""
    plain(root)
    for seed in range(3):
        metrics(root, f"sweep_1/base_seed{seed}", test_loss=0.5 + seed / 50, seed=seed, lr=0.1)


def odd_values(root: Path) -> None:
    """Outliers, another test set, equal values, NaN, twins and one class for all samples."""
    plain(root, runs=9)
    metrics(root, "sweep_0/model_0", test_loss=900.0, test_accuracy=0.01, test_num_samples=1000)
    metrics(root, "sweep_0/model_1", test_loss=0.5, test_accuracy=0.5, test_num_samples=17)
    metrics(root, "sweep_1/model_1", test_loss=float("nan"), test_accuracy=0.5)
    for run in (2, 3, 4):
        metrics(root, f"sweep_1/model_{run}", test_loss=0.123456789, test_accuracy=0.75, lr=run)
    predictions = "sample,target,prediction\n" + "".join(
        f"{sample},{'ab'[sample % 3 == 0]},a\n" for sample in range(90)
    )
    (root / "experiments/sweep_2/model_3/predictions.csv").write_text(predictions, "utf-8")


def other_losses(root: Path) -> None:
    """The ratio of loss to error is kept by all runs of all sweeps but two."""
    for sweep in range(3):
        for run in range(6):
            error = 0.1 + (run * 5 + sweep) % 7 / 20
            factor = 9.0 if (sweep, run) in ((0, 1), (2, 2)) else 3.0
            settings = {"loss": "focal" if factor > 3 else "ce"} if sweep else {}
            name = f"sweep_{sweep}/model_{run}"
            metrics(root, name, test_loss=error * factor, test_error=error, params=settings)


def deep(root: Path) -> None:
    """Runs at several depths, with parts of them in folders that tell nothing."""
    plain(root)
    metrics(root, "sweep_0/more/run_a/output", test_loss=0.2)
    metrics(root, "sweep_0/more/run_b/output", test_loss=0.4)
    metrics(root, "sweep_1/version_0", test_loss=0.6)
    metrics(root, "sweep_1/version_1", test_loss=0.7)


def problems(root: Path) -> None:
    """What cannot be read, and what disagrees."""
    plain(root)
    (root / "experiments/sweep_0/model_1/scores.xlsx").write_bytes(b"PK\3\4")
    (root / "experiments/sweep_2/model_1/results.json").write_text('{"test_loss": 5}', "utf-8")
    (root / "experiments/sweep_1/model_2/metrics.json").write_text("", "utf-8")
    (root / "experiments/sweep_1/dead").symlink_to("nowhere")


def other_columns(root: Path) -> None:
    """Sweeps that tell different things, and one whose runs tell nothing that is judged."""
    plain(root)
    for run in range(4):
        metrics(root, f"vision/run_{run}", val_iou=0.5 + run / 10, params={"name": f"a|b*{run}_"})
        metrics(root, f"speed/run_{run}", seconds=10 - run)


def a_file_beside(root: Path) -> None:
    """A result that lies beside the sweeps."""
    plain(root)
    (root / "experiments/summary.json").write_text('{"test_loss": 0.25}', "utf-8")


def runs_at_the_top(root: Path) -> None:
    """Two folders that are runs themselves: both are of one section."""
    plain(root)
    metrics(root, "best", test_loss=0.2)
    metrics(root, "worst", test_loss=0.9)


def one_run_in_two(root: Path) -> None:
    """The same id of a tool in two sweeps, which are done as one then."""
    plain(root)
    for sweep in (0, 1):
        folder = root / f"experiments/sweep_{sweep}/wandb/run-20260101_000000-abcd1234/files"
        folder.mkdir(parents=True)
        (folder / "wandb-summary.json").write_text(f'{{"test_loss": 0.{sweep + 3}}}', "utf-8")


def told_elsewhere(root: Path) -> None:
    """What an unfinished run is known by is another file in another sweep."""
    plain(root)
    for path in (root / "experiments/sweep_0").glob("*/metrics.json"):
        path.rename(path.with_name("results.json"))
    (root / "experiments/sweep_0/stopped").mkdir()
    (root / "experiments/sweep_0/stopped/metrics.json").write_text('{"lr": 0.1}', "utf-8")


def one_job(root: Path) -> None:
    """Settings of Hydra that lie beside the sweeps make all of it one job."""
    plain(root)
    (root / "experiments/.hydra").mkdir()
    (root / "experiments/.hydra/config.yaml").write_text("lr: 0.1\n", "utf-8")


APART: tuple[Callable[[Path], None], ...] = (
    plain, unfinished, replicates, odd_values, other_losses, deep, problems, other_columns,
    one_run_in_two,
)  # fmt: skip
"""Trees that go apart."""
TOGETHER: tuple[Callable[[Path], None], ...] = (
    a_file_beside, runs_at_the_top, told_elsewhere, one_job,
)  # fmt: skip
"""Trees that do not."""


def repository(root: Path, make: Callable[[Path], None]) -> Path:
    """Return a git repository with one of the trees, all of it committed."""
    root.mkdir()
    make(root)
    (root / "results-bot.toml").write_text(CONFIG, "utf-8")
    commit(root, first=True)
    return root

"""Generate repositories to measure on: sweeps of runs with a page and a git history."""

from __future__ import annotations

import json
import os
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

_GIT_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "bench",
    "GIT_AUTHOR_EMAIL": "bench@example.invalid",
    "GIT_COMMITTER_NAME": "bench",
    "GIT_COMMITTER_EMAIL": "bench@example.invalid",
}
_LOG_ROWS = 1_000

CONFIG = """\
page = "RESULTS.md"

[metrics.test_kl_divergence]
title = "Test KL"
long-title = "Test KL divergence"
direction = "lower"

[metrics.test_top1_accuracy]
title = "Test Top-1"
format = ".2%"

[[sections]]
id = "sweeps"
title = "Sweep {folder}"
runs = ["experiments/sweep_*/run_*"]
by-folder = true
sort = "test_kl_divergence"
columns = [
  "best_val_loss",
  "test_kl_divergence",
  "test_top1_accuracy",
  "test_top3_accuracy",
  "total_epochs",
]
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """A generated repository."""

    root: Path
    runs: int

    @property
    def files(self) -> list[str]:
        """The paths of the metrics files below the root, in order."""
        return [f"{folder}/metrics.json" for folder in folders(self.runs)]

    def change_one(self) -> None:
        """Change the test KL of one run in the middle."""
        path = self.root / self.files[self.runs // 2]
        document = json.loads(path.read_text("utf-8"))
        document["test_metrics"]["kl_divergence"] += 0.001
        path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")


def build(root: Path, runs: int, *, logs: bool = False) -> Tree:
    """Write a repository with `runs` runs in one commit.

    Each run has a `metrics.json`; with `logs` also a configuration and a log of 1,000 rows and
    five columns (50 KB), which is what training jobs usually leave.
    """
    rng = random.Random(runs)  # noqa: S311 - figures to measure on, no secret
    for folder in folders(runs):
        path = root / folder
        path.mkdir(parents=True)
        (path / "metrics.json").write_text(json.dumps(_metrics(rng), indent=2) + "\n", "utf-8")
        if logs:
            config = {"lr": rng.uniform(1e-5, 1e-3), "optimizer": "adamw", "depth": 12}
            (path / "config.json").write_text(json.dumps(config) + "\n", "utf-8")
            (path / "log.csv").write_text(_log(rng), "utf-8")
    (root / "results-bot.toml").write_text(CONFIG, "utf-8")
    commit(root, first=True)
    return Tree(root, runs)


def commit(root: Path, *, first: bool = False) -> None:
    """Commit everything in the tree; `first` makes it a repository."""
    if first:
        git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--no-verify", "--message", "Bench")


def git(root: Path, *arguments: str) -> None:
    """Run git in the tree, without the user's own settings."""
    subprocess.run(["git", *arguments], cwd=root, env=_GIT_ENVIRONMENT, check=True)


def folders(runs: int) -> list[str]:
    """Return the run folders: ten sweeps, or sweeps of a thousand runs where there are more."""
    each = max(20, min(1_000, runs // 10))
    return [f"experiments/sweep_{run // each:03}/run_{run:05}" for run in range(runs)]


def _metrics(rng: random.Random) -> dict[str, object]:
    samples = 1484
    return {
        "best_val_loss": rng.uniform(0.3, 0.6),
        "total_epochs": rng.randrange(38, 43),
        "test_metrics": {
            "loss": rng.uniform(0.6, 0.9),
            "kl_divergence": rng.uniform(0.3, 0.5),
            "top1_accuracy": rng.randrange(400, 800) / samples,
            "top3_accuracy": rng.randrange(900, 1484) / samples,
            "num_samples": samples,
        },
        "params": {"learning_rate": rng.uniform(1e-5, 1e-3), "batch_size": rng.choice([16, 32])},
        "checkpoint_path": "checkpoints/best.pt",
    }


def _log(rng: random.Random) -> str:
    lines = ["step,train_loss,val_loss,val_accuracy,lr"]
    for step in range(_LOG_ROWS):
        loss = 2.0 / (1 + step / 100) + rng.uniform(0, 0.05)
        lines.append(
            f"{step},{loss:.9f},{loss * 1.1:.9f},{1 - loss / 3:.9f},{0.001 / (1 + step):.3e}"
        )
    return "\n".join(lines) + "\n"

"""Every tool in one repository: one page, a section for each source, and no run lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import union as benchmark
from tests.conftest import git, run_cli
from tests.readers.union import build

COPIES = 5
SECTIONS = {
    "experiments/dvclive": (12, "| base | 0.5 | 62.50% | NaN | 75.00% | 0.1667 |"),
    "experiments/hf_trainer": (12, "| only_checkpoints | 83.33% | 0.6608 | 0.7032 | 3 |"),
    "experiments/keras": (
        24, "| again | 75.00% | 75.00% | 0.6439 | 0.6184 | 54.17% | 0.6396 | 6 |",
    ),
    "experiments/sklearn": (
        24, "| digits | 75.00% | 0.7190 | 0.7464 | 0.7500 | 0.7812 | 0.7222 | 0.7500 | — |",
    ),
    "experiments/tensorboard": (18, "| simple | — | — | — | — | 0.7500 | 0.4000 | — | 0.2000 |"),
    "runs/detect": (6, "| train | 0.0000 | 0.0000 | 0.0000 | 0.0000 | 0.0000 | 3 |"),
    "runs/train": (6, "| exp | 0.3125 | 0.3750 | 0.7500 | 0.6250 | 0.6250 | 3 |"),
    "results/google_benchmark/plain": (3, "| sum_range/8 | 2.725e-07 | 2.543e-07 |"),
    "results/google_benchmark/repeated": (3, "| sum_range/8 | 2.561e-07 | 2.562e-07 |"),
    "results/lm_eval": (
        6,
        r"| someone\_\_tiny-model | 62.50% | 62.50% | 37.50% | 37.50% | 37.50% | 37.50% | 37.50% |",
    ),
    "results/lm_eval_old/zero-shot": (
        2, "| someone/tiny@\u200bstep1000 | 31.25% | 37.50% | 2500.5000 | 15.62% |",
    ),
    "outputs": (1, "| 2026-01-20/14-03-00 | 60.00% | 0.1000 |"),
    "outputs/spacy": (6, "| cities | 0.0000 | 0.0000 | 0.0000 | 0.0401 | 13.7063 |"),
    "output": (
        6, "| faster_rcnn | 29.2500 | 31.5000 | 49.2500 | 27.7500 | 35.2500 | 25.2500 | NaN |",
    ),
    "multirun": (12, "| 1 | 0.2 | 70.00% | 0.2000 |"),
    "mlruns/843426356574183047": (
        12, "| adam | 91.00% | 0.8800 | NaN | 0.4000 | 0.3000 | inf | 0.3333 |",
    ),
    "logs/tiny": (18, "| version_0 | 0.1 | 99.91% | 0.0009 | 99.91% | 0.0009 | 3 |"),
    "wandb": (2, "| calm-river-1 | 91.30% | 0.4000 | 0.3000 | 0.7000 | 0.7000 | NaN | 0.3333 |"),
    "sacred": (6, "| digits 1 | 0.7000 | 0.9100 | 0.3000 |"),
    "work_dirs/mmcv": (
        6, "| mask_rcnn | 0.2960 | 0.3125 | 0.5920 | 0.6250 | 0.2100 | 0.2100 | 0.1860 | 3 |",
    ),
    "work_dirs/mmengine": (6, "| tiny | 0.5000 | 0.5000 | 0.3750 | 0.3750 | 0.1698 | 2 |"),
    "nnUNet_results/Dataset004_Toy/nnUNetTrainer__nnUNetPlans__3d_fullres": (
        6,
        r"| nnUNetTrainer\_\_nnUNetPlans\_\_3d_fullres/fold_0 | 0.8767 | 0.8600 | 0.8933 "
        "| 0.7812 | 0.7548 | 0.8076 |",
    ),
    "benchmarks/Linux-CPython-3.11-64bit": (
        3,
        r"| test_sum\[10\] | 10 | 1.428e-07 | 1.399e-07 | 1.391e-07 | 1.602e-06 | 7,004,388 |",
    ),
    "optuna.db/both": (2, "| trial_0 | 0.417022 | 0.4170 | 50.00% |"),
    "optuna.db/hpo": (2, "| trial_0 | 0.417022 | 2 | 58.30% | 0.4170 |"),
}  # fmt: skip
"""For each section its number of rows, and the first."""


def blocks(text: str) -> dict[str, list[str]]:
    """Return the rows of each section's table."""
    found = re.findall(r"results-bot:begin (\S+) -->\n(.*?)<!-- results-bot:end", text, re.DOTALL)
    tables = {
        name: [line for line in block.split("\n") if line.startswith("| ")] for name, block in found
    }
    return {name: lines[1:] for name, lines in tables.items() if lines}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = build(tmp_path_factory.mktemp("union") / "repository", COPIES)
    git(root, "init", "-q", "-b", "main")
    return root


def test_one_page_with_a_section_for_each_source(repository: Path) -> None:
    assert run_cli(["init"], repository).code == 0
    assert run_cli(["refresh"], repository).code == 1
    text = (repository / "RESULTS.md").read_text("utf-8")
    found = blocks(text)
    assert {name: (len(rows), rows[0]) for name, rows in found.items()} == SECTIONS
    assert sum(len(rows) for rows in found.values()) > 200
    assert not [
        row for rows in found.values() for row in rows if set(row.split(" | ")[1:]) <= {"—"}
    ]
    ends = [text.count(f"({end})") for end in ("failed", "deleted", "pruned")]
    assert ends == [17, 6, 1]  # MLflow's and Sacred's with their copies, benchmarks, W&B, Optuna.

    # Nothing new is said the second time.
    assert run_cli(["refresh"], repository).code == 0
    assert (repository / "RESULTS.md").read_text("utf-8") == text


def test_the_benchmark_measures_it(capsys: pytest.CaptureFixture[str]) -> None:
    benchmark.main(["--copies", "0", "--runs", "1"])
    assert re.search(r"^\d+ runs of all tools: \d+\.\d\d s", capsys.readouterr().out)

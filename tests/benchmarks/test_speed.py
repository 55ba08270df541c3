"""The benchmark runs and measures what it claims; no test asserts how fast anything is."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks import pandas_script, speed, timing, trees
from tests.conftest import git, run_cli

RUNS = 20


@pytest.mark.parametrize("logs", [False, True])
def test_both_pages_have_a_row_for_each_run(tmp_path: Path, logs: bool) -> None:
    tree = trees.build(tmp_path / "tree", RUNS, logs=logs)
    timing.measure([speed.bot_command(sys.executable, "set up", tree, "refresh")], runs=0)
    page = (tree.root / "RESULTS.md").read_text("utf-8")
    assert len([line for line in page.split("\n") if line.startswith("| run_")]) == RUNS
    by_hand = pandas_script.table(tree.root, logs=logs)
    assert len(by_hand.split("\n")) == RUNS + 2
    assert ("best_val_loss " in by_hand.split("\n")[0]) == logs or not logs


def test_a_measurement_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs, results = tmp_path / "performance.md", tmp_path / "results"
    docs.write_text("before\n<!-- figures:begin -->\nstale\n<!-- figures:end -->\nafter\n", "utf-8")
    options = ["--docs", str(docs), "--results", str(results)]
    assert speed.main(["--sizes", str(RUNS), "--turns", "1", *options]) == 0
    text = docs.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "stale" not in text
    for command, beside in ((speed.HOOK, speed.GIT), (speed.COLD, speed.PANDAS)):
        assert f"| {command} | {beside} | {RUNS} |" in text
    assert text.split("figures:begin -->")[1].split("<!--")[0].strip() in capsys.readouterr().out
    assert (results / "runs_000020_seed_1" / "metrics.json").is_file()


def test_a_command_that_fails_stops_the_measurement(tmp_path: Path) -> None:
    command = timing.Command("broken", [sys.executable, "-c", "1 / 0"], tmp_path)
    with pytest.raises(RuntimeError, match=r"broken exited with 1: (?s:.*)ZeroDivisionError"):
        timing.measure([command], runs=1)


def test_compared_commands_run_in_turn(tmp_path: Path) -> None:
    order: list[str] = []
    commands = [
        timing.Command(name, ["true"], tmp_path, before=lambda name=name: order.append(name))  # type: ignore[misc]
        for name in "ab"
    ]
    timed = timing.measure(commands, runs=2, warm_up=1)
    assert order == ["a", "b"] * 3
    assert len(timed["a"].seconds) == len(timed["b"].seconds) == 2


def test_turns_are_replicates_that_fold_into_one_row(tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks" / "results" / "speed"
    found = [{"cold_to_pandas": 0.5 + turn / 10, "hook_to_git": 1.2} for turn in range(4)]
    speed.write_records(folder, "runs_000200", found)
    speed.write_records(folder, "runs_000200", found[:3])
    shutil.copy(speed.PROJECT / "results-bot.toml", tmp_path)
    git(tmp_path, "init", "--quiet")
    assert run_cli(["refresh"], tmp_path).code == 1
    page = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert "| runs_000200 | 1.20 ± 0.00 | 0.60 ± 0.10 |" in page

"""The benchmark runs and measures what it says; how fast anything is, no test asserts."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from results_bot.arguments import cli

from benchmarks import floor, judging, refresh, timing, trees
from benchmarks.records import write_records

RUNS = 20


def test_the_tree_has_the_runs_and_the_page_their_rows(tmp_path: Path) -> None:
    tree = trees.build(tmp_path / "tree", RUNS)
    refresh.results_bot(tree, "refresh")
    page = (tree.root / "RESULTS.md").read_text("utf-8")
    assert len([line for line in page.split("\n") if line.startswith("| run_")]) == RUNS
    assert floor.stat_only(str(tree.root)) == floor.parse(str(tree.root)) == RUNS


def test_a_measurement_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, docs = tmp_path / "out.json", tmp_path / "performance.md"
    docs.write_text("before\n<!-- figures:begin -->\nold\n<!-- figures:end -->\nafter\n", "utf-8")
    files = ["--out", str(out), "--docs", str(docs)]
    assert refresh.main(["--sizes", str(RUNS), "--runs", "1", *files]) == 0
    text = docs.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert f"| hook, nothing watched staged | git diff --cached | {RUNS} |" in text
    result = json.loads(out.read_text("utf-8"))["sizes"][str(RUNS)]
    names = {row["name"] for row in result["ratios"]}
    assert names == {name for name in refresh.RATIOS if "dvc" not in name}
    assert all(row["ratio"] > 0 for row in result["ratios"])
    assert set(result["seconds"]) == set(result["peak_mb"])
    assert "| hook, nothing watched staged |" in capsys.readouterr().out


def test_each_turn_is_a_replicate_that_folds_into_one_row(tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks" / "results" / "speed"
    found = [{"cold_to_parse": 3.0 + turn / 10, "hook_to_git": 1.2} for turn in range(4)]
    write_records(folder, "runs_000100", found)
    write_records(folder, "runs_000100", found[:3])
    shutil.copy(refresh.PROJECT / "results-bot.toml", tmp_path)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert cli(["-C", str(tmp_path), "refresh"], standalone_mode=False).code == 1
    page = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert "| runs_000100 | 1.20 ± 0.00 (n = 3) |" in page
    assert "| 3.10 ± 0.10 (n = 3) |" in page


def test_what_is_quick_has_more_turns_and_no_more_replicates(tmp_path: Path) -> None:
    quick = [timing.Command(name, ["true"], tmp_path) for name in "ab"]
    timed = timing.measure(quick, runs=2, warm_up=1, at_least=0.2)
    assert len(timed["a"].seconds) == len(timed["b"].seconds) > 2
    assert sum(map(sum, (one.seconds for one in timed.values()))) >= 0.2
    assert len(timing.measure(quick, runs=2)["a"].seconds) == 2
    assert timing.measure(quick, runs=0)["a"].seconds == ()
    assert timing.condensed([1, 2, 9, 4, 5, 6, 7], 3) == [1.5, 6.5, 6]
    assert timing.condensed([3, 1, 2], 3) == [3, 1, 2]
    one, other = (timing.Timed("", seconds, 0) for seconds in ((2.0,) * 9, (1.0,) * 9))
    slow = timing.Timed(refresh.COLD, (3.0, 4.0), 1_000_000)
    found = {refresh.HOOK: one, refresh.GIT: other, refresh.COLD: slow, refresh.PARSE: slow}
    replicate = {"hook_to_git": 2.0, "cold_to_parse": 1.0, "cold_peak_mb": 1.0}
    assert refresh.records(found) == [replicate, replicate]


def test_judging_measures_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--rows", "20", "--samples", "50", "--runs", "1", "--results", str(tmp_path)]
    assert judging.main(arguments) == 0
    record = json.loads((tmp_path / "rows_000020_seed_1" / "metrics.json").read_text("utf-8"))
    assert record["diff_to_markdown"] > 0 < record["samples_peak_mb"]
    assert "16 pairs of 50 samples" in capsys.readouterr().out

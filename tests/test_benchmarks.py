"""The benchmark runs and measures what it says; how fast anything is, no test asserts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import floor, refresh, trees

RUNS = 20


def test_the_tree_has_the_runs_and_the_page_their_rows(tmp_path: Path) -> None:
    tree = trees.build(tmp_path / "tree", RUNS)
    refresh.results_bot(tree, "refresh")
    page = (tree.root / "RESULTS.md").read_text("utf-8")
    assert len([line for line in page.split("\n") if line.startswith("| run_")]) == RUNS
    assert floor.stat_only(str(tree.root)) == floor.parse(str(tree.root)) == RUNS


def test_a_measurement_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    assert refresh.main(["--sizes", str(RUNS), "--runs", "1", "--out", str(out)]) == 0
    result = json.loads(out.read_text("utf-8"))["sizes"][str(RUNS)]
    pairs = {(row["of"], row["to"]) for row in result["ratios"]}
    assert pairs == {(one, other) for one, other, _ in refresh.RATIOS if "dvc" not in other}
    assert all(row["ratio"] > 0 for row in result["ratios"])
    assert set(result["seconds"]) == set(result["peak_mb"])
    assert "| hook, nothing watched staged |" in capsys.readouterr().out

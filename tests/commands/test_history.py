"""`history` over real commits: the level that changed, who approved it, and what JSON says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import commit_all, run_cli, train

FIRST, SECOND = (0.40, 0.41, 0.42), (0.30, 0.31, 0.32)
APPROVED = "Take the new data\n\nMetrics-approved-by: ada (cc280d1b)"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A page whose loss drops at the fifth of nine versions; b is worse than a throughout."""
    for at, loss in enumerate((*FIRST, 0.405, *SECOND, 0.305, 0.325)):
        for name, extra in (("a", 0.0), ("b", 0.1)):
            train(tmp_path, name, test_loss=loss + extra, steps=100 + at)
        assert run_cli(["refresh"], tmp_path).code == 1
        commit_all(tmp_path, APPROVED if at == 4 else f"Train, try {at}")
    return tmp_path


def test_the_change_of_level_is_marked_and_its_approval_told(repo: Path) -> None:
    done = run_cli(["history", "test_loss"], repo)
    assert (done.code, done.err) == (0, "")
    lines = done.out.split("\n")
    assert lines[:2] == ["experiments: best Test Loss, 9 values", "  run a"]
    assert any("mean 0.4088 to 0.3120 (-0.0968), p = 0.0" in line for line in lines)
    marked = [line for line in lines if line.startswith("↓ ")]
    assert len(marked) == 1
    assert marked[0].endswith("approved by ada (cc280d1b) · Take the …")


def test_the_title_finds_the_metric_and_run_follows_one(repo: Path) -> None:
    lines = run_cli(["history", "Test Loss", "--run", "b", "--limit", "1"], repo).out.split("\n")
    assert lines[:2] == ["experiments: Test Loss, 9 values", "  run b"]
    assert lines[-2].endswith("0.4250  +0.0200  Train, try 8")
    assert not any("try 7" in line for line in lines)


def test_json_tells_the_same(repo: Path) -> None:
    points = json.loads(run_cli(["history", "test_loss", "--json"], repo).out)
    assert [point["number"] for point in points][:2] == [0.4, 0.41]
    changed = [point for point in points if point["change_point"]]
    assert [(one["text"], one["approved_by"]) for one in changed] == [
        ("0.3000", ["ada (cc280d1b)"])
    ]
    assert changed[0]["change_point"]["mean_before"] == pytest.approx(0.40875)
    assert changed[0]["change_point"]["p_value"] <= 0.05


def test_colour_comes_through_a_pipe_only_where_it_is_wanted(repo: Path) -> None:
    assert "\x1b" not in run_cli(["history", "test_loss"], repo).out
    assert "\x1b[32m  ↓ better" in run_cli(["--color", "always", "history", "test_loss"], repo).out


def test_what_is_not_there_is_named(repo: Path) -> None:
    assert run_cli(["history", "bleu"], repo).line.endswith("; the page here has test_loss, steps")
    assert "shows test_loss of c;" in run_cli(["history", "test_loss", "--run", "c"], repo).line
    # Nobody knows which size is best, but one run's sizes are a history too.
    assert run_cli(["history", "steps"], repo).code == 2
    assert "108" in run_cli(["history", "steps", "--run", "a"], repo).out

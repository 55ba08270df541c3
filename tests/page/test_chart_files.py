"""`charts = true` end to end: written, linked, staged, renewed, taken away, and left alone."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import commit_all, git, run_cli

PAGE = "RESULTS.md"
FOLDER = "RESULTS-charts"


def write(repo: Path, name: str, loss: float, accuracy: float) -> None:
    path = repo / "experiments" / name / "metrics.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"test_loss": loss, "test_accuracy": accuracy}))


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "results-bot.toml").write_text("charts = true\n")
    for at, name in enumerate(("a", "b", "c](x) <img src=y>")):
        write(repo, name, 0.1 + at / 10, 0.5 + at / 20)
    assert run_cli(["refresh"], repo).code == 1
    commit_all(repo, "First")
    return repo


def files(repo: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((repo / FOLDER).iterdir())}


def stats(repo: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (repo / FOLDER).iterdir()}


def test_charts_are_written_and_linked(repo: Path) -> None:
    names = {"experiments--runs.svg", "experiments--tradeoff.svg"}
    assert set(files(repo)) == names
    page = (repo / PAGE).read_text("utf-8")
    assert "<!-- results-bot:begin charts -->" in page
    assert all(f"]({FOLDER}/{name})" in page for name in names)
    assert "<img src=y>" not in page.partition("begin charts")[2]


def test_what_is_true_is_never_written_again(repo: Path) -> None:
    before = stats(repo)
    for _ in range(2):
        assert run_cli(["refresh"], repo).code == 0
    assert run_cli(["refresh", "--check"], repo).code == 0
    assert stats(repo) == before


def test_a_changed_value_redraws_and_check_only_says_so(repo: Path) -> None:
    write(repo, "b", 0.15, 0.56)
    before = files(repo)
    done = run_cli(["refresh", "--check"], repo)
    assert done.code == 1
    assert f"{FOLDER}/experiments--runs.svg is stale." in done.out
    assert files(repo) == before
    done = run_cli(["refresh"], repo)
    assert done.out.endswith("2 values of unknown noise, 2 charts renewed.\n")
    assert done.code == 1
    assert files(repo) != before
    assert run_cli(["refresh"], repo).code == 0


def test_the_bytes_are_the_same_anywhere(repo: Path, tmp_path: Path) -> None:
    other = tmp_path / "deep" / "other name"
    shutil.copytree(repo / "experiments", other / "experiments")
    shutil.copy(repo / "results-bot.toml", other)
    assert run_cli(["refresh"], other).code == 1
    assert files(other) == files(repo)


@pytest.mark.parametrize("remembered", [False, True])
def test_a_chart_edited_by_hand_or_gone_is_noticed(repo: Path, remembered: bool) -> None:
    if remembered:
        assert run_cli(["refresh"], repo).code == 0
    before = files(repo)
    (repo / FOLDER / "experiments--runs.svg").unlink()
    tradeoff = repo / FOLDER / "experiments--tradeoff.svg"
    tradeoff.write_bytes(tradeoff.read_bytes().replace(b"test", b"best").replace(b"Test", b"Best"))
    assert run_cli(["refresh"], repo).code == 1
    assert files(repo) == before


def test_charts_of_no_section_go_and_peoples_files_stay(repo: Path) -> None:
    ours = (repo / FOLDER / "experiments--runs.svg").read_bytes()
    (repo / FOLDER / "old--runs.svg").write_bytes(ours)
    (repo / FOLDER / "mine.svg").write_text("<svg/>")
    assert run_cli(["refresh"], repo).code == 1
    assert set(files(repo)) == {"experiments--runs.svg", "experiments--tradeoff.svg", "mine.svg"}
    (repo / "results-bot.toml").write_text("charts = false\n")
    assert run_cli(["refresh"], repo).code == 1
    assert set(files(repo)) == {"mine.svg"}
    assert "](RESULTS-charts" not in (repo / PAGE).read_text("utf-8")


def test_the_hook_commits_page_and_charts_together(repo: Path) -> None:
    assert run_cli(["init", "--hook"], repo).code == 0
    write(repo, "d", 0.05, 0.9)
    git(repo, "add", "experiments")
    git(repo, "commit", "-qm", "Add d")
    changed = set(git(repo, "show", "--name-only", "--format=", "HEAD").split())
    assert {PAGE, *(f"{FOLDER}/experiments--{kind}.svg" for kind in ("runs", "tradeoff"))} < changed
    git(repo, "rm", "-qr", "experiments/a", "experiments/b")
    git(repo, "commit", "-qm", "Leave two")
    assert FOLDER not in git(repo, "ls-files")
    assert git(repo, "status", "--short", "--untracked-files=no") == ""


def test_without_what_draws_one_line_says_so(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert run_cli(["refresh"], repo).code == 0  # What is true needs no drawing.
    write(repo, "b", 0.15, 0.56)
    before = (repo / PAGE).read_bytes()
    done = run_cli(["refresh"], repo)
    assert done.code == 2
    assert "pip install 'results-bot[charts]'" in done.line
    assert (repo / PAGE).read_bytes() == before

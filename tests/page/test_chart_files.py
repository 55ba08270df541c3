"""`charts = true` end to end: written, linked, staged, renewed, taken away, and left alone."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import commit_all, git, run_cli, train

PAGE = "RESULTS.md"
FOLDER = "RESULTS-charts"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "results-bot.toml").write_text("charts = true\n")
    for at, name in enumerate(("a", "b", "c](x) <img src=y>")):
        train(repo, name, test_loss=0.1 + at / 10, test_accuracy=0.5 + at / 20)
    assert run_cli(["refresh"], repo).code == 1
    commit_all(repo, "First")
    return repo


def files(repo: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((repo / FOLDER).iterdir())}


NAMES = {"experiments--runs.svg", "experiments--tradeoff.svg"}


def test_charts_are_written_and_linked_once(repo: Path) -> None:
    assert set(files(repo)) == NAMES
    page = (repo / PAGE).read_text("utf-8")
    assert "<!-- results-bot:begin charts -->" in page
    assert all(f"]({FOLDER}/{name})" in page for name in NAMES)
    assert "<img src=y>" not in page.partition("begin charts")[2]
    before = [path.stat().st_mtime_ns for path in sorted((repo / FOLDER).iterdir())]
    assert run_cli(["refresh"], repo).code == run_cli(["refresh", "--check"], repo).code == 0
    assert [path.stat().st_mtime_ns for path in sorted((repo / FOLDER).iterdir())] == before


def test_a_changed_value_redraws_and_check_only_says_so(repo: Path) -> None:
    train(repo, "b", test_loss=0.15, test_accuracy=0.56)
    before = files(repo)
    done = run_cli(["refresh", "--check"], repo)
    assert done.code == 1
    assert f"{FOLDER}/experiments--runs.svg is stale." in done.out
    assert files(repo) == before
    done = run_cli(["refresh"], repo)
    assert done.out.endswith("2 values better (noise unknown), 2 charts renewed.\n")
    assert done.code == 1
    assert files(repo) != before
    assert run_cli(["refresh"], repo).code == 0


def test_charts_are_the_same_anywhere_and_follow_the_page(repo: Path, tmp_path: Path) -> None:
    other = tmp_path / "deep" / "other name"
    shutil.copytree(repo / "experiments", other / "experiments")
    shutil.copy(repo / "results-bot.toml", other)
    assert run_cli(["refresh"], other).code == 1
    assert files(other) == files(repo)
    # One gone, one edited, one of a section that is no more, and one that a person drew.
    runs, tradeoff = (repo / FOLDER / name for name in sorted(NAMES))
    (repo / FOLDER / "old--runs.svg").write_bytes(runs.read_bytes())
    (repo / FOLDER / "mine.svg").write_text("<svg/>")
    runs.unlink()
    tradeoff.write_bytes(tradeoff.read_bytes().replace(b"test", b"best").replace(b"Test", b"Best"))
    assert run_cli(["refresh"], repo).code == 1
    assert files(repo) == {**files(other), "mine.svg": b"<svg/>"}
    (repo / "results-bot.toml").write_text("charts = false\n")
    assert run_cli(["refresh"], repo).code == 1
    assert set(files(repo)) == {"mine.svg"}
    assert "](RESULTS-charts" not in (repo / PAGE).read_text("utf-8")


def test_the_hook_commits_page_and_charts_together(repo: Path) -> None:
    assert run_cli(["init", "--hook"], repo).code == 0
    train(repo, "d", test_loss=0.05, test_accuracy=0.9)
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
    train(repo, "b", test_loss=0.15, test_accuracy=0.56)
    before = (repo / PAGE).read_bytes()
    done = run_cli(["refresh"], repo)
    assert done.code == 2
    assert "pip install 'results-bot[charts]'" in done.line
    assert (repo / PAGE).read_bytes() == before

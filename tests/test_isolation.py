"""Nothing of the checkout is ever imported, whatever PYTHONPATH and the current folder hold."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import commit_all, git, train

TRAP = "import pathlib, sys\npathlib.Path({!r}).write_text(__name__)\nsys.exit(77)\n"
CONSOLE = "import sys; from results_bot.__main__ import main; sys.argv[0] = 'results-bot'; main()"
"""What the script does that pip writes."""
TOPS = ("bot", "src/bot", "commands")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository whose modules are called as what we import, and leave a trace when imported."""
    root = tmp_path / "repo"
    trap = TRAP.format(str(tmp_path / "imported"))
    modules = ["msgspec", "venv", "logging", "click", "tomllib", "pandas", "myreader", "readers"]
    for name in (*modules, *(f"{top}/__init__" for top in TOPS), "bot/__main__", "src/logging"):
        path = root / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trap)
    info = root / "x.egg-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[results_bot.readers]\nmine = myreader\n")
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: x\nVersion: 1\n")
    train(root, test_loss=0.5)
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    return root


def call(repo: Path, pythonpath: str, *command: str) -> subprocess.CompletedProcess[str]:
    # The interpreter itself must start: it imports nothing that the repository has a twin of.
    environment = os.environ | {"PYTHONPATH": pythonpath}
    return subprocess.run(
        command, cwd=repo, env=environment, capture_output=True, text=True, check=False
    )


def nothing_was_imported(repo: Path) -> bool:
    return not (repo.parent / "imported").exists()


@pytest.mark.parametrize("pythonpath", ["", ".", "src", ".:src", "{repo}", "{repo}/src"])
@pytest.mark.parametrize("start", [("-m", "results_bot"), ("-c", CONSOLE)], ids=["-m", "script"])
def test_the_command_imports_nothing(repo: Path, start: tuple[str, ...], pythonpath: str) -> None:
    given = pythonpath.format(repo=repo)
    done = call(repo, given, sys.executable, *start, "refresh")
    assert (done.returncode, nothing_was_imported(repo)) == (1, True), done.stderr
    assert "0.5000" in (repo / "RESULTS.md").read_text()


@pytest.mark.parametrize("pythonpath", ["", ".", "src"])
@pytest.mark.parametrize("flags", ["-E -P ", ""], ids=["now", "configured before"])
def test_the_hook_imports_nothing(repo: Path, pythonpath: str, flags: str) -> None:
    done = call(repo, pythonpath, sys.executable, "-m", "results_bot", "init", "--hook")
    assert done.returncode == 0, done.stderr
    own = f"{shlex.quote(sys.executable)} {flags}-m results_bot"
    if flags:
        assert git(repo, "config", "results-bot.command").strip() == own
    git(repo, "config", "results-bot.command", own)
    git(repo, "add", "experiments")
    done = call(repo, pythonpath, "git", "commit", "-q", "-m", "First")
    assert (done.returncode, nothing_was_imported(repo)) == (0, True), done.stderr
    assert "0.5000" in git(repo, "show", "HEAD:RESULTS.md")


@pytest.mark.parametrize("pythonpath", ["", ".", "src"])
def test_the_merge_driver_imports_nothing(repo: Path, pythonpath: str) -> None:
    command = (sys.executable, "-m", "results_bot")
    assert call(repo, "", *command, "init", "--merge-driver", "--no-hook").returncode == 0
    call(repo, "", *command, "refresh")
    commit_all(repo, "First")
    git(repo, "switch", "-q", "-c", "other")
    for branch, name in (("other", "b"), ("main", "c")):
        git(repo, "switch", "-q", branch)
        train(repo, name, test_loss=0.25)
        call(repo, "", *command, "refresh")
        commit_all(repo, name)
    done = call(repo, pythonpath, "git", "merge", "-q", "-m", "Merge", "other")
    assert (done.returncode, nothing_was_imported(repo)) == (0, True), done.stdout + done.stderr
    assert [row in (repo / "RESULTS.md").read_text() for row in ("| b |", "| c |")] == [True, True]

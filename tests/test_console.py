"""The progress line on a terminal: nothing for a second, then what is done and how much of it."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import commit_all, train

ROOT = Path(__file__).parent.parent
SLOW = """
import sys
import results_bot.console
results_bot.console.PATIENCE = {patience}
sys.argv = ["results-bot", *{arguments!r}]
from results_bot.cli import main
main()
"""


def drawn(folder: Path, arguments: list[str], patience: float) -> str:
    """Return what a command draws on a terminal, in a repository of 70 runs."""
    for number in range(70):
        train(folder, f"run_{number}", test_loss=(number + 1) / 100)
    commit_all(folder)
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", SLOW.format(patience=patience, arguments=arguments)],
        cwd=folder, check=False, stdout=subprocess.PIPE, stderr=theirs,
        env=os.environ | {"COLUMNS": "100", "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    pieces = []
    with contextlib.suppress(OSError):
        while piece := os.read(ours, 65_536):  # It comes in pieces.
            pieces.append(piece)
    os.close(ours)
    seen = b"".join(pieces).decode()
    assert done.returncode in (0, 1), seen
    assert b"\033[" not in done.stdout
    return seen


@pytest.mark.parametrize("command", ["refresh", "init --no-hook", "inspect", "diff"])
def test_commands_show_progress_on_a_terminal(tmp_path: Path, command: str) -> None:
    seen = drawn(tmp_path, command.split(), patience=0)
    assert "Reading artifacts" in seen
    assert "/70" in seen
    assert seen.rpartition("\033")[2].startswith("[2K"), "the line is removed at the end"


def test_a_quick_command_shows_none(tmp_path: Path) -> None:
    assert drawn(tmp_path, ["refresh"], patience=60) == ""

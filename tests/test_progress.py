"""The line on a terminal: nothing for a second, then what is done and how much of it."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from results_bot.progress import Progress

ROOT = Path(__file__).parent.parent


class Screen:
    """A terminal and a clock that stands still unless told."""

    def __init__(self) -> None:
        self.now, self.said = 0.0, []  # type: tuple[float, list[str]]

    def progress(self) -> Progress:
        return Progress(self.said.append, lambda: self.now)


def test_nothing_is_shown_within_the_first_second() -> None:
    screen = Screen()
    progress = screen.progress()
    progress.phase("Reading artifacts", 10_000)
    screen.now = 0.9
    for _ in range(640):
        progress.step()
    progress.close()
    assert screen.said == []


def test_then_a_bar_that_is_taken_away_in_the_end() -> None:
    screen = Screen()
    progress = screen.progress()
    progress.phase("Reading artifacts", 2_000)
    screen.now = 1.5
    progress.step(1_000)
    screen.now = 1.55
    progress.step(500)  # Too soon after the last look.
    progress.phase("Making the page")
    progress.close()
    progress.close()
    assert screen.said == [
        "\r\033[KReading artifacts [############............] 1,000 of 2,000",
        "\r\033[KMaking the page ...",
        "\r\033[K",
    ]


@pytest.mark.parametrize(
    ("total", "steps", "line"),
    [
        (0, 1_280, "Reading artifacts: 1,280"),
        (64, 128, "Reading artifacts [########################] 64 of 64"),
        (1_000, 64, "Reading artifacts [#.......................] 64 of 1,000"),
    ],
)
def test_lines(total: int, steps: int, line: str) -> None:
    screen = Screen()
    progress = screen.progress()
    progress.phase("Reading artifacts", total)
    screen.now = 2.0
    for _ in range(steps):
        screen.now += 1
        progress.step()
    assert screen.said[-1] == f"\r\033[K{line}"


def test_without_a_terminal_nothing_is_said() -> None:
    progress = Progress()
    progress.phase("Reading artifacts", 1)
    progress.step()
    progress.close()
    assert not progress.seen


SLOW = """
import sys, time
sys.path.insert(0, {root!r})
import results_bot.progress
results_bot.progress._PATIENCE = results_bot.progress._PAUSE = 0.0
sys.argv = ["results-bot", *{arguments!r}]
from results_bot.cli import main
main()
"""


def all_of(terminal: int) -> bytes:
    """Return what was written on a terminal that nobody writes on any more; it comes in pieces."""
    pieces = []
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 65_536):
            pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize(
    ("arguments", "files"),
    [(["refresh"], 70), (["init", "--no-hook"], 70), (["inspect"], 140), (["diff"], 70)],
    ids=str,
)
def test_commands_show_it_on_a_terminal_and_leave_a_clean_line(
    tmp_path: Path, arguments: list[str], files: int
) -> None:
    for number in range(70):
        folder = tmp_path / "runs" / f"run_{number}"
        folder.mkdir(parents=True)
        (folder / "metrics.json").write_text(f'{{"test_loss": 0.{number + 1}}}', "utf-8")
    for git in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Start"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.invalid"]
        subprocess.run(["git", *who, *git], cwd=tmp_path, check=True)
    ours, theirs = pty.openpty()
    code = SLOW.format(root=str(ROOT), arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=False, stdout=subprocess.PIPE,
        stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    said = all_of(ours).decode()
    os.close(ours)
    assert done.returncode in (0, 1), said
    assert "Reading artifacts [######" in said
    assert f"of {files}" in said
    assert said.endswith("\r\033[K")
    assert b"\033[K" not in done.stdout

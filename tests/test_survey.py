"""A survey that several processes make is that of one, whatever becomes of the others."""

from __future__ import annotations

import io
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from results_bot.collect import forked
from results_bot.collect import survey as module
from results_bot.collect.discover import look
from results_bot.collect.forked import Pieces
from results_bot.collect.survey import Survey, same

PATTERNS = ["runs/**"]
RUNS = 40

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="forks on Linux only")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(RUNS):
        folder = tmp_path / "runs" / f"sweep_{number % 3}" / f"run_{number:02}"
        (folder / "empty").mkdir(parents=True)
        (folder / "metrics.json").write_text('{"loss": 1}', "utf-8")
        (folder / "notes.txt").write_text("", "utf-8")
        (folder / "node_modules").mkdir()
    (tmp_path / "runs" / "sweep_0" / "dead.json").symlink_to("nowhere.json")
    odd = os.fsencode(tmp_path / "runs" / "sweep_1") + b"/odd\xff.json"
    Path(os.fsdecode(odd)).write_text('{"loss": 0.125}', "utf-8")
    return tmp_path


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three processes look from the sixth folder on."""
    monkeypatch.setattr(module, "FEWEST", 5)
    monkeypatch.setattr(module, "helpers", lambda: 2)
    monkeypatch.setattr(forked, "helpers", lambda: 2)


@pytest.mark.usefixtures("shared")
def test_the_same_is_seen(
    root: Path, monkeypatch: pytest.MonkeyPatch, children: Callable[[], list[str]]
) -> None:
    found = look(root, PATTERNS)
    monkeypatch.setattr(module, "FEWEST", 10**6)
    alone = look(root, PATTERNS)
    assert found == alone
    assert len(alone.survey) == 1 + 3 + 2 * RUNS
    assert alone.trouble == {"runs/sweep_0/dead.json": "is a symbolic link to nothing"}
    assert children() == []


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("pieces", [0, 2])
def test_what_a_killed_child_took_is_looked_at_here(
    root: Path, monkeypatch: pytest.MonkeyPatch, pieces: int, children: Callable[[], list[str]]
) -> None:
    parent, count = os.getpid(), 0
    below = module._Look.below

    def deadly(self: module._Look, pending: list[str], most: int = 10**9) -> None:
        nonlocal count
        if os.getpid() != parent:
            count += 1
            if count > pieces:
                os.kill(os.getpid(), signal.SIGKILL)
        below(self, pending, most)

    monkeypatch.setattr(module._Look, "below", deadly)
    found = look(root, PATTERNS)
    assert children() == []
    monkeypatch.setattr(module, "FEWEST", 10**6)
    assert found == look(root, PATTERNS)


def test_what_a_child_sent_in_part_is_not_taken() -> None:
    sent = io.BytesIO()
    pieces = Pieces(["runs"])
    gone = module._Look("/nowhere", lambda *_: True, lambda *_: True)
    forked._help(pieces, gone._beside, sent)
    pieces.close()
    data = sent.getvalue()
    for size in range(len(data)):
        assert forked._received(data[:size]) == {}
    assert forked._received(data) == {0: ({"runs": {}}, {})}


def touch(root: Path, at: int) -> None:
    os.utime(root / f"runs/sweep_{at % 3}/run_{at:02}/metrics.json", ns=(at, at))


def add(root: Path, at: int) -> None:
    (root / f"runs/sweep_{at % 3}/run_{at:02}/empty/new").write_text("", "utf-8")


def delete(root: Path, at: int) -> None:
    shutil.rmtree(root / f"runs/sweep_{at % 3}/run_{at:02}")


def turn(root: Path, at: int) -> None:
    """Let a folder be a file."""
    path = root / f"runs/sweep_{at % 3}/run_{at:02}/empty"
    path.rmdir()
    path.write_text("", "utf-8")


def enter(root: Path, at: int) -> None:
    (root / f"runs/sweep_{at % 3}/run_{at:02}/empty/deeper").mkdir()


def nothing(root: Path, at: int) -> None:
    pass


def untouched(root: Path, at: int) -> None:
    """Change what nobody looks at."""
    (root / f"runs/sweep_{at % 3}/run_{at:02}/node_modules/a.json").write_text("", "utf-8")
    (root / f"runs/sweep_{at % 3}/run_{at:02}/notes.txt").write_text("x", "utf-8")


EDITS = (touch, add, delete, turn, enter, nothing, untouched)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(EDITS), st.integers(0, RUNS - 1), st.booleans())
def test_that_nothing_changed_is_told_as_a_survey_would(
    root: Path,
    children: Callable[[], list[str]],
    edit: Callable[[Path, int], None],
    at: int,
    together: bool,
) -> None:
    copy = root / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root / "runs", copy / "runs", symlinks=True)
    before: Survey = look(copy, PATTERNS).survey
    edit(copy, at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FEWEST", 5 if together else 10**6)
        patch.setattr(module, "helpers", lambda: 2)
        assert same(str(copy), before) is (look(copy, PATTERNS).survey == before)
        assert same(str(copy), before) is (edit in (nothing, untouched))
    assert children() == []


def test_a_place_that_is_not_there_is_the_same_as_long_as_it_is_not(tmp_path: Path) -> None:
    before = look(tmp_path, PATTERNS).survey
    assert same(str(tmp_path), before)
    (tmp_path / "runs").mkdir()
    assert same(str(tmp_path), before)
    (tmp_path / "runs" / "a.json").write_text("{}", "utf-8")
    assert not same(str(tmp_path), before)


@pytest.mark.usefixtures("shared")
def test_a_killed_child_says_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch, children: Callable[[], list[str]]
) -> None:
    before, parent, inside = look(root, PATTERNS).survey, os.getpid(), module._same_folder

    def deadly(path: str, entries: object) -> bool:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.01)  # The children shall have some of it.
        return inside(path, entries)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_same_folder", deadly)
    assert not same(str(root), before)
    assert children() == []

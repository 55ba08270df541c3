"""Reading with several processes says what one says, whatever becomes of the others."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from results_bot.collect import spread as module
from results_bot.collect.collect import artifacts
from results_bot.collect.discover import listed, look
from results_bot.collect.files import Listed
from results_bot.collect.found import Said
from results_bot.collect.kept import Kept
from results_bot.collect.spread import spread
from results_bot.model import Problem

SIZE = 1_000_000
PATTERNS = ["runs/**"]
DOCUMENTS = (
    '{"test_loss": 0.5, "params": {"lr": 1e-3, "name": "a"}}',
    '{"test_loss": NaN, "epochs": 3}',
    '{"a": [1, 2], "test_accuracy": "0.25", "note": "x", "a": 3}',
    '[{"epoch": 1, "val_loss": 0.5}, {"epoch": 2, "val_loss": 0.25}]',
    '{"test_loss": 1' + "0" * 30 + "}",
    "{broken",
    "",
)

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="forks on Linux only")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree that is read by three processes in many small blocks."""
    monkeypatch.setattr(module, "FEWEST", 5)
    monkeypatch.setattr(module, "BLOCK", 4)
    monkeypatch.setattr(module, "helpers", lambda: 2)
    for number in range(90):
        folder = tmp_path / "runs" / f"run_{number:02}"
        folder.mkdir(parents=True)
        (folder / "metrics.json").write_text(DOCUMENTS[number % len(DOCUMENTS)], "utf-8")
    (tmp_path / "runs" / "dead.json").symlink_to("nowhere.json")
    odd = os.fsencode(tmp_path / "runs" / "run_07") + b"/odd\xff.json"
    Path(os.fsdecode(odd)).write_text('{"test_loss": 0.125}', "utf-8")
    return tmp_path


def found(root: Path) -> Iterator[Listed | Problem]:
    return listed(look(root, PATTERNS))


def kept(root: Path, name: str) -> Kept:
    return Kept(root / name, b"stamp", 2**62)


def told(*read: Said) -> list[tuple[str, str, str, str]]:
    return [(one.path, one.state, one.reason, repr(one.pieces)) for one in read]


def test_the_same_in_the_same_order(root: Path) -> None:
    alone = list(artifacts(found(root), SIZE))
    assert len(alone) == 92
    assert told(*spread(found(root), SIZE)) == told(*alone)


def test_the_same_is_remembered(root: Path) -> None:
    alone = list(artifacts(found(root), SIZE, kept=kept(root, "one")))
    shared = list(spread(found(root), SIZE, kept=kept(root, "other")))
    assert told(*shared) == told(*alone)

    def none_is_read(item: Listed) -> Said:
        raise AssertionError(item.path)

    one, other = kept(root, "one"), kept(root, "other")
    for item in found(root):
        if isinstance(item, Listed) and one.knows(item):
            assert other.knows(item)
            assert told(other.ask(item, none_is_read)) == told(one.ask(item, none_is_read))
    assert sum(isinstance(item, Listed) and one.knows(item) for item in found(root)) == 90


def test_every_file_is_a_step(root: Path) -> None:
    steps: list[None] = []
    assert len(list(spread(found(root), SIZE, lambda: steps.append(None)))) == len(steps) == 92


@pytest.mark.parametrize("file", [0, 30, 60, 89])
def test_what_a_killed_child_did_not_send_is_read_here(
    root: Path, file: int, children: Callable[[], list[str]]
) -> None:
    parent = os.getpid()

    def read(item: Listed) -> bytes:
        if os.getpid() != parent and f"run_{file:02}" in item.path:
            os.kill(os.getpid(), signal.SIGKILL)
        return item.read()

    def deadly() -> Iterator[Listed | Problem]:
        for item in found(root):
            if isinstance(item, Listed):
                content = partial(read, item)
                yield Listed(item.path, item.size, content, item.version, item.touched)
            else:
                yield item

    assert told(*spread(deadly(), SIZE)) == told(*artifacts(found(root), SIZE))
    assert children() == []


def test_who_stops_listening_leaves_no_process(
    root: Path, children: Callable[[], list[str]]
) -> None:
    reading = spread(found(root), SIZE)
    next(reading)
    assert len(children()) == 2
    reading.close()  # type: ignore[attr-defined]
    assert children() == []


def test_few_files_and_files_that_are_known_need_no_second_process(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(artifacts(found(root), SIZE, kept=kept(root, "one")))
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("forked"))
    assert len(list(spread(found(root), SIZE, kept=kept(root, "one")))) == 92
    monkeypatch.setattr(module, "FEWEST", 93)
    assert len(list(spread(found(root), SIZE))) == 92


def test_nothing_of_a_child_reaches_the_terminal(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sys.stdout.write("once")
    list(spread(found(root), SIZE))
    assert capfd.readouterr() == ("once", "")

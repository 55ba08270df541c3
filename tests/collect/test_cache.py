"""The cache: the page is the same with it and without it, whatever becomes of its file."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from results_bot.collect import cache as module
from results_bot.collect.cache import Cache
from results_bot.collect.discover import walk
from results_bot.collect.extracted import Artifact
from results_bot.collect.file import Listed
from results_bot.collect.readers import read_one
from results_bot.workspace import Workspace

from benchmarks import trees
from tests.collect.readers.recorded import DATA
from tests.conftest import Done, git, run_cli

RUN = "experiments/sweep_00{}/run_0000{}/metrics.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = trees.build(tmp_path_factory.mktemp("made") / "tree", 6)
    refresh(tree.root)
    trees.commit(tree.root)
    return tree.root


def refresh(root: Path) -> Done:
    return run_cli(["refresh"], root)


def caches(root: Path) -> list[Path]:
    return sorted((root / ".git" / "results-bot").glob("cache*"))


def damage(root: Path, at: int) -> None:
    for path in caches(root):
        data = bytearray(path.read_bytes())
        if data:  # Another edit may have left nothing of it.
            data[at % len(data)] ^= 0xFF
        path.write_bytes(data)


def cut(root: Path, at: int) -> None:
    for path in caches(root):
        path.write_bytes(path.read_bytes()[: at % 200])


def drop(root: Path, at: int) -> None:
    for path in caches(root)[at % 2 :]:
        path.unlink()


def foreign(root: Path, at: int) -> None:
    """Whole and sealed, and another program's."""
    for path in caches(root):
        module.write(path, b"\x93\x01" * (at % 9))


def metrics(root: Path, at: int) -> Path:
    return root / RUN.format(0, at % 6)


def change(root: Path, at: int) -> None:
    path = metrics(root, at)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"test_kl_divergence": at / 1000, "best_val_loss": 1, "lr": at}))


def forge(root: Path, at: int) -> None:
    """Change a digit and put the time back: size and mtime are the same."""
    path = metrics(root, at)
    if path.exists():
        before, text = path.stat(), path.read_text("utf-8")
        path.write_text(text.replace("0.4", "0.5", 1), "utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def delete(root: Path, at: int) -> None:
    shutil.rmtree(metrics(root, at).parent, ignore_errors=True)


def touch(root: Path, at: int) -> None:
    if metrics(root, at).exists():
        metrics(root, at).touch()


def truncate(root: Path, at: int) -> None:
    path = metrics(root, at)
    if path.exists():
        path.write_bytes(path.read_bytes()[:-7])


def rename(root: Path, at: int) -> None:
    """Two runs change places: each inode and each content was known, under another path."""
    one, other, third = (root / f"experiments/sweep_000/run_0000{n}" for n in (at % 6, 0, 7))
    if one.exists() and other.exists() and one != other:
        one.rename(third), other.rename(one), third.rename(other)


def add(root: Path, at: int) -> None:
    change(root, 1000 + at)
    if metrics(root, at).exists():
        target = root / RUN.format(at % 3 + 1, 9)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(metrics(root, at), target)


def settle(root: Path, _: int) -> None:
    """Let the memory be made and believed: nothing is touched in the tick of the clock."""
    time.sleep(0.02)
    refresh(root)


Edit = tuple[Callable[[Path, int], None], int]
EDITS: tuple[Callable[[Path, int], None], ...] = (
    change, forge, delete, touch, truncate, rename, add, settle, damage, cut, drop, foreign,
)  # fmt: skip


def warm_and_cold(made: Path, folder: Path, edits: Sequence[Edit]) -> tuple[Path, Path]:
    """Return a copy of a tree after some edits, and the same without anything remembered."""
    warm, cold = folder / "warm", folder / "cold"
    for path in (warm, cold):
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(made, warm)
    for edit, at in edits:
        edit(warm, at)
    shutil.copytree(warm, cold)
    for path in caches(cold):
        path.unlink()
    return warm, cold


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 5000)), max_size=6))
def test_the_page_is_the_same_with_and_without_the_memory(
    made: Path, tmp_path: Path, edits: list[Edit]
) -> None:
    warm, cold = warm_and_cold(made, tmp_path, [(settle, 0), *edits])
    said, expected = refresh(warm), refresh(cold)
    assert said == expected
    assert (warm / "RESULTS.md").read_bytes() == (cold / "RESULTS.md").read_bytes()


def test_only_what_changed_is_read_again(made: Path, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(made, root)
    settle(root, 0)
    change(root, 3)
    time.sleep(0.02)
    assert read_again(root) == [RUN.format(0, 3)]
    assert read_again(root) == []


def test_the_hook_keeps_what_it_read(made: Path, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(made, root)
    workspace = Workspace.find(root)
    workspace.sources.collect_staged()
    cache = Workspace.find(root).sources.cache  # As the next command opens it.
    assert workspace.repo is not None
    staged = [
        one for one in workspace.repo.staged(workspace.sources.folders) if "metrics" in one.path
    ]
    assert len(staged) == 6
    assert all(cache.knows(one) for one in staged)


def test_a_file_that_was_read_is_not_read_again_once_it_is_committed(
    made: Path, tmp_path: Path
) -> None:
    root = tmp_path / "tree"
    shutil.copytree(made, root)
    change(root, 3)
    Workspace.find(root).sources.collect()
    for command in (["add", "--all"], ["commit", "--quiet", "--message", "Train"]):
        git(root, *command)
    sources = Workspace.find(root).sources
    committed = sources.listed_at("HEAD", sources.folders).values()
    assert len(committed) == 6
    assert all(map(sources.cache.knows, committed))


def read_again(root: Path) -> list[str]:
    """Return the paths that a collection of the work tree opens."""
    sources = Workspace.find(root).sources
    opened = [
        one.path
        for one in sources.look()
        if isinstance(one, Listed) and not sources.cache.knows(one)
    ]
    sources.collect()
    return opened


def test_what_comes_back_is_what_went(tmp_path: Path) -> None:
    """Also what cannot be kept, an odd name and a huge integer."""
    data = b'{"loss": NaN, "seed": 1180591620717411303424}'
    odd = [Listed(name, len(data), lambda: data, "v1", 5) for name in ("a/\udcff.json", "b.json")]
    files = [*(one for one in walk(DATA, ["**"]) if isinstance(one, Listed)), *odd]
    expected = [read_one(one, 10**6) for one in files]
    for _ in range(3):
        cache = Cache(tmp_path / "cache", 100)
        found = [cache.ask(one, partial(read_one, max_size=10**6)) for one in files]
        assert list(map(repr, found)) == list(map(repr, expected))
        cache.save()


@pytest.mark.parametrize(
    ("version", "touched", "max_size", "again"),
    [
        ("v1", 5, 100, False),
        ("v2", 5, 100, True),
        ("v1", 2**62, 100, True),  # Touched after the cache was opened.
        ("v1", 0, 100, False),  # A blob, which never changes.
        ("", 5, 100, True),
        ("v1", 5, 200, True),  # Read under another cap.
    ],
)
def test_what_is_believed(
    version: str, touched: int, max_size: int, again: bool, tmp_path: Path
) -> None:
    first = Cache(tmp_path / "cache", 100)
    item = Listed("m.json", 1, bytes, version and "v1", touched)
    first.ask(item, lambda _: Artifact("m.json", reason="old"))
    first.save()
    second = Cache(tmp_path / "cache", max_size)
    item = Listed("m.json", 1, bytes, version, touched)
    found = second.ask(item, lambda _: Artifact("m.json", reason="new"))
    assert found.reason == ("new" if again else "old")


def test_records_of_other_commits_stay(tmp_path: Path) -> None:
    for version in ("v1", "v2"):
        cache = Cache(tmp_path / "cache", 100)
        cache.ask(Listed("m.json", 1, bytes, version), lambda _: Artifact("m.json"))
        cache.save()
    cache = Cache(tmp_path / "cache", 100)
    assert all(cache.knows(Listed("m.json", 1, bytes, version)) for version in ("v1", "v2"))

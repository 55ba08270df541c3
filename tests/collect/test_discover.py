"""The walk finds what readers claim, in order, and opens nothing but regular files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from results_bot.collect.discover import may_exist, read_bytes, walk
from results_bot.collect.file import Listed
from results_bot.collect.paths import select
from results_bot.model import Problem


def put(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("{}", "utf-8")


def found(root: Path, *patterns: str) -> list[str]:
    return [one.path for one in walk(root, patterns) if isinstance(one, Listed)]


def problems(root: Path, *patterns: str) -> dict[str, str]:
    return {one.file: one.reason for one in walk(root, patterns) if isinstance(one, Problem)}


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["runs/*"], ["runs/a/m.json", "runs/a/x/m.json", "runs/b/m.json", "runs/b.json"]),
        (["runs/a"], ["runs/a/m.json", "runs/a/x/m.json", "runs/b.json"]),
        (["runs/**", "other/*"], [
            "other/c/m.json", "runs/a/m.json", "runs/a/x/m.json", "runs/b/m.json", "runs/b.json",
        ]),
        (["nowhere/*"], []),
        (["top.json"], ["top.json"]),
    ],
)  # fmt: skip
def test_what_the_walk_finds(patterns: list[str], expected: list[str], tmp_path: Path) -> None:
    put(tmp_path, "runs/a/m.json", "runs/a/x/m.json", "runs/b/m.json", "runs/b.json")
    put(tmp_path, "runs/a/notes.txt", "runs/node_modules/m.json", "other/c/m.json", "top.json")
    assert found(tmp_path, *patterns) == expected


NAMES = st.sampled_from(["a", "a-b", "b", ".git", "venv", ".aim", "x.json", "n.txt", "é"])
PATTERNS = st.lists(
    st.sampled_from(["**", "a/*", "a/**", "*/b", "a-b/**", "a/b/*"]), min_size=1, max_size=3
)


@example([["a"]], ["a/b/*"])
@given(st.lists(st.lists(NAMES, min_size=1, max_size=4), max_size=8), PATTERNS)
def test_a_list_of_paths_gives_what_the_walk_finds(
    tmp_path_factory: pytest.TempPathFactory, paths: list[list[str]], patterns: list[str]
) -> None:
    root = tmp_path_factory.mktemp("walk")
    listed = {"/".join([*parts, "m.json"]) for parts in paths}
    put(root, *listed)
    assert sorted(select(listed, patterns)) == sorted(set(found(root, *patterns)))


def test_links_and_odd_files_are_named_and_never_opened(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    put(root, "runs/a/metrics.json", "data/notes.txt")
    put(tmp_path, "secret.json")
    folder = root / "runs/a"
    (folder / "dead.json").symlink_to("nowhere.json")
    (folder / "out.json").symlink_to(tmp_path / "secret.json")
    (folder / "text.json").symlink_to(root / "data/notes.txt")
    (folder / "again.json").symlink_to("metrics.json")
    (folder / "folder.json").symlink_to(root / "data")
    (folder / "latest").symlink_to("../a", target_is_directory=True)
    (root / ".dvc/cache").mkdir(parents=True)
    (root / ".dvc/cache/0f3a").write_text("{}")
    (folder / "cached.json").symlink_to(root / ".dvc/cache/0f3a")
    os.mkfifo(folder / "pipe.json")
    assert found(root, "runs/*") == ["runs/a/cached.json", "runs/a/metrics.json"]
    assert problems(root, "runs/*") == {
        "runs/a/folder.json": "is a symbolic link to a folder that is not searched",
        "runs/a/dead.json": "is a symbolic link to nothing",
        "runs/a/out.json": "is a symbolic link out of the repository; it is not followed",
        "runs/a/pipe.json": "is not a regular file",
        "runs/a/text.json": (
            "is a symbolic link to a file that is no artifact; it is not followed"
        ),
    }
    for path in (folder / "pipe.json", Path("/dev/zero")):
        with pytest.raises(OSError, match="is not a regular file"):
            read_bytes(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_without_permission_is_a_problem_and_its_files_stay(tmp_path: Path) -> None:
    put(tmp_path, "runs/a/metrics.json", "runs/b/metrics.json")
    (tmp_path / "runs/a").chmod(0)
    try:
        assert found(tmp_path, "runs/*") == ["runs/b/metrics.json"]
        assert problems(tmp_path, "runs/*") == {"runs/a": "cannot be listed (Permission denied)"}
        assert may_exist(tmp_path, "runs/a/metrics.json")
    finally:
        (tmp_path / "runs/a").chmod(0o755)


def test_what_certainly_does_not_exist(tmp_path: Path) -> None:
    put(tmp_path, "runs/a.json")
    paths = ["runs/a.json", "runs/b.json", "runs/a.json/m.json", "runs"]
    assert [may_exist(tmp_path, path) for path in paths] == [True, False, False, False]

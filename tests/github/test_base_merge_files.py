"""Besides the page, the merge is git's own; the rest needs a manual merge, with one clear line."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.github.scene import GOOD, Scene, metrics, page_of, path
from tests.github_double import checkout
from tests.github_double.double import GitHubDouble
from tests.github_double.git_objects import SUBMODULE_MODE
from tests.github_double.records import PullRequest

PAGE = "RESULTS.md"
MINE = {path("gamma"): metrics(0.95, 0.2)}
THEIRS = {path("delta"): metrics(0.93, 0.3)}
IDENTITY = ("-c", "user.name=Wren", "-c", "user.email=wren@example.com")


@dataclass(frozen=True)
class Submodule:
    """A commit of another repository."""

    sha: str


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    to: str


V1, V2, V3 = (Submodule(digit * 40) for digit in "123")
Changes = Mapping[str, str | Submodule | Link | None]
"""Paths to what is put there, first what goes (None), be it a folder."""


@dataclass(frozen=True)
class Case:
    """What the pull request and its base do to the tree of `old`."""

    name: str
    mine: Changes = field(default_factory=dict)
    theirs: Changes = field(default_factory=dict)
    old: Changes = field(default_factory=dict)
    why: str = ""
    """Why it is left to a manual merge, of the line that says so."""


MERGED = [
    Case("two in one new folder", {"data/a": "1\n"}, {"data/b": "2\n"}),
    Case("names that begin alike", {"dat": "1\n", "data.txt/x": "1\n"}, {"data/a": "2\n"}),
    Case("a link", {"latest": Link("train.py")}, {"other": Link("train.py")}),
    Case("a folder deleted", {"data": None}, old={"data/a": "1\n", "data/b/c": "2\n"}),
    Case("a file to a folder in the base", {}, {"data": None, "data/a": "2\n"}, {"data": "1\n"}),
    Case("a folder to a file in the base", {}, {"data": "2\n"}, {"data/a": "1\n"}),
    Case(
        "the same on both sides",
        {"data": None, "data/a": "2\n"},
        {"data": None, "data/a": "2\n"},
        {"data": "1\n"},
    ),
    Case(
        "deleted here, a folder there",
        {"data": None},
        {"data": None, "data/a": "2\n"},
        {"data": "1\n"},
    ),
    Case("a submodule that is the same", old={"lib": V1}),
    Case("a submodule that the base adds", {}, {"lib": V1}),
    Case("a submodule that the base moves", {}, {"lib": V2}, {"lib": V1}),
    Case("a submodule that the base deletes", {}, {"lib": None}, {"lib": V1}),
    Case("a submodule moved alike", {"lib": V2}, {"lib": V2}, {"lib": V1}),
]
FOLDER = "data is a folder on one side only"
IS_SUBMODULE = "the pull request changes lib, which is a submodule"
LEFT = [
    Case("a file, and folders in the base", {"data": "1\n"}, {"data/b/c": "2\n"}, why=FOLDER),
    Case("folders, and a file in the base", {"data/b/c": "1\n"}, {"data": "2\n"}, why=FOLDER),
    Case(
        "one more in a folder that is now a file",
        {"data/b": "1\n"},
        {"data": "2\n"},
        {"data/a": "0\n"},
        FOLDER,
    ),
    Case("both changed one file", {"notes": "1\n"}, {"notes": "2\n"}, {"notes": "0\n"},
         "notes was changed on both sides"),
    Case("both changed a binary file", {"data": "1\0"}, {"data": "2\0"}, {"data": "0\0"},
         "data was changed on both sides"),
    Case("both changed a file in Latin-1",
         {"data": "\udce91\n"}, {"data": "\udce92\n"}, {"data": "\udce90\n"},
         "data was changed on both sides"),
    Case("changed and deleted", {"notes": "1\n"}, {"notes": None}, {"notes": "0\n"},
         "notes was changed on both sides"),
    Case("both moved a submodule", {"lib": V2}, {"lib": V3}, {"lib": V1}, IS_SUBMODULE),
    Case("a moved and deleted submodule", {"lib": V2}, {"lib": None}, {"lib": V1}, IS_SUBMODULE),
    Case("a submodule, and a folder", {"lib": V1}, {"lib/a": "2\n"}, why=IS_SUBMODULE),
    Case("a file, and a submodule", {"lib": "1\n"}, {"lib": V1}, why=IS_SUBMODULE),
    Case("a folder, and a submodule", {"lib/a": "1\n"}, {"lib": V1},
         why="lib is a folder on one side only"),
]  # fmt: skip
"""Where git finds a conflict as well."""
CAREFUL = [
    Case("a file to a folder", {"data": None, "data/a": "new\n"}, {}, {"data": "1\n"}, FOLDER),
    Case("a folder to a file", {"data": "new\n"}, {}, {"data/a": "1\n"}, FOLDER),
    Case("a new submodule", {"lib": V1}, why=IS_SUBMODULE),
    Case("a moved submodule", {"lib": V2}, {}, {"lib": V1}, IS_SUBMODULE),
    Case("a deleted submodule", {"lib": None}, {}, {"lib": V1}, IS_SUBMODULE),
    Case("a submodule to a file", {"lib": "1\n"}, {}, {"lib": V1}, IS_SUBMODULE),
    Case("a submodule to a folder", {"lib": None, "lib/a": "1\n"}, {}, {"lib": V1}, IS_SUBMODULE),
    Case("a file to a submodule", {"lib": V1}, {}, {"lib": "1\n"}, IS_SUBMODULE),
]
"""Where git would go on, with a work tree to see what it does."""


@dataclass
class Clone:
    """A real repository, whose branches go to the double."""

    scene: Scene
    folder: Path

    def git(self, *arguments: str) -> str:
        return checkout.git(self.folder, *IDENTITY, *arguments).decode()

    def commit(self, changes: Changes, branch: str) -> str:
        """Commit on the branch that is checked out, and push it."""
        # Where the index has a submodule, `add` looks for no files.
        self.git("rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "--", PAGE, *changes)
        for name, what in changes.items():
            self._put(self.folder / name, what)
        self.git("add", "--all")
        for name, what in changes.items():
            if isinstance(what, Submodule):
                entry = f"{SUBMODULE_MODE},{what.sha},{name}"
                self.git("update-index", "--add", "--cacheinfo", entry)
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change")
        return self.push(branch)

    def push(self, branch: str) -> str:
        return checkout.push(self.scene.github.state, self.scene.repo, self.folder, "HEAD", branch)

    def _put(self, path: Path, what: str | Submodule | Link | None) -> None:
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(what, str):
            path.write_bytes(what.encode("utf-8", "surrogateescape"))
        elif isinstance(what, Link):
            path.symlink_to(what.to)
        elif what is not None:
            path.mkdir()

    def merged(self) -> tuple[dict[str, tuple[str, str]], set[str]]:
        """Merge main into what is checked out; return the files, and those in conflict."""
        # The names of files that look alike are no matter of this bot.
        with suppress(subprocess.CalledProcessError):
            self.git("merge", "--quiet", "--no-commit", "-X", "no-renames", "origin-main")
        files: dict[str, tuple[str, str]] = {}
        unclear: set[str] = set()
        for line in self.git("ls-files", "--stage", "-z").split("\0")[:-1]:
            about, _, path = line.partition("\t")
            mode, sha, stage = about.split()
            if stage == "0":
                files[path] = (mode, sha)
            else:
                unclear.add(path)
        return files, unclear


@pytest.fixture
def clone(github: GitHubDouble, tmp_path: Path) -> Clone:
    scene = Scene(github, tmp_path)
    folder = tmp_path / "clone"
    checkout.check_out(github.state, scene.repo, folder)
    return Clone(scene, folder)


def collide(clone: Clone, case: Case) -> PullRequest:
    """Open a pull request whose page conflicts with its base, and stay on its branch."""
    scene = clone.scene
    pages = [page_of({**GOOD, **side}) for side in (MINE, THEIRS)]
    clone.commit(case.old, "main")
    clone.git("branch", "--quiet", "feature")
    clone.commit({**case.theirs, **THEIRS, PAGE: pages[1]}, "main")
    clone.git("branch", "--quiet", "origin-main")
    clone.git("checkout", "--quiet", "feature")
    clone.commit({**case.mine, **MINE, PAGE: pages[0]}, "feature")
    return scene.github.open_pull(scene.repo, "feature", login="will")


def is_left(clone: Clone, pull: PullRequest, why: str, said: str) -> None:
    """Hold the bot to having left the branch as it was, and to one line about that."""
    scene = clone.scene
    assert scene.github.state.head_sha(pull) == clone.git("rev-parse", "feature").strip()
    assert not scene.github.writes("git/")
    line = f"main is not merged into #{pull.number}: {why}; it needs a manual merge"
    assert [one for one in said.splitlines() if "merge" in one] == [line]
    assert scene.check(pull) == "success"


@pytest.mark.parametrize("case", MERGED, ids=lambda case: case.name)
def test_merged_as_git_does(clone: Clone, case: Case) -> None:
    pull = collide(clone, case)
    clone.scene.judge(pull)
    files, unclear = clone.merged()
    assert unclear == {PAGE}
    state = clone.scene.github.state
    head = state.store.commits[state.head_sha(pull)]
    assert len(head.parents) == 2
    made = {path: (one.mode, one.sha) for path, one in state.store.files(head.tree).items()}
    assert made.pop(PAGE)
    assert made == files


@pytest.mark.parametrize("case", [*LEFT, *CAREFUL], ids=lambda case: case.name)
def test_left_to_people(clone: Clone, case: Case) -> None:
    pull = collide(clone, case)
    is_left(clone, pull, case.why, clone.scene.judge(pull).log)
    unclear = clone.merged()[1]
    assert unclear == {PAGE} if case in CAREFUL else unclear > {PAGE}


def test_a_submodule_as_git_adds_it(clone: Clone, tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    checkout.git(library, "init", "--quiet")
    checkout.git(library, *IDENTITY, "commit", "--quiet", "--allow-empty", "--message", "First")
    pull = collide(clone, Case("none"))
    allowed = ("-c", "protocol.file.allow=always")
    clone.git(*allowed, "submodule", "--quiet", "add", str(library), "deps/library")
    clone.commit({}, "feature")
    log = clone.scene.judge(pull).log
    why = "the pull request changes deps/library, which is a submodule"
    is_left(clone, pull, why, log)


def test_more_files_than_one_request_takes(clone: Clone) -> None:
    pull = collide(clone, Case("many", {f"many/{at}": "1\n" for at in range(2000)}))
    log = clone.scene.judge(pull).log
    why = "the pull request changes 2,001 files besides the page, and GitHub takes 2,000 at once"
    is_left(clone, pull, why, log)

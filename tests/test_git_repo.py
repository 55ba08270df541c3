"""The door to git: which repository it is, what a commit holds, what it has no more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from results_bot import git_command
from results_bot.errors import RepositoryError
from results_bot.git_objects import Objects
from results_bot.git_repo import GitRepo

from tests.conftest import commit_all, git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository with one commit."""
    root = tmp_path / "repo"
    (root / "runs" / "a").mkdir(parents=True)
    (root / "runs" / "a" / "metrics.json").write_text("{}", "utf-8")
    (root / "runs" / "äö\tü.json").write_text("[]", "utf-8")
    (root / "page.md").write_text("# Page\n", "utf-8")
    git(root, "init", "-q", "-b", "main")
    commit_all(root, "All")
    return root


def opened(folder: Path) -> GitRepo:
    repo = GitRepo.find(folder)
    assert repo is not None
    return repo


def test_a_folder_outside_any_repository_has_none(tmp_path: Path) -> None:
    assert GitRepo.find(tmp_path) is None


def test_a_repository_is_found_from_below_and_knows_its_head(root: Path) -> None:
    repo = opened(root / "runs" / "a")
    assert (repo.root, repo.git_dir) == (root, root / ".git")
    assert repo.head == repo.commit("HEAD") == repo.last_change("page.md")
    assert repo.private_file("x") == root / ".git" / "x" or repo.private_file("x").parent.exists()


def test_before_the_first_commit_there_is_no_head(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    repo = opened(tmp_path)
    assert repo.head is None
    assert not repo.has_commits()
    (tmp_path / "a").touch()
    commit_all(tmp_path, "First")
    assert repo.has_commits()


def test_a_linked_work_tree_shares_the_git_folder(root: Path) -> None:
    git(root, "worktree", "add", "-q", str(root.parent / "linked"), "-b", "other")
    repo = opened(root.parent / "linked")
    assert repo.root == root.parent / "linked"
    assert repo.git_dir == root / ".git" / "worktrees" / "linked"
    assert repo.private_file("x").resolve() == root / ".git" / "x"


def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare")
    with pytest.raises(RepositoryError, match="is bare"):
        GitRepo.find(tmp_path)


def test_without_git_only_a_repository_is_an_error(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert GitRepo.find(tmp_path) is None
    with pytest.raises(RepositoryError, match="git is not installed"):
        GitRepo.find(root / "runs")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("page.md", "# Page\n"),
        ("runs/äö\tü.json", "[]"),
        ("runs", None),
        ("no blob 3", None),
        ("no such\nfile", None),
    ],
)
def test_a_text_is_read_from_a_commit(root: Path, path: str, text: str | None) -> None:
    (root / "page.md").write_text("another", "utf-8")
    assert opened(root).text_at("HEAD", path) == text


def test_texts_that_were_looked_up_are_at_hand(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = opened(root)
    commit = repo.commit("HEAD")
    repo.look_up("0" * 40, ["page.md"])
    repo.look_up(commit, ["page.md", "none", "runs", "odd\npath"])
    monkeypatch.setenv("PATH", "")
    assert repo.text_at(commit, "page.md") == "# Page\n"
    assert repo.text_at(commit, "none") is repo.text_at(commit, "runs") is None
    with pytest.raises(RepositoryError):
        repo.text_at("0" * 40, "page.md")


def test_a_commit_that_is_not_here_is_an_error(root: Path) -> None:
    with pytest.raises(RepositoryError):
        opened(root).text_at("0" * 40, "page.md")


def test_one_blob_is_read_as_many_are(root: Path) -> None:
    contents = [f"{number}\r\n\0".encode() for number in range(40)]
    objects = Objects(root)
    names = [objects.add(content) for content in contents]
    assert [objects.blob(name) for name in names] == contents
    with pytest.raises(ValueError, match="0000"):
        Objects(root).blob("0" * 40)


def test_only_what_was_deleted_is_told(root: Path) -> None:
    repo = opened(root)
    before = repo.commit("HEAD")
    (root / "runs" / "a" / "metrics.json").unlink()
    (root / "runs" / "a").rmdir()
    (root / "runs" / "a").write_text("a file in the folder's place", "utf-8")
    (root / "page.md").unlink()
    (root / "runs" / "b").symlink_to("a")
    commit_all(root, "Delete")
    after = repo.commit("HEAD")
    assert repo.deleted(before, after, ["runs"]) == ["runs/a/metrics.json"]
    assert repo.deleted(before, after, ["."]) == ["page.md", "runs/a/metrics.json"]
    assert repo.deleted(before, after, ["run"]) == []
    (root / "runs" / "a").unlink()
    git(root, "worktree", "add", "-q", "--detach", "sub")
    git(root, "add", "runs", "sub")
    git(root, "commit", "-q", "-m", "A file goes, a repository comes")
    last = repo.commit("HEAD")
    git(root, "rm", "-q", "--cached", "sub")
    git(root, "commit", "-q", "-m", "The repository goes")
    assert repo.deleted(after, last, ["."]) == ["runs/a"]
    assert repo.deleted(last, "HEAD", ["."]) == []


def test_what_git_began_with_is_what_it_is_asked(root: Path) -> None:
    repo = opened(root)
    head = repo.commit("HEAD")
    asked = repo.tree_paths(head, ["runs"]), repo.last_change("page.md", head)
    repo.begin(head, ["runs"], "page.md")
    (root / "page.md").unlink()
    commit_all(root, "Gone")
    assert (repo.tree_paths(head, ["runs"]), repo.last_change("page.md", head)) == asked
    assert repo.last_change("page.md") == repo.commit("HEAD")


def test_what_git_cannot_begin_with_fails_where_it_is_asked(root: Path) -> None:
    repo = opened(root)
    repo.begin("no commit", ["runs"], "page.md")
    with pytest.raises(RepositoryError, match=r"^git ls-tree failed: fatal: "):
        repo.tree_paths("no commit", ["runs"])
    with pytest.raises(RepositoryError, match=r"^git log failed: fatal: "):
        repo.last_change("page.md", "no commit")
    git_command.begin(root / "nowhere", *git_command.WHERE)
    assert GitRepo.find(root) is not None


def test_more_than_a_pipe_holds_waits_until_it_is_read(root: Path) -> None:
    """Git may not be done when it is asked."""
    many = [f"runs/{number:06}-{'x' * 60}.json" for number in range(3_000)]
    for path in many:
        (root / path).write_text("{}", "utf-8")
    commit_all(root, "Many")
    repo = opened(root)
    head = repo.commit("HEAD")
    repo.begin(head, ["runs"], "page.md")
    assert set(repo.tree_paths(head, ["runs"])) > set(many)
    assert repo.last_change("page.md", head) == repo.commit("HEAD^")


def test_objects_are_told_as_they_come_until_nobody_asks(root: Path) -> None:
    objects = Objects(root)
    with pytest.raises(ValueError, match=f"^{'0' * 40} is not in this repository$"):
        objects.blob("0" * 40)
    contents = [b"", b"\n", b"0 blob 1\n\n", bytes(100_000)]
    assert [objects.blob(objects.add(content)) for content in contents] == contents
    git_process = objects._process()
    assert objects.files("HEAD", ["page.md", "runs", "a b 7"]) == [b"# Page\n", None, None]
    assert objects._process() is git_process
    del objects
    assert git_process.returncode == 0


def test_objects_are_asked_for_again_where_git_died(root: Path) -> None:
    objects = Objects(root)
    sha = objects.add(b"content")
    assert objects.blob(sha) == b"content"
    objects._process().kill()
    assert objects.blob(sha) == b"content"
    assert objects.blob(sha) == b"content"


def test_where_git_cannot_tell_it_says_why(root: Path) -> None:
    objects = Objects(root)
    (root / ".git" / "HEAD").unlink()
    with pytest.raises(RepositoryError, match=r"^git cat-file failed: fatal: not a git repository"):
        objects.blob("0" * 40)


def test_a_forked_process_does_not_hear_what_its_parent_asked(root: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from results_bot.git_objects import Objects
objects = Objects(Path(sys.argv[1]))
names = [objects.add(bytes([one]) * 9_999) for one in range(200)]
objects.blob(names[0])
child = os.fork()
assert all(objects.blob(name) == bytes([one]) * 9_999 for one, name in enumerate(names))
if not child:
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    command = [sys.executable, "-c", code, str(root)]
    here = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"

"""The door to git: which repository it is, what a commit holds, what it has no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from results_bot.errors import RepositoryError
from results_bot.git import GitRepo
from results_bot.git_command import create, elsewhere

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


def test_a_repository_is_found_from_below_and_knows_its_head(root: Path) -> None:
    repo = opened(root / "runs" / "a")
    assert (repo.root, repo.git_dir) == (root, root / ".git")
    assert repo.head == repo.commit("HEAD") == repo.last_change("page.md")


def test_before_the_first_commit_there_is_no_head(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    assert opened(tmp_path).head is None
    (tmp_path / "a").touch()
    commit_all(tmp_path, "First")
    assert opened(tmp_path).head is not None


def test_a_linked_work_tree_shares_the_git_folder(root: Path) -> None:
    git(root, "worktree", "add", "-q", str(root.parent / "linked"), "-b", "other")
    repo = opened(root.parent / "linked")
    assert repo.root == root.parent / "linked"
    assert repo.git_dir == root / ".git" / "worktrees" / "linked"


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


def test_a_commit_that_is_not_here_is_an_error(root: Path) -> None:
    with pytest.raises(RepositoryError):
        opened(root).text_at("0" * 40, "page.md")


def test_blobs_are_read_by_one_process(root: Path) -> None:
    repo = opened(root)
    contents = [b"", b"\n", b"0 blob 1\n\n", bytes(100_000), b"\r\n\0"]
    for number, content in enumerate(contents):
        (root / "runs" / f"{number}.json").write_bytes(content)
        repo.stage(f"runs/{number}.json", content)
    staged = {one.path: one for one in repo.staged(["runs"])}
    assert [staged[f"runs/{number}.json"].read() for number in range(5)] == contents
    reader = repo._reader
    assert reader is not None
    assert repo.text_at("HEAD", "page.md") == "# Page\n"
    assert repo._reader is reader
    reader.kill()
    assert staged["runs/3.json"].read() == contents[3]


class Elsewhere:
    """Objects that were not fetched."""

    def tree(self, commit: str) -> list[tuple[str, str, int]]:
        return [("runs/far.json", commit[:40], 2), ("other.json", "2" * 40, 2)]

    def blob(self, sha: str) -> bytes:
        return sha[:2].encode()


def test_objects_that_are_not_here_are_read_elsewhere(root: Path) -> None:
    repo = opened(root).with_remote(Elsewhere())
    assert [one.read() for one in repo.tree("HEAD", ["page.md"])] == [b"# Page\n"]
    far = list(repo.tree("3" * 40, ["runs"]))
    assert [(one.path, one.read()) for one in far] == [("runs/far.json", b"33")]
    assert sorted(repo.top_names("3" * 40)) == ["other.json", "runs"]


def test_a_repository_of_another_hash_is_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "page.md").write_text("# Page\n", "utf-8")
    commit_all(tmp_path, "All")
    assert opened(tmp_path).text_at("HEAD", "page.md") == "# Page\n"
    assert [one.read() for one in opened(tmp_path).tree("HEAD")] == [b"# Page\n"]


def test_a_repository_that_breaks_is_reported(root: Path) -> None:
    repo = opened(root)
    (root / ".git" / "HEAD").unlink()
    with pytest.raises(RepositoryError, match=r"^git cat-file failed: fatal: not a git repository"):
        repo.text_at("HEAD", "page.md")


def test_a_hook_of_another_repository_is_not_seen(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("GIT_DIR", str(root / ".git")), ("GIT_INDEX_FILE", ".git/none")):
        monkeypatch.setenv(name, value)
    with elsewhere():
        repo = create(tmp_path / "new")
        assert repo.git.ls_files() == ""
    assert opened(root).commit("HEAD")


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

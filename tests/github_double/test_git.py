"""PyGithub, unmodified, reads and changes branches, files and git data of the double."""

from __future__ import annotations

from pathlib import Path

import pytest
from github import GithubException, InputGitTreeElement

from tests.github_double import checkout
from tests.github_double.conftest import Client
from tests.github_double.double import GitHubDouble
from tests.github_double.state import Repository


def test_repository_and_commits(github: GitHubDouble, repo: Repository, client: Client) -> None:
    sha = github.push(repo, "feature/x", {"a/b.json": "{}\n"}, "Add b", author="wren")
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    assert (seen.default_branch, seen.fork, seen.private) == ("main", False, False)
    commit = seen.get_commit(sha)
    assert (commit.author.login, commit.commit.message) == ("wren", "Add b")
    assert [(file.filename, file.status) for file in commit.files] == [("a/b.json", "added")]
    assert next(iter(seen.get_commits(sha="feature/x"))).sha == sha
    assert [one.sha for one in seen.get_commits(sha="feature/x", path="a/b.json")] == [sha]
    with pytest.raises(GithubException, match="No commit found"):
        seen.get_commit("0" * 40)


def test_comparison_goes_from_the_merge_base(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    start = github.head(repo).sha
    github.push(repo, "feature", {"new.txt": "1\n"})
    github.push(repo, "main", {"other.txt": "2\n"})
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    compared = seen.compare("main", "feature")
    assert compared.merge_base_commit.sha == start
    assert (compared.status, compared.ahead_by, compared.behind_by) == ("diverged", 1, 1)
    assert [file.patch for file in compared.files] == ["@@ -0,0 +1 @@\n+1"]
    fork = github.fork(repo, "mallory")
    github.push(fork, "feature", {"evil.txt": "3\n"})
    assert seen.compare("main", "mallory:feature").ahead_by == 2


def test_large_files_come_as_blobs_only(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    github.push(repo, "main", {"big.csv": "1,2\n" * 300_000})
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    big = seen.get_contents("big.csv")
    assert not isinstance(big, list)
    assert (big.encoding, big.size) == ("none", 1_200_000)
    assert seen.get_git_blob(big.sha).size == 1_200_000


def test_git_data_with_two_parents_and_no_force(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    main = github.head(repo).sha
    feature = github.push(repo, "feature", {"new.txt": "1\n"})
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    tree = seen.create_git_tree(
        [InputGitTreeElement("a/page.md", "100644", "blob", content="# P\n")],
        seen.get_git_tree(main),
    )
    parents = [seen.get_git_commit(main), seen.get_git_commit(feature)]
    merged = seen.create_git_commit("Merge", tree, parents)
    assert [parent.sha for parent in merged.parents] == [main, feature]
    ref = seen.get_git_ref("heads/main")
    ref.edit(merged.sha, force=False)
    assert github.head(repo).sha == merged.sha
    assert [one.path for one in seen.get_git_tree(merged.sha, recursive=True).tree] == [
        "RESULTS.md",
        "a/page.md",
    ]
    with pytest.raises(GithubException, match="Update is not a fast forward"):
        ref.edit(feature, force=False)
    ref.edit(feature, force=True)
    with pytest.raises(GithubException, match="Reference already exists"):
        seen.create_git_ref("refs/heads/main", main)


def test_protected_branches_refuse_pushes(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    repo.protected.add("main")
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    made = seen.create_git_commit("Add", seen.get_git_tree(github.head(repo).tree), [])
    with pytest.raises(GithubException, match="rule violations"):
        seen.get_git_ref("heads/main").edit(made.sha, force=True)


def test_real_git_has_the_same_hashes(
    github: GitHubDouble, repo: Repository, tmp_path: Path
) -> None:
    github.push(repo, "feature", {"a/b.txt": "1\n", "a.txt": "2\n"}, "Title\n\nBody\n")
    sha = checkout.check_out(github.state, repo, tmp_path, "feature")
    assert checkout.git(tmp_path, "rev-parse", "HEAD").decode().strip() == sha
    assert checkout.git(tmp_path, "status", "--porcelain") == b""
    checkout.git(tmp_path, "fsck", "--strict")
    (tmp_path / "a.txt").write_text("3\n")
    identity = ("-c", "user.name=Wren", "-c", "user.email=wren@example.com")
    checkout.git(tmp_path, *identity, "commit", "--quiet", "--all", "--message", "Change")
    pushed = checkout.push(github.state, repo, tmp_path, "HEAD", "feature")
    assert github.head(repo, "feature").sha == pushed
    assert github.head(repo, "feature").parents == (sha,)
    assert github.file(repo, "a.txt", "feature") == b"3\n"

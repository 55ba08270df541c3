"""PyGithub, unmodified, does with the double what it does with GitHub; all is judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from github import GithubException
from github.Repository import Repository as Seen

from tests.github_double import checkout
from tests.github_double.conftest import See
from tests.github_double.double import GitHubDouble
from tests.github_double.records import ALL_READ, PullRequest, Repository


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


def test_what_github_refuses(github: GitHubDouble, pull: PullRequest, seen: Seen, see: See) -> None:
    repo, main = pull.repo, github.head(pull.repo).sha
    shown, ref = seen.get_pull(pull.number), seen.get_git_ref("heads/main")
    run = seen.create_check_run("results-bot", main, status="in_progress")
    long = {"title": "t", "summary": "ü" * 40_000}
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: seen.get_commit("0" * 40), "No commit found"),
        (lambda: seen.create_pull(base="main", head="feature", title="x"), "already exists"),
        (lambda: seen.create_pull(base="main", head="main", title="x"), "No commits between"),
        (lambda: shown.create_issue_comment("x" * 65_537), "too long"),
        (lambda: shown.create_issue_comment(" "), "can't be blank"),
        (lambda: run.edit(output=long), "65535 characters are allowed; 80000"),
        (
            lambda: see(github.app_token(repo, "metrics")).get_check_run(run.id).edit(name="mine"),
            "Invalid app_id",
        ),
        (lambda: seen.create_git_ref("refs/heads/main", main), "Reference already exists"),
    ]
    for ask, message in refused:
        with pytest.raises(GithubException, match=message):
            ask()
    shown.create_issue_comment("x" * 65_536)
    github.push(repo, "main", {"other.txt": "2\n"})
    with pytest.raises(GithubException, match="Update is not a fast forward"):
        ref.edit(shown.head.sha, force=False)
    repo.protected.add("main")
    with pytest.raises(GithubException, match="rule violations"):
        ref.edit(shown.head.sha, force=True)


def test_a_deleted_fork(github: GitHubDouble, repo: Repository, seen: Seen) -> None:
    fork = github.fork(repo, "mallory")
    evil = github.push(fork, "feature", {"evil.txt": "1\n"})
    pull = github.open_pull(repo, "feature", fork=fork)
    run = github.run(repo, pull=pull)
    github.delete_repository(fork)
    left = seen.get_pull(pull.number).head
    assert (left.raw_data["repo"], left.sha) == (None, evil)
    assert seen.get_workflow_run(run.id).head_repository is None


@pytest.mark.parametrize("whose", ["a fork's", "another repository's"])
def test_a_token_that_may_not_write(
    github: GitHubDouble, pull: PullRequest, see: See, whose: str
) -> None:
    other = github.repository("octo/other")
    token = github.actions_token(other)
    if whose == "a fork's":
        token = github.actions_token(pull.repo, ALL_READ)
    seen = see(token)
    shown = seen.get_pull(pull.number)
    for write in (
        lambda: shown.create_issue_comment("hello"),
        lambda: seen.create_check_run("r", shown.head.sha),
        lambda: shown.edit(title="x"),
        lambda: seen.create_git_ref("refs/heads/x", shown.head.sha),
    ):
        with pytest.raises(GithubException, match="not accessible by integration") as refused:
            write()
        assert refused.value.status == 403
    assert len(github.writes()) == 4
    assert github.comments(pull) == []

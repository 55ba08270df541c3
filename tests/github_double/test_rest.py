"""The double refuses what GitHub refuses, and its commits are git's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.github_double import checkout
from tests.github_double.conftest import Client
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


MAIN, FEATURE = "{main}", "{feature}"
"""Stand for the heads of these branches."""
LONG = {"output": {"title": "t", "summary": "ü" * 40_000}}


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("GET", f"/commits/{'0' * 40}", None, "No commit found"),
        ("POST", "/pulls", {"base": "main", "head": "feature", "title": "x"}, "already exists"),
        ("POST", "/pulls", {"base": "main", "head": "main", "title": "x"}, "No commits between"),
        ("POST", "/issues/1/comments", {"body": "x" * 65_537}, "too long"),
        ("POST", "/issues/1/comments", {"body": " "}, "can't be blank"),
        ("POST", "/check-runs", {"name": "x", "head_sha": MAIN, **LONG}, "allowed; 80000"),
        ("POST", "/git/refs", {"ref": "refs/heads/main", "sha": MAIN}, "already exists"),
        ("PATCH", "/git/refs/heads/main", {"sha": FEATURE}, "not a fast forward"),
        ("PATCH", "/git/refs/heads/safe", {"sha": FEATURE, "force": True}, "rule violations"),
    ],
)
def test_what_github_refuses(
    github: GitHubDouble, pull: PullRequest, send: Client, method: str, path: str, body: Any,
    message: str,
) -> None:  # fmt: skip
    github.push(pull.repo, "main", {"other.txt": "2\n"})
    github.branch(pull.repo, "safe")
    pull.repo.protected.add("safe")
    heads = {f"{{{name}}}": github.head(pull.repo, name).sha for name in ("main", "feature")}
    body = body and {key: heads.get(str(value), value) for key, value in body.items()}
    answer = send(method, path, body)
    assert answer.status_code == 422
    assert message in answer.text


def test_a_check_is_its_apps_own(github: GitHubDouble, repo: Repository, send: Client) -> None:
    made = send("POST", "/check-runs", {"name": "x", "head_sha": github.head(repo).sha})
    other = Client(github, github.app_token(repo, "metrics"))
    answer = other("PATCH", f"/check-runs/{made.json()['id']}", {"name": "mine"})
    assert "Invalid app_id" in answer.text


def test_a_deleted_fork(github: GitHubDouble, repo: Repository, send: Client) -> None:
    fork = github.fork(repo, "mallory")
    evil = github.push(fork, "feature", {"evil.txt": "1\n"})
    run = github.run(repo, pull=github.open_pull(repo, "feature", fork=fork))
    github.delete_repository(fork)
    left = send("GET", "/pulls/1").json()["head"]
    assert (left["repo"], left["sha"]) == (None, evil)
    assert send("GET", f"/actions/runs/{run.id}").json()["head_repository"] is None


@pytest.mark.parametrize("whose", ["a fork's", "another repository's"])
def test_a_token_that_may_not_write(github: GitHubDouble, pull: PullRequest, whose: str) -> None:
    token = github.actions_token(github.repository("octo/other"))
    if whose == "a fork's":
        token = github.actions_token(pull.repo, ALL_READ)
    sha = github.head(pull.repo).sha
    for method, path, body in (
        ("POST", "/issues/1/comments", {"body": "hello"}),
        ("POST", "/check-runs", {"name": "r", "head_sha": sha}),
        ("PATCH", "/pulls/1", {"title": "x"}),
        ("POST", "/git/refs", {"ref": "refs/heads/x", "sha": sha}),
    ):
        answer = Client(github, token)(method, path, body)
        assert answer.status_code == 403
        assert "not accessible by integration" in answer.text
    assert github.comments(pull) == []

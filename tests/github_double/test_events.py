"""Events agree with the state, with GitHub's description of webhooks, and with what runners set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.github_double.double import GitHubDouble
from tests.github_double.events import runner_environment
from tests.github_double.records import PullRequest, Repository


@pytest.fixture
def forked(github: GitHubDouble, repo: Repository) -> PullRequest:
    fork = github.fork(repo, "mallory")
    github.push(fork, "evil", {"evil.txt": "1\n"})
    return github.open_pull(repo, "evil", fork=fork)


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "edited", "closed"])
def test_pull_requests(github: GitHubDouble, forked: PullRequest, action: str) -> None:
    event = github.events.pull_request(forked, action)
    shown = event.payload["pull_request"]
    assert shown["head"]["repo"]["full_name"] == "mallory/results"
    assert shown["head"]["sha"] == github.state.head_sha(forked)
    assert (event.ref, event.head_ref, event.base_ref) == ("refs/pull/1/merge", "evil", "main")
    merge = github.state.store.commits[event.sha]
    assert merge.parents == (shown["base"]["sha"], shown["head"]["sha"])


def test_the_base_in_a_payload_grows_stale(github: GitHubDouble, pull: PullRequest) -> None:
    old = github.head(pull.repo).sha
    github.push(pull.repo, "main", {"other.txt": "2\n"})
    shown = github.events.pull_request(pull).payload["pull_request"]
    assert shown["base"]["sha"] == old != github.head(pull.repo).sha


def test_comments_and_reviews(github: GitHubDouble, pull: PullRequest) -> None:
    comment = github.comment(pull, "mia", "/approve-metrics abc")
    event = github.events.issue_comment(comment)
    assert event.payload["comment"]["body"] == "/approve-metrics abc"
    assert event.payload["issue"]["pull_request"]["url"].endswith("/pulls/1")
    assert (event.ref, event.sha) == ("refs/heads/main", github.head(pull.repo).sha)
    github.edit_comment(comment, "/approve-metrics def", "octo")
    edited = github.events.issue_comment(comment, "edited").payload
    assert edited["changes"] == {"body": {"from": "/approve-metrics abc"}}
    assert edited["sender"]["login"] == "octo"
    github.events.issue_comment(comment, "deleted")
    plain = github.comment(github.open_issue(pull.repo, "ravi", "Why?"), "ravi", "?")
    assert "pull_request" not in github.events.issue_comment(plain).payload["issue"]
    review = github.review(pull, "mia", "APPROVE", "good")
    for action in ("submitted", "edited", "dismissed"):
        shown = github.events.pull_request_review(pull, review, action)
        assert shown.payload["review"]["state"] == "approved"


def test_merge_groups(github: GitHubDouble, pull: PullRequest, forked: PullRequest) -> None:
    repo, main = pull.repo, github.head(pull.repo).sha
    event = github.events.merge_group(repo, pull, forked)
    group = event.payload["merge_group"]
    assert (group["base_sha"], group["head_sha"]) == (main, event.sha)
    assert group["head_ref"] == event.ref == f"refs/heads/gh-readonly-queue/main/pr-2-{main}"
    assert github.file(repo, "evil.txt", event.sha) == b"1\n"
    assert github.head(repo).sha == main


def test_events_of_the_default_branch(github: GitHubDouble, forked: PullRequest) -> None:
    repo, before = forked.repo, github.head(forked.repo).sha
    github.push(repo, "main", {"a.txt": "1\n"})
    run = github.events.workflow_run(github.run(repo, pull=forked))
    assert run.payload["workflow_run"]["head_sha"] == forked.head_sha
    assert run.payload["workflow_run"]["head_repository"]["full_name"] == "mallory/results"
    others = github.events.push(repo, "main", before), github.events.schedule(repo)
    for event in (run, *others, github.events.workflow_dispatch(repo)):
        assert (event.ref, event.sha) == ("refs/heads/main", github.head(repo).sha)


def test_a_payload_against_the_description_fails(
    github: GitHubDouble, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "title", 3)
    with pytest.raises(AssertionError, match="title: 3 is not of type 'string'"):
        github.events.pull_request(pull)


def test_what_a_runner_sets(github: GitHubDouble, pull: PullRequest, tmp_path: Path) -> None:
    event = github.events.pull_request(pull)
    set_ = runner_environment(event, tmp_path, github.enterprise_web, run_id=7)
    assert json.loads(Path(set_["GITHUB_EVENT_PATH"]).read_text()) == event.payload
    assert set_["GITHUB_API_URL"] == f"{github.url}/api/v3"
    assert set_["GITHUB_SHA"] == event.sha
    assert Path(set_["GITHUB_OUTPUT"]).read_text() == ""
    assert not any(name.endswith("TOKEN") for name in set_)

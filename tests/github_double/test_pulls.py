"""PyGithub, unmodified, does with pull requests of the double what it does on GitHub."""

from __future__ import annotations

import pytest
import requests
from github import GithubException

from tests.github_double.conftest import Client
from tests.github_double.double import GitHubDouble
from tests.github_double.state import Repository


def test_pull_requests(github: GitHubDouble, repo: Repository, client: Client) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    github.push(repo, "release", {"old.txt": "0\n"})
    fork = github.fork(repo, "mallory")
    evil = github.push(fork, "feature", {"evil.txt": "1\n"})
    from_fork = github.open_pull(repo, "feature", fork=fork)
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    made = seen.create_pull(base="main", head="feature", title="Refresh", body="b", draft=True)
    assert (made.user.login, made.draft, made.mergeable) == ("github-actions[bot]", True, True)
    made.edit(title="Refreshed", body="c")
    with pytest.raises(GithubException, match="already exists"):
        seen.create_pull(base="main", head="feature", title="Again")
    with pytest.raises(GithubException, match="No commits between"):
        seen.create_pull(base="main", head="main", title="Nothing")
    other = github.open_pull(repo, "feature", base="release")
    found = seen.get_pulls(state="open", head="octo:feature")
    assert sorted(one.number for one in found) == [made.number, other.number]
    assert seen.get_pull(from_fork.number).head.repo.full_name == "mallory/results"
    assert [one.number for one in seen.get_commit(evil).get_pulls()] == [from_fork.number]
    made.edit(state="closed")
    assert [one.title for one in seen.get_pulls(state="closed")] == ["Refreshed"]


def test_a_deleted_fork_leaves_no_head_repository(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    fork = github.fork(repo, "mallory")
    sha = github.push(fork, "evil", {"evil.txt": "1\n"})
    pull = github.open_pull(repo, "evil", fork=fork)
    run = github.run(repo, pull=pull)
    github.delete_repository(fork)
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    head = seen.get_pull(pull.number).head
    assert head.raw_data["repo"] is None
    assert head.sha == sha
    assert seen.get_workflow_run(run.id).head_repository is None


def test_comments(github: GitHubDouble, repo: Repository, client: Client) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    pull = github.open_pull(repo, "feature", login="wren")
    theirs = github.comment(pull, "ravi", "Why?")
    seen = client(github.actions_token(repo)).get_repo("octo/results").get_pull(pull.number)
    mine = seen.create_issue_comment("<!-- marker -->\nfirst")
    assert mine.user.login == "github-actions[bot]"
    mine.edit("second")
    github.edit_comment(theirs, "Why not?")
    shown = [seen.get_issue_comment(one) for one in (theirs.id, mine.id)]
    assert [(one.user.login, one.body) for one in shown] == [
        ("ravi", "Why not?"),
        ("github-actions[bot]", "second"),
    ]
    assert all(one.updated_at > one.created_at for one in shown)
    associations = [one.raw_data["author_association"] for one in shown]
    assert associations == ["COLLABORATOR", "NONE"]
    mine.delete()
    assert github.comments(pull, "github-actions[bot]") == []
    with pytest.raises(GithubException, match="too long"):
        seen.create_issue_comment("x" * 65_537)
    with pytest.raises(GithubException, match="can't be blank"):
        seen.create_issue_comment(" ")
    seen.create_issue_comment("x" * 65_536)


def test_lists_are_paged_and_linked(github: GitHubDouble, repo: Repository, client: Client) -> None:
    sha = github.head(repo).sha
    token = github.actions_token(repo)
    seen = client(token).get_repo("octo/results")
    for number in range(65):
        seen.create_check_run(f"check {number}", sha)
    assert len(list(seen.get_commit(sha).get_check_runs())) == 65
    url = f"{github.url}/repos/octo/results/commits/{sha}/check-runs"
    headers = {"Authorization": f"Bearer {token.secret}"}
    first = requests.get(url, headers=headers, timeout=5)
    assert (len(first.json()["check_runs"]), set(first.links)) == (30, {"next", "last"})
    last = requests.get(first.links["last"]["url"], headers=headers, timeout=5)
    assert (len(last.json()["check_runs"]), set(last.links)) == (5, {"prev", "first"})
    most = requests.get(f"{url}?per_page=500", headers=headers, timeout=5)
    assert len(most.json()["check_runs"]) == 65

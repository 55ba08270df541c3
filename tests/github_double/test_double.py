"""PyGithub, unmodified, does with the double what it does with GitHub; all is judged."""

from __future__ import annotations

import io
import zipfile

import pytest
import requests
from github import GithubException, UnknownObjectException
from github.GithubObject import NotSet

from tests.github_double.conftest import Client
from tests.github_double.double import GitHubDouble
from tests.github_double.people import ALL_READ
from tests.github_double.state import Repository


def test_check_runs(github: GitHubDouble, repo: Repository, client: Client) -> None:
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    sha = github.head(repo).sha
    run = seen.create_check_run("results-bot", sha, status="in_progress")
    note = {"path": "RESULTS.md", "start_line": 1, "end_line": 1, "message": "worse"}
    batch = [note | {"annotation_level": "failure"}] * 50
    output = {"title": "t", "summary": "s", "text": "x", "annotations": batch}
    run.edit(output=output)
    run.edit(status="completed", conclusion="action_required", output=output)
    assert (run.status, run.conclusion) == ("completed", "action_required")
    assert run.output.annotations_count == 100
    found = seen.get_commit(sha).get_check_runs(check_name="results-bot")
    assert [(one.id, one.app.slug) for one in found] == [(run.id, "github-actions")]
    with pytest.raises(GithubException, match="No commit found"):
        seen.create_check_run("results-bot", "0" * 40)
    other = client(github.app_token(repo, "metrics")).get_repo("octo/results")
    with pytest.raises(GithubException, match="Invalid app_id"):
        other.get_check_run(run.id).edit(name="mine")


def test_check_texts_are_counted_in_bytes(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    sha, summary = github.head(repo).sha, "ü" * 40_000
    with pytest.raises(GithubException, match="65535 characters are allowed; 80000"):
        seen.create_check_run("r", sha, output={"title": "t", "summary": summary})


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [
        ("octo", "admin", "admin"),
        ("mia", "write", "maintain"),
        ("wren", "write", "write"),
        ("tess", "read", "triage"),
        ("ravi", "read", "read"),
        ("cleo", "write", "curator"),
        ("stranger", "read", "read"),
    ],
)
def test_permissions(
    github: GitHubDouble,
    repo: Repository,
    client: Client,
    login: str,
    permission: str,
    role: str,
) -> None:
    github.user("stranger")
    github.user("cleo")
    repo.custom_roles["curator"] = "write"
    repo.roles["cleo"] = "curator"
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    assert seen.get_collaborator_permission(login) == permission
    assert seen.get_collaborator_role_name(login) == role


def test_nobody_has_no_permission(github: GitHubDouble, repo: Repository, client: Client) -> None:
    github.user("stranger")
    repo.private = True
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    assert seen.get_collaborator_permission("stranger") == "none"
    with pytest.raises(UnknownObjectException):
        seen.get_collaborator_permission("never-heard-of")


def test_runs_and_jobs(github: GitHubDouble, repo: Repository, client: Client) -> None:
    fork = github.fork(repo, "mallory")
    sha = github.push(fork, "evil", {"evil.txt": "1\n"})
    run = github.run(repo, pull=github.open_pull(repo, "evil", fork=fork))
    github.job(run, "train (1)")
    github.job(run, "train (2)", "failure")
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    shown = seen.get_workflow_run(run.id)
    assert (shown.head_sha, shown.head_repository.full_name) == (sha, "mallory/results")
    assert shown.pull_requests == []
    assert [(job.name, job.conclusion) for job in shown.jobs()] == [
        ("train (1)", "success"),
        ("train (2)", "failure"),
    ]
    assert [one.id for one in seen.get_workflow_runs(head_sha=sha)] == [run.id]


def test_artifacts_come_from_another_host(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    run = github.run(repo)
    for number in range(35):
        github.artifact(run, f"metrics-{number}", {"m.json": f'{{"n": {number}}}'})
    old = github.artifact(run, "old", {}, expired=True)
    token = github.actions_token(repo)
    shown = list(client(token).get_repo("octo/results").get_workflow_run(run.id).get_artifacts())
    assert len(shown) == 36
    assert [one.name for one in shown if one.expired] == ["old"]
    headers = {"Authorization": f"Bearer {token.secret}"}
    answer = requests.get(shown[-1].archive_download_url, headers=headers, timeout=5)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read("m.json") == b'{"n": 0}'
    assert shown[-1].raw_data["digest"].startswith("sha256:")
    assert [one.operation for one in github.log[-2:]] == ["actions/download-artifact", "download"]
    url = f"{github.url}/repos/octo/results/actions/artifacts/{old.id}/zip"
    assert requests.get(url, headers=headers, timeout=5).status_code == 410


def test_a_forks_token_only_reads(github: GitHubDouble, repo: Repository, client: Client) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    pull = github.open_pull(repo, "feature")
    seen = client(github.actions_token(repo, ALL_READ, "fork")).get_repo("octo/results")
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


def test_another_repositorys_token_does_not_write(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    other = github.repository("octo/other")
    seen = client(github.actions_token(other)).get_repo("octo/results")
    with pytest.raises(GithubException, match="not accessible by integration"):
        seen.create_git_ref("refs/heads/x", github.head(repo).sha)


def test_an_unknown_token(github: GitHubDouble, repo: Repository) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    answer = requests.get(f"{github.url}/repos/{repo.full_name}", headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")
    assert requests.get(f"{github.url}/repos/{repo.full_name}", timeout=5).ok


def test_enterprise_addresses(github: GitHubDouble, repo: Repository, client: Client) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    pull = github.open_pull(repo, "feature")
    seen = client(github.actions_token(repo), github.enterprise_url).get_repo("octo/results")
    assert seen.url == f"{github.url}/api/v3/repos/octo/results"
    shown = seen.get_pull(pull.number)
    made = shown.create_issue_comment("a")
    assert shown.get_issue_comment(made.id).body == "a"
    result = client(github.actions_token(repo), github.enterprise_url).requester.graphql_query(
        "{ viewer { login } }", {}
    )
    assert result[1]["data"]["viewer"]["login"] == "github-actions[bot]"
    assert github.log[-1].path == "/graphql"


def test_unset_values_of_pygithub_are_left_out(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    seen.create_check_run("r", github.head(repo).sha, conclusion=NotSet)
    assert github.log[-1].body.keys() == {"name", "head_sha"}

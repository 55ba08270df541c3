"""PyGithub, unmodified, does with the double what it does with GitHub; all is judged."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import requests
from github import GithubException, InputGitTreeElement
from github.Repository import Repository as Seen

from tests.github_double import checkout
from tests.github_double.conftest import See
from tests.github_double.double import GitHubDouble
from tests.github_double.records import ALL_READ, PullRequest, Repository


def test_commits_and_comparisons(github: GitHubDouble, repo: Repository, seen: Seen) -> None:
    start = github.head(repo).sha
    sha = github.push(repo, "feature/x", {"a/b.json": "{}\n"}, "Add b", author="wren")
    github.push(repo, "main", {"other.txt": "2\n"})
    commit = seen.get_commit(sha)
    assert (commit.author.login, commit.commit.message) == ("wren", "Add b")
    assert [one.sha for one in seen.get_commits(sha=sha)] == [sha, start]
    assert [one.sha for one in seen.get_commits(sha=sha, path="a/b.json")] == [sha]
    compared = seen.compare("main", "feature/x")
    assert compared.merge_base_commit.sha == start
    assert (compared.status, compared.ahead_by, compared.behind_by) == ("diverged", 1, 1)
    with pytest.raises(GithubException, match="No commit found"):
        seen.get_commit("0" * 40)


def test_git_data(github: GitHubDouble, repo: Repository, seen: Seen) -> None:
    main = github.head(repo).sha
    feature = github.push(repo, "feature", {"new.txt": "1\n"})
    blob = seen.create_git_blob("IyBQCg==", "base64")
    entry = InputGitTreeElement("RESULTS.md/page.md", "100644", "blob", sha=blob.sha)
    tree = seen.create_git_tree([entry], seen.get_git_commit(main).tree)
    parents = [seen.get_git_commit(main), seen.get_git_commit(feature)]
    merged = seen.create_git_commit("Merge", tree, parents)
    assert [parent.sha for parent in merged.parents] == [main, feature]
    ref = seen.get_git_ref("heads/main")
    ref.edit(merged.sha, force=False)
    shown = seen.get_git_tree(merged.sha, recursive=True).tree
    assert [one.path for one in shown] == ["RESULTS.md/page.md"]
    assert github.file(repo, "RESULTS.md/page.md") == b"# P\n"
    with pytest.raises(GithubException, match="Update is not a fast forward"):
        ref.edit(feature, force=False)
    with pytest.raises(GithubException, match="Reference already exists"):
        seen.create_git_ref("refs/heads/main", main)
    repo.protected.add("main")
    with pytest.raises(GithubException, match="rule violations"):
        ref.edit(feature, force=True)


def test_large_files_come_as_blobs_only(github: GitHubDouble, repo: Repository, seen: Seen) -> None:
    github.push(repo, "main", {"big.csv": "1,2\n" * 300_000})
    big = seen.get_contents("big.csv")
    assert not isinstance(big, list)
    assert (big.encoding, big.size) == ("none", 1_200_000)
    assert seen.get_git_blob(big.sha).size == 1_200_000


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


def test_pull_requests(github: GitHubDouble, repo: Repository, seen: Seen) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    fork = github.fork(repo, "mallory")
    evil = github.push(fork, "feature", {"evil.txt": "1\n"})
    from_fork = github.open_pull(repo, "feature", fork=fork)
    made = seen.create_pull(base="main", head="feature", title="Refresh", body="b")
    assert made.user.login == "github-actions[bot]"
    made.edit(title="Refreshed", body="c")
    for head, message in (("feature", "already exists"), ("main", "No commits between")):
        with pytest.raises(GithubException, match=message):
            seen.create_pull(base="main", head=head, title="Again")
    found = seen.get_pulls(state="open", head="octo:feature")
    assert [(one.number, one.title) for one in found] == [(made.number, "Refreshed")]
    assert [one.number for one in seen.get_commit(evil).get_pulls()] == [from_fork.number]
    run = github.run(repo, pull=from_fork)
    assert seen.get_workflow_run(run.id).head_repository.full_name == "mallory/results"
    github.delete_repository(fork)
    left = seen.get_pull(from_fork.number).head
    assert (left.raw_data["repo"], left.sha) == (None, evil)
    assert seen.get_workflow_run(run.id).head_repository is None
    github.merge_pull(repo.pulls[1], "mia")
    assert seen.get_pull(made.number).merged_at is not None


def test_comments(github: GitHubDouble, pull: PullRequest, seen: Seen) -> None:
    shown = seen.get_pull(pull.number)
    mine = shown.create_issue_comment("<!-- marker -->\nfirst")
    assert mine.user.login == "github-actions[bot]"
    mine.edit("second")
    assert [one.body for one in github.comments(pull)] == ["second"]
    mine.delete()
    assert github.comments(pull) == []
    for body, message in (("x" * 65_537, "too long"), (" ", "can't be blank")):
        with pytest.raises(GithubException, match=message):
            shown.create_issue_comment(body)
    shown.create_issue_comment("x" * 65_536)


def test_check_runs(github: GitHubDouble, repo: Repository, seen: Seen, see: See) -> None:
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
    assert [one.id for one in found] == [run.id]
    with pytest.raises(GithubException, match="65535 characters are allowed; 80000"):
        run.edit(output={"title": "t", "summary": "ü" * 40_000})
    with pytest.raises(GithubException, match="Invalid app_id"):
        see(github.app_token(repo, "metrics")).get_check_run(run.id).edit(name="mine")


def test_lists_are_paged(github: GitHubDouble, repo: Repository, seen: Seen) -> None:
    sha = github.head(repo).sha
    for number in range(65):
        seen.create_check_run(f"check {number}", sha)
    assert len(list(seen.get_commit(sha).get_check_runs())) == 65
    assert [one.query.get("page", "1") for one in github.log[-3:]] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [
        ("octo", "admin", "admin"),
        ("mia", "write", "maintain"),
        ("tess", "read", "triage"),
        ("stranger", "read", "read"),
    ],
)
def test_permissions(
    github: GitHubDouble, seen: Seen, login: str, permission: str, role: str
) -> None:
    github.state.user("stranger")
    assert seen.get_collaborator_permission(login) == permission
    assert seen.get_collaborator_role_name(login) == role


def test_jobs_and_artifacts(github: GitHubDouble, repo: Repository, seen: Seen) -> None:
    run = github.run(repo)
    github.job(run, "train", "failure")
    github.artifact(run, "metrics", {"m.json": "{}"})
    old = github.artifact(run, "old", {}, expired=True)
    token = github.actions_token(repo)
    shown = seen.get_workflow_run(run.id)
    assert [(job.name, job.conclusion) for job in shown.jobs()] == [("train", "failure")]
    artifacts = list(shown.get_artifacts())
    assert [(one.name, one.expired) for one in artifacts] == [("old", True), ("metrics", False)]
    headers = {"Authorization": f"Bearer {token.secret}"}
    answer = requests.get(f"{artifacts[1].url}/zip", headers=headers, timeout=5)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read("m.json") == b"{}"
    assert [one.operation for one in github.log[-2:]] == ["actions/download-artifact", "download"]
    url = f"{github.url}/repos/octo/results/actions/artifacts/{old.id}/zip"
    assert requests.get(url, headers=headers, timeout=5).status_code == 410


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

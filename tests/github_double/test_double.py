"""PyGithub, unmodified, does with the double what it does with GitHub; all answers are judged."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import requests
from github import GithubException, InputGitTreeElement, UnknownObjectException
from github.GithubObject import NotSet

from tests.github_double import checkout
from tests.github_double.conftest import Client
from tests.github_double.double import GitHubDouble
from tests.github_double.people import ALL_READ
from tests.github_double.state import Repository


def test_repository_branches_and_commits(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    sha = github.push(repo, "feature/x", {"a/b.json": "{}\n"}, "Add b", author="wren")
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    assert (seen.default_branch, seen.fork, seen.private) == ("main", False, False)
    assert [branch.name for branch in seen.get_branches()] == ["feature/x", "main"]
    assert seen.get_branch("feature/x").commit.sha == sha
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


def test_contents(github: GitHubDouble, repo: Repository, client: Client) -> None:
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    made = seen.create_file("runs/one.json", "Add", "{}\n", branch="main")
    assert github.file(repo, "runs/one.json") == b"{}\n"
    with pytest.raises(GithubException) as stale:
        seen.update_file("runs/one.json", "Stale", "[]\n", "0" * 40, branch="main")
    assert stale.value.status == 409
    seen.update_file("runs/one.json", "Change", "[]\n", made["content"].sha, branch="main")
    listed = seen.get_contents("runs")
    assert isinstance(listed, list)
    assert [one.path for one in listed] == ["runs/one.json"]
    one = seen.get_contents("runs/one.json")
    assert not isinstance(one, list)
    assert one.decoded_content == b"[]\n"
    seen.delete_file("runs/one.json", "Delete", one.sha, branch="main")
    assert github.file(repo, "runs/one.json") is None
    with pytest.raises(UnknownObjectException):
        seen.get_contents("runs/one.json")


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
    seen.create_git_ref("refs/heads/topic/a", main).delete()
    assert [one.ref for one in seen.get_git_matching_refs("heads/f")] == ["refs/heads/feature"]


def test_merges(github: GitHubDouble, repo: Repository, client: Client) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    github.push(repo, "main", {"other.txt": "2\n"})
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    merged = seen.merge("feature", "main", "Bring main")
    assert merged is not None
    assert len(merged.parents) == 2
    assert seen.merge("feature", "main") is None
    github.push(repo, "main", {"new.txt": "mine\n"})
    github.push(repo, "feature", {"new.txt": "theirs\n"})
    with pytest.raises(GithubException) as conflict:
        seen.merge("feature", "main")
    assert conflict.value.status == 409


def test_protected_branches_refuse_pushes(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    repo.protected.add("main")
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    assert seen.get_branch("main").protected
    with pytest.raises(GithubException, match="rule violations"):
        seen.create_file("a", "Add", "1", branch="main")


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
    assert [file.filename for file in seen.get_pull(from_fork.number).get_files()] == [
        "evil.txt",
        "new.txt",
    ]
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


def test_merging_closes_and_moves_on(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    pull = github.open_pull(repo, "feature", login="wren")
    shown = client(github.actions_token(repo)).get_repo("octo/results").get_pull(pull.number)
    stale = shown.head.sha
    github.push(repo, "feature", {"new.txt": "2\n"})
    with pytest.raises(GithubException, match="Head branch was modified"):
        shown.merge(sha=stale)
    assert not shown.is_merged()
    assert shown.merge().merged
    assert shown.is_merged()
    assert github.file(repo, "new.txt") == b"2\n"
    assert pull.state == "closed"


def test_comments(github: GitHubDouble, repo: Repository, client: Client) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    pull = github.open_pull(repo, "feature", login="wren")
    theirs = github.comment(pull, "ravi", "Why?")
    seen = client(github.actions_token(repo)).get_repo("octo/results").get_pull(pull.number)
    mine = seen.create_issue_comment("<!-- marker -->\nfirst")
    assert mine.user.login == "github-actions[bot]"
    mine.edit("second")
    github.edit_comment(theirs, "Why not?")
    shown = list(seen.get_issue_comments())
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
    github.push(repo, "feature", {"new.txt": "1\n"})
    pull = github.open_pull(repo, "feature")
    for number in range(65):
        github.comment(pull, "ravi", f"comment {number}")
    token = github.actions_token(repo)
    seen = client(token).get_repo("octo/results").get_pull(pull.number)
    assert [one.body for one in seen.get_issue_comments()] == [f"comment {n}" for n in range(65)]
    url = f"{github.url}/repos/octo/results/issues/{pull.number}/comments"
    headers = {"Authorization": f"Bearer {token.secret}"}
    first = requests.get(url, headers=headers, timeout=5)
    assert (len(first.json()), set(first.links)) == (30, {"next", "last"})
    last = requests.get(first.links["last"]["url"], headers=headers, timeout=5)
    assert (len(last.json()), set(last.links)) == (5, {"prev", "first"})
    most = requests.get(f"{url}?per_page=500", headers=headers, timeout=5)
    assert len(most.json()) == 65


def test_reviews(github: GitHubDouble, repo: Repository, client: Client) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    pull = github.open_pull(repo, "feature", login="wren")
    github.review(pull, "mia", "APPROVE", "/approve-metrics abc")
    seen = client(github.actions_token(repo)).get_repo("octo/results").get_pull(pull.number)
    seen.create_review(body="Look", event="COMMENT")
    shown = list(seen.get_reviews())
    assert [(one.user.login, one.state) for one in shown] == [
        ("mia", "APPROVED"),
        ("github-actions[bot]", "COMMENTED"),
    ]
    shown[0].dismiss("Stale")
    assert seen.get_review(shown[0].id).state == "DISMISSED"
    own = client(github.personal_token("wren")).get_repo("octo/results").get_pull(pull.number)
    with pytest.raises(GithubException, match="Can not approve your own"):
        own.create_review(event="APPROVE")


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
    assert len(list(run.get_annotations())) == 100
    found = seen.get_commit(sha).get_check_runs(check_name="results-bot")
    assert [(one.id, one.app.slug) for one in found] == [(run.id, "github-actions")]
    with pytest.raises(GithubException, match="No commit found"):
        seen.create_check_run("results-bot", "0" * 40)
    other = client(github.app_token(repo, "metrics")).get_repo("octo/results")
    with pytest.raises(GithubException, match="Invalid app_id"):
        other.get_check_run(run.id).edit(name="mine")
    person = client(github.personal_token("octo")).get_repo("octo/results")
    with pytest.raises(GithubException, match="via a GitHub App"):
        person.create_check_run("results-bot", sha)


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
    with pytest.raises(UnknownObjectException):
        client(github.personal_token("stranger")).get_repo("octo/results")
    assert seen.has_in_collaborators("ravi")


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
    assert [one.id for one in seen.get_workflow("train.yml").get_runs()] == [run.id]


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


def test_users(github: GitHubDouble, repo: Repository, client: Client) -> None:
    actions = client(github.actions_token(repo))
    with pytest.raises(GithubException, match="not accessible by integration"):
        assert actions.get_user().login
    assert client(github.personal_token("wren")).get_user().login == "wren"
    assert actions.get_user("ravi").id == github.user("ravi").id
    assert actions.get_rate_limit().rate.remaining == 4998


def test_a_forks_token_only_reads(github: GitHubDouble, repo: Repository, client: Client) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    pull = github.open_pull(repo, "feature")
    seen = client(github.actions_token(repo, ALL_READ, "fork")).get_repo("octo/results")
    shown = seen.get_pull(pull.number)
    for write in (
        lambda: shown.create_issue_comment("hello"),
        lambda: seen.create_check_run("r", shown.head.sha),
        lambda: seen.create_file("a", "Add", "1"),
        lambda: shown.edit(title="x"),
        lambda: seen.create_git_ref("refs/heads/x", shown.head.sha),
    ):
        with pytest.raises(GithubException, match="not accessible by integration") as refused:
            write()
        assert refused.value.status == 403
    assert len(github.writes()) == 5
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
    shown.create_issue_comment("a")
    assert [one.body for one in shown.get_issue_comments()] == ["a"]
    result = client(github.actions_token(repo), github.enterprise_url).requester.graphql_query(
        "{ viewer { login } }", {}
    )
    assert result[1]["data"]["viewer"]["login"] == "github-actions[bot]"
    assert github.log[-1].path == "/graphql"


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


def test_unset_values_of_pygithub_are_left_out(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    seen = client(github.actions_token(repo)).get_repo("octo/results")
    seen.create_check_run("r", github.head(repo).sha, conclusion=NotSet)
    assert github.log[-1].body.keys() == {"name", "head_sha"}

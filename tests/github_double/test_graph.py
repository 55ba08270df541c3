"""GraphQL on the real schema: commits by compare-and-swap, comments, and refusals."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests
from github import GithubException

from tests.github_double.conftest import Client
from tests.github_double.double import GitHubDouble
from tests.github_double.people import ALL_READ, Token
from tests.github_double.state import Repository


def ask(github: GitHubDouble, token: Token, query: str, **variables: Any) -> Any:
    answer = requests.post(
        f"{github.url}/graphql",
        json={"query": query, "variables": variables},
        headers={"Authorization": f"bearer {token.secret}"},
        timeout=10,
    )
    return answer.json() if answer.ok else answer.text


def commit_input(head: str, **changes: Any) -> dict[str, Any]:
    return {
        "branch": {"repositoryNameWithOwner": "octo/results", "branchName": "main"},
        "expectedHeadOid": head,
        "message": {"headline": "Refresh", "body": "Because."},
        "fileChanges": changes,
    }


def added(path: str, data: bytes) -> list[dict[str, str]]:
    return [{"path": path, "contents": base64.b64encode(data).decode()}]


COMMIT = """mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit { oid author { name } }
  }
}"""


def test_a_commit_on_the_expected_head(
    github: GitHubDouble, repo: Repository, client: Client
) -> None:
    github.push(repo, "main", {"old.txt": "1\n"})
    head, token = github.head(repo).sha, github.actions_token(repo)
    given = commit_input(
        head, additions=added("RESULTS.md", b"\xff\n"), deletions=[{"path": "old.txt"}]
    )
    _, made = client(token).requester.graphql_named_mutation(
        "createCommitOnBranch", given, "commit { oid }"
    )
    assert made == {"commit": {"oid": github.head(repo).sha}}
    assert github.file(repo, "RESULTS.md") == b"\xff\n"
    assert github.file(repo, "old.txt") is None
    commit = github.head(repo)
    assert (commit.parents, commit.message, commit.verified) == (
        (head,),
        "Refresh\n\nBecause.",
        True,
    )
    again = ask(github, token, COMMIT, input=commit_input(commit.sha, additions=added("a", b"")))
    shown = again["data"]["createCommitOnBranch"]
    assert shown["commit"]["author"]["name"] == "github-actions[bot]"
    assert shown["commit"]["oid"] == github.head(repo).sha
    assert github.log[-1].operation == "graphql:createCommitOnBranch"
    assert github.log[-1].is_write


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"expectedHeadOid": "0" * 40}, "STALE_DATA", "Pull and try again"),
        (
            {"branch": {"repositoryNameWithOwner": "octo/results", "branchName": "gone"}},
            "NOT_FOUND",
            "No such branch",
        ),
        (
            {"branch": {"repositoryNameWithOwner": "octo/gone", "branchName": "main"}},
            "NOT_FOUND",
            "Could not resolve to a Repository",
        ),
        (
            {"fileChanges": {"deletions": [{"path": "gone"}]}},
            "UNPROCESSABLE",
            "requested for deletion which does not exist",
        ),
        (
            {"fileChanges": {"additions": [{"path": "a", "contents": "?"}]}},
            "UNPROCESSABLE",
            "not valid Base64",
        ),
    ],
)
def test_commits_that_are_refused(
    github: GitHubDouble, repo: Repository, change: dict[str, Any], kind: str, message: str
) -> None:
    head = github.head(repo).sha
    given = commit_input(head, additions=added("a", b"")) | change
    answer = ask(github, github.actions_token(repo), COMMIT, input=given)
    assert answer["data"] == {"createCommitOnBranch": None}
    assert answer["errors"][0]["type"] == kind
    assert message in answer["errors"][0]["message"]
    assert github.head(repo).sha == head


def test_commits_without_permission(github: GitHubDouble, repo: Repository, client: Client) -> None:
    given = commit_input(github.head(repo).sha, additions=added("a", b""))
    answer = ask(github, github.actions_token(repo, ALL_READ), COMMIT, input=given)
    assert answer["errors"][0]["type"] == "FORBIDDEN"
    with pytest.raises(GithubException, match="not accessible by integration"):
        client(github.actions_token(repo, ALL_READ)).requester.graphql_named_mutation(
            "createCommitOnBranch", given, "commit { oid }"
        )
    repo.protected.add("main")
    answer = ask(github, github.actions_token(repo), COMMIT, input=given)
    assert answer["errors"][0]["type"] == "BRANCH_PROTECTION_RULE_VIOLATION"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ viewer { logn } }", "Cannot query field 'logn'"),
        ("{ viewer {", "Syntax Error"),
        ("mutation { createCommit(input: {}) { commit { oid } } }", "Cannot query field"),
        ("{ viewer { pinnedItems(first: 1) { totalCount } } }", "does not know User.pinnedItems"),
        ("query($x: Int!) { viewer { login } node(id: $x) { id } }", "type 'Int!'"),
    ],
)
def test_what_the_schema_lacks_is_a_violation(
    github: GitHubDouble, repo: Repository, query: str, said: str
) -> None:
    with github.expect_violations() as violations:
        answer = ask(github, github.actions_token(repo), query)
    assert said in answer
    assert said in violations[0]


def test_wrong_variables_are_a_violation(github: GitHubDouble, repo: Repository) -> None:
    given = commit_input(github.head(repo).sha) | {"expectedHead": "x"}
    with github.expect_violations() as violations:
        ask(github, github.actions_token(repo), COMMIT, input=given)
    assert "expectedHead" in violations[0]


COMMENTS = """query($number: Int!, $after: String) {
  viewer { login }
  repository(owner: "octo", name: "results") {
    pullRequest(number: $number) {
      comments(first: 2, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes {
          fullDatabaseId body isMinimized viewerDidAuthor lastEditedAt
          author { __typename login }
        }
      }
      reviews(last: 5) { nodes { state body author { login } commit { oid } } }
    }
  }
}"""


def test_comments_by_the_page(github: GitHubDouble, repo: Repository) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    pull = github.open_pull(repo, "feature", login="wren")
    mine = github.comment(pull, "github-actions[bot]", "<!-- marker -->")
    theirs = github.comment(pull, "ravi", "<!-- marker -->")
    github.comment(pull, "mia", "/approve")
    github.edit_comment(theirs, "edited", "octo")
    github.review(pull, "mia", "APPROVE", "good")
    token = github.actions_token(repo)
    shown = ask(github, token, COMMENTS, number=pull.number)["data"]
    assert shown["viewer"]["login"] == "github-actions[bot]"
    page = shown["repository"]["pullRequest"]["comments"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert [node["viewerDidAuthor"] for node in page["nodes"]] == [True, False]
    assert page["nodes"][0]["author"] == {"__typename": "Bot", "login": "github-actions"}
    assert [bool(node["lastEditedAt"]) for node in page["nodes"]] == [False, True]
    assert page["nodes"][0]["fullDatabaseId"] == str(mine.id)
    after = page["pageInfo"]["endCursor"]
    rest = ask(github, token, COMMENTS, number=pull.number, after=after)["data"]
    nodes = rest["repository"]["pullRequest"]["comments"]["nodes"]
    assert [node["body"] for node in nodes] == ["/approve"]
    reviews = rest["repository"]["pullRequest"]["reviews"]["nodes"]
    assert [(one["state"], one["author"]["login"]) for one in reviews] == [("APPROVED", "mia")]


def test_pages_need_bounds(github: GitHubDouble, repo: Repository) -> None:
    github.push(repo, "feature", {"new.txt": "1\n"})
    github.open_pull(repo, "feature", login="wren")
    token = github.actions_token(repo)
    query = (
        'query { repository(owner: "octo", name: "results") '
        "{ pullRequest(number: 1) { comments%s { totalCount } } } }"
    )
    for bounds, kind in (
        ("", "MISSING_PAGINATION_BOUNDARIES"),
        ("(first: 101)", "EXCESSIVE_PAGINATION"),
    ):
        assert ask(github, token, query % bounds)["errors"][0]["type"] == kind

"""GraphQL on the real schema: commits by compare-and-swap, comments, and refusals."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.github_double.double import GitHubDouble
from tests.github_double.records import ALL_READ, Access, PullRequest, Repository

COMMIT = """mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}"""
COMMENTS = """query($number: Int!, $after: String) {
  repository(owner: "octo", name: "results") {
    pullRequest(number: $number) {
      comments(first: 2, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { fullDatabaseId body viewerDidAuthor lastEditedAt author { __typename login } }
      }
      reviews(last: 5) { nodes { state author { login } commit { oid } } }
    }
  }
}"""


def ask(
    github: GitHubDouble,
    repo: Repository,
    query: str,
    permissions: dict[str, Access] | None = None,
    **variables: Any,
) -> Any:
    token = github.actions_token(repo, permissions) if permissions else github.actions_token(repo)
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


ELSEWHERE = {"repositoryNameWithOwner": "octo/gone", "branchName": "main"}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"expectedHeadOid": "0" * 40}, "STALE_DATA"),
        ({"branch": ELSEWHERE | {"repositoryNameWithOwner": "octo/results", "branchName": "x"}},
         "NOT_FOUND"),
        ({"branch": ELSEWHERE}, "NOT_FOUND"),
        ({"fileChanges": {"deletions": [{"path": "gone"}]}}, "UNPROCESSABLE"),
        ({"fileChanges": {"additions": [{"path": "a", "contents": "?"}]}}, "UNPROCESSABLE"),
    ],
)  # fmt: skip
def test_commits_that_are_refused(
    github: GitHubDouble, repo: Repository, change: dict[str, Any], kind: str
) -> None:
    head = github.head(repo).sha
    answer = ask(github, repo, COMMIT, input=commit_input(head) | change)
    assert answer["data"] == {"createCommitOnBranch": None}
    assert answer["errors"][0]["type"] == kind
    assert github.head(repo).sha == head


def test_commits_without_permission(github: GitHubDouble, repo: Repository) -> None:
    given = commit_input(github.head(repo).sha)
    answer = ask(github, repo, COMMIT, ALL_READ, input=given)
    assert answer["errors"][0]["type"] == "FORBIDDEN"
    repo.protected.add("main")
    answer = ask(github, repo, COMMIT, input=given)
    assert answer["errors"][0]["type"] == "BRANCH_PROTECTION_RULE_VIOLATION"


@pytest.mark.parametrize(
    ("query", "variables", "why"),
    [
        ("{ repository { nme } }", {}, "Cannot query field 'nme'"),
        ("{ viewer {", {}, "Syntax Error"),
        ("{ viewer { name } }", {}, "does not know User.name"),
        (COMMIT, {"input": commit_input("0" * 40) | {"expectedHead": "x"}}, "expectedHead"),
    ],
)
def test_what_the_schema_or_the_double_lacks_is_a_violation(
    github: GitHubDouble, repo: Repository, query: str, variables: dict[str, Any], why: str
) -> None:
    with github.expect_violations() as violations:
        answer = ask(github, repo, query, **variables)
    assert why in answer
    assert why in violations[0]


@pytest.mark.parametrize(
    ("bounds", "kind"),
    [("", "MISSING_PAGINATION_BOUNDARIES"), ("(first: 101)", "EXCESSIVE_PAGINATION")],
)
def test_pages_need_bounds(github: GitHubDouble, pull: PullRequest, bounds: str, kind: str) -> None:
    query = COMMENTS.replace("(first: 2, after: $after)", bounds).replace(", $after: String", "")
    answer = ask(github, pull.repo, query, number=pull.number)
    assert answer["errors"][0]["type"] == kind

"""GraphQL on the real schema: commits by compare-and-swap, comments, and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.github_double.conftest import Client
from tests.github_double.double import GitHubDouble
from tests.github_double.records import ALL_READ, PullRequest, Repository

COMMIT = """mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}"""
COMMENTS = """query($number: Int!) {
  repository(owner: "octo", name: "results") {
    pullRequest(number: $number) { comments(first: 2) { nodes { body } } }
  }
}"""


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
    github: GitHubDouble, repo: Repository, send: Client, change: dict[str, Any], kind: str
) -> None:
    head = github.head(repo).sha
    answer = send.graph(COMMIT, input=commit_input(head) | change)
    assert answer["data"] == {"createCommitOnBranch": None}
    assert answer["errors"][0]["type"] == kind
    assert github.head(repo).sha == head


def test_commits_without_permission(github: GitHubDouble, repo: Repository, send: Client) -> None:
    given = commit_input(github.head(repo).sha)
    reader = Client(github, github.actions_token(repo, ALL_READ))
    assert reader.graph(COMMIT, input=given)["errors"][0]["type"] == "FORBIDDEN"
    repo.protected.add("main")
    answer = send.graph(COMMIT, input=given)
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
    github: GitHubDouble, send: Client, query: str, variables: dict[str, Any], why: str
) -> None:
    with github.expect_violations() as violations:
        answer = send.graph(query, **variables)
    assert why in answer
    assert why in violations[0]


@pytest.mark.parametrize(
    ("bounds", "kind"),
    [("", "MISSING_PAGINATION_BOUNDARIES"), ("(first: 101)", "EXCESSIVE_PAGINATION")],
)
def test_pages_need_bounds(send: Client, pull: PullRequest, bounds: str, kind: str) -> None:
    answer = send.graph(COMMENTS.replace("(first: 2)", bounds), number=pull.number)
    assert answer["errors"][0]["type"] == kind

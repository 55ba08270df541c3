"""The description is enforced: each kind of violation is found and fails the test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.github_double import fixtures, published
from tests.github_double.call import ROUTES, Reply
from tests.github_double.conftest import Client
from tests.github_double.double import GitHubDouble
from tests.github_double.records import PullRequest, Repository
from tests.github_double.spec import spec

NOTE: dict[str, Any] = {
    "path": "RESULTS.md",
    "start_line": 1,
    "end_line": 1,
    "annotation_level": "warning",
    "message": "m",
}
LACK_REQUIRED_KEYS = {
    "actions/list-jobs-for-workflow-run",
    "pulls/create",
    "pulls/get",
    "pulls/list",
    "pulls/update",
    "repos/get-collaborator-permission-level",
    "repos/get-commit",
    "repos/list-pull-requests-associated-with-commit",
}
"""Operations with an example that lacks a key which the description itself requires."""


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"statu": "completed"}, "'statu' was unexpected"),
        ({"status": "done"}, "'done' is not one of"),
        ({"output": {"title": "t"}}, "'summary' is a required property"),
        ({"output": {"title": "t", "summary": "s" * 65_536}}, "is too long"),
        ({"output": {"title": "t", "summary": "s", "annotations": [NOTE] * 51}}, "is too long"),
        (
            {"output": {"title": "t", "summary": "s", "annotations": [NOTE | {"level": "x"}]}},
            "'level' was unexpected",
        ),
        ({"name": 3}, "3 is not of type 'string'"),
        ({"started_at": "yesterday"}, "'yesterday' is not a 'date-time'"),
        ({"started_at": "2026-01-05T12:00:00Z"}, "does nothing about ['started_at']"),
    ],
)
def test_a_wrong_body_is_refused(
    github: GitHubDouble, repo: Repository, send: Client, more: dict[str, Any], why: str
) -> None:
    body = {"name": "results-bot", "head_sha": github.head(repo).sha} | more
    with github.expect_violations() as violations:
        answer = send("POST", "/check-runs", body)
    assert answer.status_code == 500
    assert why in answer.text
    assert why in violations[0]
    assert "checks/create" in violations[0]


@pytest.mark.parametrize(
    ("method", "path", "body", "why"),
    [
        ("GET", "/pulls?states=all", None, "'states' is not described"),
        ("GET", "/pulls?state=merged", None, "'merged' is not one of"),
        ("GET", "/pulls?page=two", None, "'two' is not of type 'integer'"),
        ("GET", "/pulls/x", None, "'x' is not of type 'integer'"),
        ("GET", "/pages", None, "no such operation"),
        ("POST", "/git/refs", {"ref": "refs/heads/x"}, "'sha' is a required"),
        ("POST", "/git/refs", None, "the body is missing"),
        ("DELETE", "/issues/comments/1", {"force": True}, "none is described"),
        ("GET", "//graphql", None, "wants a POST"),
    ],
)
def test_a_wrong_request_is_refused(
    github: GitHubDouble, send: Client, method: str, path: str, body: Any, why: str
) -> None:
    with github.expect_violations() as violations:
        assert send(method, path, body).status_code == 500
    assert why in "\n".join(violations)


def test_the_base_in_a_payload_grows_stale(github: GitHubDouble, pull: PullRequest) -> None:
    old = github.head(pull.repo).sha
    github.push(pull.repo, "main", {"other.txt": "2\n"})
    shown = github.events.pull_request(pull).payload["pull_request"]
    assert shown["base"]["sha"] == old != github.head(pull.repo).sha


def test_a_payload_against_the_description_fails(
    github: GitHubDouble, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "title", 3)
    with pytest.raises(AssertionError, match="title: 3 is not of type 'string'"):
        github.events.pull_request(pull)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda _: Reply(body={"sha": 7, "ful_name": ""}), "'ful_name' was unexpected"),
        (lambda _: Reply(body={"sha": 7}), "7 is not of type"),
        (lambda _: Reply(202, {}), "status 202 is not described"),
        (lambda _: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_a_wrong_answer_is_found(
    github: GitHubDouble, send: Client, monkeypatch: pytest.MonkeyPatch, answer: Any, why: str
) -> None:
    monkeypatch.setitem(ROUTES, "git/get-blob", answer)
    with github.expect_violations() as violations:
        sent = send("GET", f"/git/blobs/{'0' * 40}")
    assert sent.status_code == 500
    assert why in violations[0]


def test_the_authorisation_must_not_follow_a_redirect(
    github: GitHubDouble, repo: Repository, send: Client
) -> None:
    artifact = github.artifact(github.run(repo), "metrics", {"m.json": "{}"})
    target = send("GET", f"/actions/artifacts/{artifact.id}/zip").headers["Location"]
    assert not target.startswith(github.url)
    with github.expect_violations() as violations:
        headers = {"Authorization": f"Bearer {send.token.secret}"}
        assert requests.get(target, headers=headers, timeout=5).status_code == 500
    assert "the token was sent to a host" in violations[0]
    assert send.token.secret not in violations[0]


def test_an_unknown_token(send: Client) -> None:
    send.token.secret = ""
    answer = send("GET", "/pulls")
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_violations_fail_the_test(github: GitHubDouble, send: Client) -> None:
    send("GET", "/nothing")
    with pytest.raises(pytest.fail.Exception, match="no such operation"):
        fixtures.check([github])
    github.violations.clear()


def test_missing_packages_are_said_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "OPENAPI", published.PACKAGES / "openapi" / "gone.json")
    monkeypatch.delenv(fixtures.REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"GITHUB DOUBLE NOT RUN: .*openapi.*npm ci"):
        fixtures.require_descriptions()
    monkeypatch.setenv(fixtures.REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match="GITHUB DOUBLE NOT RUN"):
        fixtures.require_descriptions()


def test_no_lock_names_a_host() -> None:
    locked = json.loads((published.HERE / "package-lock.json").read_text())["packages"]
    assert all("resolved" not in one for one in locked.values())
    assert all("integrity" in one for name, one in locked.items() if name)


def test_the_translation_refuses_nothing_that_github_sends() -> None:
    fixtures.require_descriptions()
    assert {operation.id for operation in spec().operations} == set(ROUTES)
    wrong: dict[str, list[str]] = {}
    for operation in spec().operations:
        described = spec().document["paths"][operation.template][operation.method.lower()]
        for status, response in described["responses"].items():
            for value in _examples(response):
                if faults := spec().response_faults(operation, int(status), value):
                    wrong[operation.id] = faults
        for value in _examples(described.get("requestBody", {})):
            assert spec().request_faults(operation, {}, {}, value) == []
    assert set(wrong) == LACK_REQUIRED_KEYS
    assert all("is a required property" in " ".join(faults) for faults in wrong.values())


def _examples(source: dict[str, Any]) -> Iterator[Any]:
    content = spec().resolved(source).get("content", {}).get("application/json", {})
    for example in content.get("examples", {}).values():
        yield spec().resolved(example)["value"]

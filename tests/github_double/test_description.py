"""The description is enforced: each kind of violation is found, said and fails the test."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import requests

from tests.github_double import cut, fixtures, published
from tests.github_double.call import Reply
from tests.github_double.double import GitHubDouble
from tests.github_double.routes import ROUTES
from tests.github_double.spec import spec
from tests.github_double.state import Repository
from tests.github_double.translate import Translator

NOTE: dict[str, Any] = {
    "path": "RESULTS.md",
    "start_line": 1,
    "end_line": 1,
    "annotation_level": "warning",
    "message": "m",
}


def send(
    github: GitHubDouble, repo: Repository, method: str, path: str, body: Any = None
) -> requests.Response:
    token = github.actions_token(repo)
    return requests.request(
        method,
        f"{github.url}{path}",
        json=body,
        headers={"Authorization": f"Bearer {token.secret}"},
        timeout=5,
    )


def check_body(github: GitHubDouble, repo: Repository, **more: Any) -> dict[str, Any]:
    return {"name": "results-bot", "head_sha": github.head(repo).sha} | more


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"statu": "completed"}, "'statu' was unexpected"),
        ({"status": "done"}, "'done' is not one of"),
        ({"conclusion": "fine"}, "'fine' is not one of"),
        ({"started_at": "yesterday"}, "'yesterday' is not a 'date-time'"),
        ({"output": {"title": "t"}}, "'summary' is a required property"),
        ({"output": {"title": "t", "summary": "s" * 65_536}}, "is too long"),
        ({"output": {"title": "t", "summary": "s", "annotations": [NOTE] * 51}}, "is too long"),
        ({"output": {"title": "t", "summary": "s", "texts": ""}}, "'texts' was unexpected"),
        (
            {"output": {"title": "t", "summary": "s", "annotations": [NOTE | {"level": "x"}]}},
            "'level' was unexpected",
        ),
        ({"name": 3}, "3 is not of type 'string'"),
    ],
)
def test_a_wrong_body_is_refused(
    github: GitHubDouble, repo: Repository, more: dict[str, Any], said: str
) -> None:
    body = check_body(github, repo, **more)
    with github.expect_violations() as violations:
        answer = send(github, repo, "POST", "/repos/octo/results/check-runs", body)
    assert (answer.status_code, repo.check_runs) == (500, {})
    assert said in answer.text
    assert len(violations) == 1
    assert said in violations[0]
    assert "checks/create" in violations[0]


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", "/repos/octo/results/pulls?states=all", None, "'states' is not described"),
        ("GET", "/repos/octo/results/pulls?state=merged", None, "'merged' is not one of"),
        ("GET", "/repos/octo/results/pulls?page=two", None, "'two' is not of type 'integer'"),
        ("GET", "/repos/octo/results/pulls/x", None, "'x' is not of type 'integer'"),
        ("GET", "/repos/octo/results/pages", None, "no such operation"),
        ("GET", "/repos/octo/results/", None, "no such operation"),
        ("POST", "/repos/octo/results/git/refs/heads/x", {}, "no such operation"),
        ("POST", "/repos/octo/results/git/refs", {"ref": "refs/heads/x"}, "'sha' is a required"),
        ("POST", "/repos/octo/results/git/refs", None, "the body is missing"),
        ("DELETE", "/repos/octo/results/issues/comments/1", {"force": True}, "none is described"),
        ("PATCH", "/repos/octo/results/issues/comments/1", {"text": "b"}, "'body' is a required"),
        ("GET", "/graphql", None, "wants a POST"),
    ],
)
def test_a_wrong_request_is_refused(
    github: GitHubDouble, repo: Repository, method: str, path: str, body: Any, said: str
) -> None:
    with github.expect_violations() as violations:
        answer = send(github, repo, method, path, body)
    assert answer.status_code == 500
    assert said in "\n".join(violations)


def test_a_wrong_answer_is_found(
    github: GitHubDouble, repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = ROUTES["repos/get"]

    def lying(call: Any) -> Any:
        reply = honest(call)
        reply.body |= {"full_nam": reply.body.pop("full_name"), "id": "7", "fork": None}
        return reply

    monkeypatch.setitem(ROUTES, "repos/get", lying)
    with github.expect_violations() as violations:
        assert send(github, repo, "GET", "/repos/octo/results").status_code == 500
    assert "THE DOUBLE'S OWN ANSWER IS WRONG" in violations[0]
    for said in ("'full_nam' was unexpected", "'full_name' is a required", "'7' is not of type"):
        assert said in violations[0]


def test_a_status_that_is_not_described_is_found(
    github: GitHubDouble, repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROUTES, "repos/get", lambda _: Reply(202, {}))
    with github.expect_violations() as violations:
        send(github, repo, "GET", "/repos/octo/results")
    assert "status 202 is not described" in violations[0]


def test_the_doubles_own_bugs_are_violations(
    github: GitHubDouble, repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROUTES, "repos/get", lambda _: 1 / 0)
    with github.expect_violations() as violations:
        assert send(github, repo, "GET", "/repos/octo/results").status_code == 500
    assert "ZeroDivisionError" in violations[0]


def test_the_authorisation_must_not_follow_a_redirect(
    github: GitHubDouble, repo: Repository
) -> None:
    artifact = github.artifact(github.run(repo), "metrics", {"m.json": "{}"})
    path = f"/repos/octo/results/actions/artifacts/{artifact.id}/zip"
    headers = {"Authorization": f"Bearer {github.actions_token(repo).secret}"}
    first = requests.get(github.url + path, headers=headers, timeout=5, allow_redirects=False)
    assert first.status_code == 302
    assert not first.headers["Location"].startswith(github.url)
    with github.expect_violations() as violations:
        answer = requests.get(first.headers["Location"], headers=headers, timeout=5)
    assert answer.status_code == 500
    assert "the token was sent to a host" in violations[0]
    assert headers["Authorization"] not in violations[0]


def test_violations_fail_the_test(github: GitHubDouble, repo: Repository) -> None:
    send(github, repo, "GET", "/nothing")
    with pytest.raises(pytest.fail.Exception, match="no such operation"):
        fixtures.check([github])
    github.violations.clear()


def test_bodies_that_are_no_json(github: GitHubDouble, repo: Repository) -> None:
    url = f"{github.url}/repos/octo/results/merges"
    headers = {"Authorization": f"Bearer {github.actions_token(repo).secret}"}
    answer = requests.post(url, data=b"{", headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")


def test_every_operation_that_was_cut_out_is_answered() -> None:
    fixtures.require_descriptions()
    assert {operation.id for operation in spec().operations} == cut.OPERATIONS == set(ROUTES)


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


SCHEMAS = {
    "thing": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (
            {"nullable": True, "oneOf": [{"type": "string"}]},
            {"anyOf": [{"anyOf": [{"type": "string"}]}, {"type": "null"}]},
        ),
        ({"$ref": "#/components/schemas/thing"}, {"$ref": "#/schemas/thing"}),
        (
            {"allOf": [{"$ref": "#/components/schemas/thing"}, {"properties": {"b": {}}}]},
            {
                "allOf": [SCHEMAS["thing"], {"properties": {"b": {}}}],
                "propertyNames": {"enum": ["a", "b"]},
            },
        ),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            {"type": "object", "additionalProperties": {"type": "integer"}},
        ),
        ({"type": "object", "additionalProperties": True}, {"type": "object"}),
    ],
)
def test_translation(source: dict[str, Any], expected: dict[str, Any]) -> None:
    translator = Translator({"components": {"schemas": copy.deepcopy(SCHEMAS)}})
    assert translator.schema(source) == expected

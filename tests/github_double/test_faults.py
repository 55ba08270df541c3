"""Ordered failures strike the request they are meant for, and races happen where they are set."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from tests.github_double import faults
from tests.github_double.conftest import Client
from tests.github_double.double import GitHubDouble
from tests.github_double.faults import Fault
from tests.github_double.records import PullRequest

Comment = Callable[[], requests.Response]
CREATE = faults.on("issues/create-comment")


@pytest.fixture
def comment(pull: PullRequest, send: Client) -> Comment:
    """Comment by a plain request."""
    return lambda: send("POST", f"/issues/{pull.number}/comments", {"body": "hello"})


@pytest.mark.parametrize("applied", [False, True])
def test_a_failure_before_or_after_the_effect(
    github: GitHubDouble, pull: PullRequest, comment: Comment, applied: bool
) -> None:
    github.fail_next(faults.server_error(502, applied=applied), CREATE)
    github.fail_request(2, faults.cut(applied=applied))
    assert comment().status_code == 502
    with pytest.raises(requests.ConnectionError):
        comment()
    assert len(github.comments(pull)) == 2 * applied
    assert comment().status_code == 201
    assert [request.status for request in github.log] == [502, None, 201]


def test_an_answer_is_torn(github: GitHubDouble, pull: PullRequest, comment: Comment) -> None:
    github.fail_next(faults.torn())
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        comment()
    assert len(github.comments(pull)) == 1


@pytest.mark.parametrize(
    ("fault", "status", "header", "value"),
    [
        (faults.secondary_limit(), 403, "Retry-After", None),
        (faults.secondary_limit(7, status=429), 429, "Retry-After", "7"),
        (faults.primary_limit(60), 403, "X-RateLimit-Remaining", "0"),
        (faults.html(), 200, "Content-Type", "text/html; charset=utf-8"),
    ],
)
def test_limits_and_proxies(
    github: GitHubDouble,
    pull: PullRequest,
    comment: Comment,
    fault: Fault,
    status: int,
    header: str,
    value: str | None,
) -> None:
    github.fail_next(fault)
    answer = comment()
    assert (answer.status_code, answer.headers.get(header)) == (status, value)
    assert github.comments(pull) == []


def test_callbacks_before_and_after_the_effect(
    github: GitHubDouble, pull: PullRequest, comment: Comment
) -> None:
    seen: list[int] = []
    github.before(CREATE, lambda: seen.append(len(github.comments(pull))), times=2, skip=1)
    github.after(CREATE, lambda: github.edit_comment(github.comments(pull)[0], "edited"))
    assert [comment().json()["body"] for _ in range(4)] == ["hello"] * 4
    assert seen == [1, 2]
    assert [one.body for one in github.comments(pull)] == ["edited", *["hello"] * 3]


def test_a_failing_callback_fails_the_test(github: GitHubDouble, comment: Comment) -> None:
    nothing: list[int] = []
    github.before(CREATE, nothing.pop)
    with github.expect_violations() as violations:
        comment()
    assert "pop from empty list" in violations[0]


def test_the_log_keeps_no_secret(github: GitHubDouble, pull: PullRequest, comment: Comment) -> None:
    comment()
    (request,) = github.log
    assert (request.number, request.method) == (1, "POST")
    assert request.path == f"/repos/octo/results/issues/{pull.number}/comments"
    assert (request.body, request.operation) == ({"body": "hello"}, "issues/create-comment")
    (secret,) = github.state.tokens
    assert secret not in repr((github.log, github.state.tokens[secret]))
    assert "authorization" not in request.headers

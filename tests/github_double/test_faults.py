"""Ordered failures strike the request they are meant for, and races happen where they are set."""

from __future__ import annotations

import threading

import pytest
import requests

from tests.github_double import faults
from tests.github_double.double import GitHubDouble
from tests.github_double.faults import Fault
from tests.github_double.issues import PullRequest
from tests.github_double.state import Repository

CREATE = faults.on("issues/create-comment")


@pytest.fixture
def pull(github: GitHubDouble, repo: Repository) -> PullRequest:
    github.push(repo, "feature", {"new.txt": "1\n"})
    return github.open_pull(repo, "feature", login="wren")


class Scenario:
    """Looks at a pull request and comments on it, by plain requests."""

    def __init__(self, github: GitHubDouble, pull: PullRequest) -> None:
        self.url = f"{github.url}/repos/octo/results"
        self.number = pull.number
        token = github.actions_token(pull.repo)
        self.headers = {"Authorization": f"token {token.secret}"}

    def look(self) -> requests.Response:
        url = f"{self.url}/pulls/{self.number}"
        return requests.get(url, headers=self.headers, timeout=1)

    def comment(self, body: str = "hello") -> requests.Response:
        url = f"{self.url}/issues/{self.number}/comments"
        return requests.post(url, json={"body": body}, headers=self.headers, timeout=1)


@pytest.mark.parametrize("applied", [False, True])
def test_a_gateway_fails_before_or_after_the_effect(
    github: GitHubDouble, pull: PullRequest, applied: bool
) -> None:
    scenario = Scenario(github, pull)
    github.fail_next(faults.server_error(502, applied=applied), CREATE)
    assert scenario.look().ok
    assert scenario.comment().status_code == 502
    assert len(github.comments(pull)) == applied
    assert scenario.comment().status_code == 201
    assert github.plan.waiting == []


@pytest.mark.parametrize("applied", [False, True])
def test_the_connection_is_cut_before_or_after_the_effect(
    github: GitHubDouble, pull: PullRequest, applied: bool
) -> None:
    github.fail_next(faults.cut(applied=applied), faults.writes)
    with pytest.raises(requests.ConnectionError):
        Scenario(github, pull).comment()
    assert len(github.comments(pull)) == applied
    assert [request.status for request in github.log] == [None]


def test_an_answer_is_torn(github: GitHubDouble, pull: PullRequest) -> None:
    github.fail_next(faults.torn())
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        Scenario(github, pull).comment()
    assert len(github.comments(pull)) == 1


@pytest.mark.parametrize(
    ("fault", "status", "header"),
    [
        (faults.secondary_limit(), 403, None),
        (faults.secondary_limit(7), 403, ("Retry-After", "7")),
        (faults.secondary_limit(7, status=429), 429, ("Retry-After", "7")),
        (faults.primary_limit(60), 403, ("X-RateLimit-Remaining", "0")),
        (faults.html(), 200, ("Content-Type", "text/html; charset=utf-8")),
    ],
)
def test_limits_and_proxies(
    github: GitHubDouble,
    pull: PullRequest,
    fault: Fault,
    status: int,
    header: tuple[str, str] | None,
) -> None:
    github.fail_next(fault)
    answer = Scenario(github, pull).comment()
    assert answer.status_code == status
    if header is None:
        assert "Retry-After" not in answer.headers
    else:
        assert answer.headers[header[0]] == header[1]
    assert github.comments(pull) == []


def test_skipping_and_counting(github: GitHubDouble, pull: PullRequest) -> None:
    scenario = Scenario(github, pull)
    github.fail_next(faults.server_error(503), CREATE, times=2, skip=1)
    assert [scenario.comment().status_code for _ in range(4)] == [201, 503, 503, 201]
    assert len(github.writes("issues/create-comment")) == 4
    assert github.requests(faults.on(method="GET")) == []


def test_somebody_pushes_between_two_requests(
    github: GitHubDouble, repo: Repository, pull: PullRequest
) -> None:
    scenario, old = Scenario(github, pull), github.head(repo, "feature").sha
    github.before(CREATE, lambda: github.push(repo, "feature", {"new.txt": "2\n"}))
    assert scenario.look().json()["head"]["sha"] == old
    scenario.comment()
    assert scenario.look().json()["head"]["sha"] == github.head(repo, "feature").sha != old


def test_somebody_edits_before_the_answer(github: GitHubDouble, pull: PullRequest) -> None:
    github.after(CREATE, lambda: github.edit_comment(github.comments(pull)[0], "edited"))
    assert Scenario(github, pull).comment().json()["body"] == "hello"
    assert github.comments(pull)[0].body == "edited"


def test_two_jobs_meet(github: GitHubDouble, pull: PullRequest) -> None:
    barrier = threading.Barrier(2, timeout=5)
    github.before(faults.on("pulls/get"), barrier.wait, times=2)
    jobs = [Scenario(github, pull) for _ in range(2)]
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda job=job: statuses.append(job.look().status_code))
        for job in jobs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200, 200]


def test_a_failing_callback_fails_the_test(github: GitHubDouble, pull: PullRequest) -> None:
    nothing: list[int] = []
    github.before(CREATE, nothing.pop)
    with github.expect_violations() as violations:
        Scenario(github, pull).comment()
    assert "pop from empty list" in violations[0]


def test_the_log_says_who_asked_what_and_keeps_no_secret(
    github: GitHubDouble, pull: PullRequest
) -> None:
    scenario = Scenario(github, pull)
    scenario.comment("hi")
    request = github.log[0]
    assert (request.number, request.method, request.token) == (1, "POST", "actions")
    assert request.path == f"/repos/octo/results/issues/{pull.number}/comments"
    assert (request.body, request.operation) == ({"body": "hi"}, "issues/create-comment")
    secret = scenario.headers["Authorization"].split()[1]
    assert secret not in repr(github.log)
    assert secret not in repr(github.state.tokens[secret])
    assert "authorization" not in request.headers

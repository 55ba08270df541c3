"""Ordered failures strike the request they are meant for, and races happen where they are set."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import requests
from github import GithubException
from github.GithubRetry import GithubRetry

from tests.github_double import faults
from tests.github_double.conftest import Client
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


def test_silence_ends_with_the_clients_patience(github: GitHubDouble, pull: PullRequest) -> None:
    github.fail_next(faults.silence(30))
    start = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        Scenario(github, pull).look()
    assert time.monotonic() - start < 5


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


def test_requests_used_up(github: GitHubDouble, repo: Repository, client: Client) -> None:
    token = github.actions_token(repo)
    token.rate.remaining, token.rate.reset = 1, int(time.time()) + 100
    seen = client(token)
    seen.get_repo("octo/results")
    with pytest.raises(GithubException, match="rate limit exceeded") as limited:
        seen.get_repo("octo/results")
    assert limited.value.headers is not None
    assert limited.value.headers["x-ratelimit-remaining"] == "0"
    token.rate.reset = int(time.time()) - 1
    seen.get_repo("octo/results")
    assert token.rate.remaining == token.rate.limit - 1


def test_each_request_can_fail_in_turn(new_github: Callable[[], GitHubDouble]) -> None:
    def replay(number: int) -> list[int | None]:
        double = new_github()
        repo = double.repository("octo/results", {"RESULTS.md": "# Results\n"})
        double.push(repo, "feature", {"new.txt": "1\n"})
        scenario = Scenario(double, double.open_pull(repo, "feature"))
        double.fail_request(number, faults.server_error(502))
        scenario.look()
        scenario.comment()
        scenario.look()
        return [request.status for request in double.log]

    assert [replay(number) for number in (0, 1, 2, 3)] == [
        [200, 201, 200],
        [502, 201, 200],
        [200, 502, 200],
        [200, 201, 502],
    ]


def test_pygithub_repeats_a_post_that_had_its_effect(
    github: GitHubDouble, repo: Repository, pull: PullRequest, client: Client
) -> None:
    retry = GithubRetry(total=1, backoff_factor=0)
    seen = client(github.actions_token(repo), retry=retry).get_repo("octo/results")
    shown = seen.get_pull(pull.number)
    github.fail_next(faults.server_error(502, applied=True), CREATE)
    shown.create_issue_comment("once")
    assert [one.body for one in github.comments(pull)] == ["once", "once"]


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


def test_a_round_trip_is_short(github: GitHubDouble, pull: PullRequest) -> None:
    scenario = Scenario(github, pull)
    with requests.Session() as session:
        url = f"{scenario.url}/collaborators/wren/permission"
        times = []
        for _ in range(20):
            start = time.perf_counter()
            assert session.get(url, headers=scenario.headers, timeout=5).ok
            times.append(time.perf_counter() - start)
    # 40 ms would be a delayed acknowledgement, the usual fault of such servers.
    assert sorted(times)[10] < 0.03

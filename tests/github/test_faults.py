"""GitHub at its worst: each scenario ends right, or with one clear error and a completed check."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.github.scene import Job, Scene, metrics, path
from tests.github_double import faults
from tests.github_double.double import GitHubDouble
from tests.github_double.faults import Fault
from tests.github_double.fixtures import check
from tests.github_double.issues import PullRequest
from tests.github_double.wire import json_answer

WORSE = {path("vit"): metrics(0.871, 0.3544)}
REQUESTS = 14
"""One more than the first job of a pull request sends."""


def right(stage: Scene, pull: PullRequest, job: Job) -> None:
    assert (job.code, job.error) == (0, "")
    assert job.outputs["verdict"] == "action_required"
    assert len(stage.comments(pull)) == 1
    made = stage.github.head(stage.repo, "feature")
    assert made.message.startswith("Refresh RESULTS.md")
    assert stage.conclusions(made.sha) == ["action_required"]
    assert stage.conclusions(made.parents[0]) == ["action_required"]
    [one] = stage.checks(made.sha)
    places = [(a["start_line"], a["message"]) for a in one.annotations]
    assert len(places) == len(set(places)) > 0


COMMON: dict[str, Callable[[], Fault]] = {
    "502": lambda: faults.server_error(502),
    "502-done": lambda: faults.server_error(502, applied=True),
    "cut": faults.cut,
    "torn": faults.torn,
    "limit": faults.secondary_limit,
}
RARE: dict[str, Callable[[], Fault]] = {
    "cut-done": lambda: faults.cut(applied=True),
    "html": faults.html,
    "wait": lambda: faults.secondary_limit(retry_after=3),
    "429": lambda: faults.secondary_limit(status=429),
    "primary": lambda: faults.primary_limit(30),
}
CASES = [
    *((number, fault) for number in range(1, REQUESTS) for fault in COMMON),
    *((number, fault) for number in (1, 3, 6, 9) for fault in RARE),
]


@pytest.mark.parametrize(("number", "kind"), CASES)
def test_one_request_fails(stage: Scene, number: int, kind: str) -> None:
    fault = (COMMON | RARE)[kind]()
    pull = stage.pull(WORSE)
    stage.github.fail_request(number, fault)
    job = stage.job(stage.github.events.pull_request(pull))
    right(stage, pull, job)
    waited = {"limit": 60, "wait": 3, "429": 60, "primary": 28}
    assert sum(job.clock.waits) >= waited.get(kind, 0)


def test_every_request_was_tried(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    stage.job(stage.github.events.pull_request(pull))
    assert len(stage.github.log) < REQUESTS


@pytest.mark.parametrize("number", range(1, REQUESTS))
def test_everything_fails_from_one_request_on(
    new_github: Callable[[], GitHubDouble], tmp_path_factory: pytest.TempPathFactory, number: int
) -> None:
    github = new_github()
    stage = Scene(github, tmp_path_factory.mktemp("job"))
    pull = stage.pull(WORSE)
    github.fail_next(
        faults.server_error(), lambda request: request.number >= number, times=1_000_000
    )
    job = stage.job(github.events.pull_request(pull))
    assert len(stage.comments(pull)) <= 1
    if number <= len(github.log):
        assert job.code == 5
        assert job.error.startswith("GitHub: ")
        assert "502" in job.error
        assert job.outputs["verdict"] == "failure"
    else:
        right(stage, pull, job)
    check([github])


@pytest.mark.parametrize(
    "operation",
    [
        "repos/compare-commits-with-basehead",
        "graphql:createCommitOnBranch",
        "graphql:repository",
        "issues/create-comment",
    ],
)
def test_one_operation_fails_for_good(stage: Scene, operation: str) -> None:
    """The check is completed, and says what went wrong."""
    pull = stage.pull(WORSE)
    pushed = stage.head()
    stage.github.fail_next(faults.server_error(), faults.on(operation), times=1000)
    job = stage.job(stage.github.events.pull_request(pull))
    assert job.code == 5
    assert stage.conclusions(pushed) == ["failure"]
    if stage.head() != pushed:
        assert stage.conclusions(stage.head()) == ["failure"]
    [summary] = {one.summary for one in stage.checks(pushed)}
    assert "502" in (summary or "")


def test_limit_without_end_is_a_clear_error(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    stage.github.fail_next(faults.primary_limit(3000), faults.on("checks/create"))
    job = stage.job(stage.github.events.pull_request(pull))
    assert job.code == 5
    assert "rate limit" in job.error
    assert job.clock.waits == []


@pytest.mark.parametrize("answer", [{}, {"id": "x", "head_sha": 7}, []])
def test_a_check_that_was_created_is_found_again(stage: Scene, answer: object) -> None:
    """GitHub made it, and answered something else."""
    pull = stage.pull(WORSE)
    stage.github.fail_next(
        Fault(json_answer(200, answer), applied=True), faults.on("checks/create")
    )
    right(stage, pull, stage.job(stage.github.events.pull_request(pull)))


@pytest.mark.parametrize("operation", ["pulls/get", "repos/compare-commits-with-basehead"])
def test_an_answer_of_other_types(stage: Scene, operation: str) -> None:
    pull = stage.pull(WORSE)
    odd = {"number": [], "state": 1, "head": [], "base": 2, "merge_base_commit": "x"}
    stage.github.fail_next(Fault(json_answer(200, odd)), faults.on(operation))
    job = stage.job(stage.github.events.pull_request(pull))
    assert (job.code, "no sensible answer" in job.error) == (5, True)
    assert set(stage.conclusions(stage.head())) <= {"failure"}

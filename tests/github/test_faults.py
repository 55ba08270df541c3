"""GitHub at its worst: each scenario ends right, or with one clear error and a completed check."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from results_bot.github.connection import limit_wait

from tests.github.scene import (
    BOT,
    GOOD,
    WORSE,
    Files,
    Job,
    Scene,
    metrics,
    page_of,
    path,
    refreshed,
)
from tests.github.test_forks import ASKED, pull_of
from tests.github_double import faults
from tests.github_double.double import GitHubDouble
from tests.github_double.events import Event
from tests.github_double.faults import Fault
from tests.github_double.fixtures import check
from tests.github_double.records import PullRequest
from tests.github_double.server import Answer, json_answer

Prepared = tuple[Scene, PullRequest, Event]
REQUESTS = 14
"""One more than the first job of a pull request sends."""


def opened(scene: Scene) -> Prepared:
    pull = scene.pull(dict(WORSE))
    return scene, pull, scene.events.pull_request(pull)


def merging(scene: Scene) -> Prepared:
    pull = scene.refreshed_pull({path("gamma"): metrics(0.95, 0.2)})
    scene.push({path("delta"): metrics(0.93, 0.3)}, "main")
    return scene, pull, scene.events.pull_request(pull)


def approval(scene: Scene) -> Prepared:
    pull = scene.refreshed_pull()
    scene.look(pull)
    comment = scene.github.comment(pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    return scene, pull, scene.events.issue_comment(comment)


def approval_with_commit(scene: Scene) -> Prepared:
    prepared = approval(scene)
    scene.commit({"RESULTS.md": page_of(GOOD)})
    return prepared


def publishing(scene: Scene) -> Prepared:
    fork = scene.github.fork(scene.repo, "mallory")
    pull = pull_of(scene, fork)
    return scene, pull, scene.events.workflow_run(scene.trained(pull))


def merged(scene: Scene) -> Prepared:
    scene, pull, event = approval(scene)
    scene.run(event)
    before = scene.head("main")
    scene.github.merge_pull(pull, "mia")
    return scene, pull, scene.events.push(scene.repo, "main", before)


def end(prepared: Prepared, at: int, fault: Fault | None) -> tuple[object, int, Job]:
    """Run the flow, with a fault at a request; return the final state and how many there were."""
    scene, pull, event = prepared
    before = len(scene.github.log)
    if fault is not None:
        scene.github.fail_request(before + at, fault)
    job = scene.run(event, ASKED if event.name == "workflow_run" else None)
    commit = event.sha if event.name == "push" else scene.github.state.head_sha(pull)
    shown = max(scene.checks(commit), key=lambda one: one.id)
    assert pull.head_repo is not None
    state = (
        scene.conclusion(commit),
        [(one["start_line"], one["message"]) for one in shown.annotations],
        [one.body.partition("\n### ")[2][:40] for one in scene.github.comments(pull, BOT)],
        scene.github.file(pull.head_repo, "RESULTS.md", pull.head_branch),
        "refs/notes/results-bot" in scene.repo.refs,
        len(scene.github.state.store.commits[commit].parents),
        (job.code, job.error, job.outputs["verdict"]),
    )
    return state, len(scene.github.log) - before, job


KINDS: dict[str, Callable[[], Fault]] = {
    "502": faults.server_error,
    "502-done": lambda: faults.server_error(applied=True),
    "cut": faults.cut,
    "torn": faults.torn,
    "limit": faults.secondary_limit,
    "cut-done": lambda: faults.cut(applied=True),
    "html": faults.html,
    "wait": lambda: faults.secondary_limit(retry_after=3),
    "429": lambda: faults.secondary_limit(status=429),
    "primary": lambda: faults.primary_limit(30),
}
WAITS = {"limit": 60, "wait": 3, "429": 60, "primary": 28}
FLOWS: list[tuple[Callable[[Scene], Prepared], str, str, Iterable[int]]] = [
    *((opened, "action_required", kind, range(1, REQUESTS)) for kind in list(KINDS)[:5]),
    *((opened, "action_required", kind, (1, 3, 6, 9)) for kind in list(KINDS)[5:]),
    *(
        (prepare, conclusion, kind, range(1, 100))
        for prepare, conclusion in (
            (merging, "success"),
            (approval, "success"),
            (approval_with_commit, "success"),
            (publishing, "action_required"),
            (merged, "success"),
        )
        for kind in ("502", "502-done")
    ),
]


@pytest.mark.parametrize(("prepare", "conclusion", "kind", "requests"), FLOWS)
def test_a_fault_at_each_request_in_turn(
    new_github: Callable[[], GitHubDouble],
    tmp_path: Path,
    prepare: Callable[[Scene], Prepared],
    conclusion: str,
    kind: str,
    requests: Iterable[int],
) -> None:
    """The end is the same, whether the request had its effect or not."""

    def fresh(name: str) -> Prepared:
        (tmp_path / name).mkdir()
        return prepare(Scene(new_github(), tmp_path / name))

    wanted, total, _ = end(fresh("calm"), 0, None)
    assert isinstance(wanted, tuple)
    assert wanted[0] == conclusion
    assert total > 8
    assert prepare is not opened or total < REQUESTS
    for number in requests:
        if number <= total:
            state, _, job = end(fresh(str(number)), number, KINDS[kind]())
            assert state == wanted, f"request {number}"
            assert sum(job.clock.waits) >= WAITS.get(kind, 0)


@pytest.mark.parametrize("number", range(1, REQUESTS))
def test_everything_fails_from_one_request_on(
    new_github: Callable[[], GitHubDouble], tmp_path_factory: pytest.TempPathFactory, number: int
) -> None:
    github = new_github()
    stage = Scene(github, tmp_path_factory.mktemp("job"))
    pull = stage.pull(dict(WORSE))
    github.fail_next(
        faults.server_error(), lambda request: request.number >= number, times=1_000_000
    )
    job = stage.run(github.events.pull_request(pull))
    assert len(stage.comments(pull)) <= 1
    if number <= len(github.log):
        assert job.code == 5
        assert job.error.startswith("GitHub: ")
        assert "502" in job.error
        assert job.outputs["verdict"] == "failure"
    else:
        assert (job.code, job.outputs["verdict"]) == (0, "action_required")
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
def test_one_operation_fails_for_good(scene: Scene, operation: str) -> None:
    """The check is completed, and says what went wrong."""
    pull = scene.pull(dict(WORSE))
    pushed = scene.head()
    scene.github.fail_next(faults.server_error(), faults.on(operation), times=1000)
    job = scene.judge(pull)
    assert job.code == 5
    assert {2.0, 4.0, 8.0, 16.0} <= set(job.clock.waits)
    assert scene.conclusions(pushed) == ["failure"]
    if scene.head() != pushed:
        assert scene.conclusions(scene.head()) == ["failure"]
    [summary] = {one.summary for one in scene.checks(pushed)}
    assert "502" in (summary or "")


@pytest.mark.parametrize(
    "error",
    [
        {"message": "Something went wrong while executing your query."},
        {"type": "RATE_LIMITED", "message": "API rate limit exceeded"},
    ],
)
def test_graphql_that_fails_with_status_200_is_asked_again(
    scene: Scene, error: dict[str, str]
) -> None:
    failed = Fault(json_answer(200, {"data": None, "errors": [error]}))
    scene.github.fail_next(failed, faults.on("graphql:repository"))
    state, total, _ = end(opened(scene), 0, None)
    assert isinstance(state, tuple)
    assert (state[0], total) == ("action_required", REQUESTS)


@pytest.mark.parametrize(
    ("fault", "said", "waits"),
    [
        (faults.primary_limit(3000), "waited 0 s so far", []),
        (faults.secondary_limit(), "waited 900 s so far, and 960 s more", [60, 120, 240, 480]),
        (faults.secondary_limit(3), "the rate limit was still reached after 9 tries", [3] * 8),
    ],
)
def test_limit_without_end_is_a_clear_error(
    scene: Scene, fault: Fault, said: str, waits: list[float]
) -> None:
    pull = scene.pull(dict(WORSE))
    scene.github.fail_next(fault, faults.on("checks/create"), times=100)
    job = scene.judge(pull)
    assert job.code == 5
    assert said in job.error
    assert job.clock.waits == waits


INVALID = {"message": "Invalid", "errors": [{"field": "sha", "code": "missing"}, "no sha"]}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"message": "Bad credentials"}, "Bad credentials (status 401): the token is wrong"),
        (403, {"message": "Not for you"}, "Not for you (status 403)"),
        (410, {"message": "Gone"}, "Gone (status 410)"),
        (422, INVALID, "Invalid: sha: missing; no sha (status 422)"),
        (422, [], "refused (status 422)"),
        (422, {"message": "x" * 1000}, "x" * 100),
        (403, faults.HTML, "refused (status 403)"),
    ],
)
def test_a_refusal_gives_githubs_reason(scene: Scene, status: int, body: object, said: str) -> None:
    pull = scene.pull(dict(WORSE))
    answer = Answer(status, body) if isinstance(body, bytes) else json_answer(status, body)
    scene.github.fail_next(Fault(answer), faults.on("checks/create"))
    job = scene.judge(pull)
    assert job.code == 5
    assert job.error.startswith("GitHub: POST /repos/octo/results/check-runs: ")
    assert said in job.error
    assert len(job.error) <= 500
    assert len(scene.github.writes()) == 1


SPENT = {"x-ratelimit-remaining": "0"}
SLOWER = {"message": faults.SECONDARY}


@pytest.mark.parametrize(
    ("status", "headers", "data", "times", "wait"),
    [
        (403, {}, SLOWER, 1, 60),
        (403, {}, SLOWER, 3, 240),
        (403, {}, {"message": "You have triggered an abuse detection mechanism."}, 1, 60),
        (403, {"retry-after": "7"}, {}, 2, 7),
        (403, SPENT | {"x-ratelimit-reset": "1030"}, {}, 2, 31),
        (403, SPENT | {"x-ratelimit-reset": "970"}, {}, 1, 1),
        (403, SPENT | {"x-ratelimit-reset": "soon"}, {}, 2, 120),
        (403, {"x-ratelimit-remaining": "9", "x-ratelimit-reset": "1030"}, SLOWER, 1, 60),
        (429, {"x-ratelimit-reset": "1030"}, None, 2, 120),
        (429, {"retry-after": " 0 "}, {}, 1, 1),
        (429, {"retry-after": "soon"}, {}, 2, 60),
        (200, {}, {"errors": [{}, {"type": "RATE_LIMITED"}]}, 2, 120),
        (200, SPENT | {"retry-after": "7"}, SLOWER, 1, None),
        (200, {}, {"errors": [{"type": "FORBIDDEN"}]}, 1, None),
        (403, {"x-ratelimit-remaining": "9"}, {"message": "Not by integration"}, 1, None),
        (404, {}, {"errors": [{"type": "RATE_LIMITED"}]}, 1, None),
        (404, SPENT | {"retry-after": "7"}, SLOWER, 1, None),
    ],
)
def test_how_long_a_limit_is_waited_out(
    status: int, headers: dict[str, str], data: Any, times: int, wait: float | None
) -> None:
    assert limit_wait(status, headers, data, times, 1000.0) == wait


def test_an_answer_that_does_not_come(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("results_bot.github.connection.TIMEOUT", 1)
    scene.github.before(faults.on("pulls/get"), lambda: time.sleep(1.5))
    state, _, job = end(opened(scene), 0, None)
    assert isinstance(state, tuple)
    assert (state[0], job.clock.waits[0]) == ("action_required", 1)


def test_an_answer_from_elsewhere(scene: Scene) -> None:
    """The token goes to no other host, and the error holds none of it."""
    pull = scene.pull(dict(WORSE))
    moved = Answer(301, b"{}", {"Location": "http://elsewhere.invalid/repos/octo/results"})
    scene.github.fail_next(Fault(moved), faults.on("pulls/get"))
    job = scene.judge(pull)
    assert job.code == 5
    assert "GET /repos/octo/results/pulls/1: no sensible answer" in job.error
    assert job.token.secret not in job.everything


@pytest.mark.parametrize("answer", [{}, {"id": 7}, {"id": "x", "head_sha": 7}, []])
def test_a_check_that_was_created_is_found_again(scene: Scene, answer: object) -> None:
    """GitHub made it, and answered something else."""
    wrong = Fault(json_answer(200, answer), applied=True)
    scene.github.fail_next(wrong, faults.on("checks/create"))
    state, _, _ = end(opened(scene), 0, None)
    assert isinstance(state, tuple)
    assert (state[0], len(scene.repo.check_runs)) == ("action_required", 2)


@pytest.mark.parametrize("same_run", [False, True])
def test_an_older_check_is_not_taken_for_the_one_that_failed(scene: Scene, same_run: bool) -> None:
    """What it shows is not what was to be reported."""
    pull = scene.refreshed_pull()
    run = scene.github.run(scene.repo, pull=pull)
    scene.judge(pull, run=run)
    [older] = scene.checks(scene.head())
    older.conclusion = "success"
    if not same_run:
        newest = replace(older, id=scene.github.state.new_id(), conclusion="neutral")
        scene.repo.check_runs[newest.id] = newest
    scene.github.fail_next(faults.server_error(), faults.on("checks/create"))
    scene.judge(pull, run=run if same_run else None)
    assert scene.check(pull) == "action_required"


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize(
    ("files", "conclusion", "annotations"), [(WORSE, "action_required", 3), (GOOD, "success", 0)]
)
def test_the_end_of_a_check_arrives_once(
    scene: Scene, files: Files, conclusion: str, annotations: int, applied: bool
) -> None:
    """GitHub adds annotations to those that are there."""
    pull = scene.pull({**refreshed(files), "README.md": "words\n"})
    unclear = faults.server_error(applied=applied)
    scene.github.fail_next(unclear, faults.on("checks/update"))
    scene.judge(pull)
    [check] = scene.checks(scene.head())
    assert (check.conclusion, len(check.annotations)) == (conclusion, annotations)


def test_the_first_error_is_the_one_to_report(scene: Scene) -> None:
    pull = scene.pull({"results-bot.toml": "nonsense = 1\n"})
    scene.github.fail_next(faults.server_error(), faults.on("checks/update"), times=100)
    job = scene.judge(pull)
    assert job.code == 2
    assert job.error.startswith("results-bot.toml: ")
    assert "The check run could not be completed: GitHub: " in job.log


ODD = {"number": [], "state": 1, "head": [], "base": 2, "merge_base_commit": "x"}


@pytest.mark.parametrize(
    ("operation", "answer", "said"),
    [
        ("pulls/get", ODD, "no sensible answer"),
        ("repos/compare-commits-with-basehead", ODD, "no sensible answer"),
        ("graphql:repository", ODD, "GraphQL: the answer has no data"),
        ("graphql:repository", [], "GraphQL: the answer has no data"),
        (
            "graphql:repository",
            {"data": {"repository": None}},
            "GraphQL repository.pullRequest: Expected `object`, got `null`",
        ),
        (
            "graphql:createCommitOnBranch",
            {"data": {"createCommitOnBranch": None}},
            "GraphQL createCommitOnBranch: names no commit",
        ),
    ],
)
def test_an_answer_of_other_types(scene: Scene, operation: str, answer: object, said: str) -> None:
    pull = scene.pull(dict(WORSE))
    scene.github.fail_next(Fault(json_answer(200, answer)), faults.on(operation))
    job = scene.judge(pull)
    assert job.code == 5
    assert said in job.error
    assert set(scene.conclusions(scene.head())) <= {"failure"}

"""Others push, and jobs run at the same time: nothing is lost, nothing is said twice."""

from __future__ import annotations

import threading
from itertools import count
from pathlib import Path

import pytest

from tests.github.scene import BOT, Files, Job, Scene, metrics, path
from tests.github.test_pull import IMPROVED
from tests.github_double import faults
from tests.github_double.faults import Predicate
from tests.github_double.records import CheckRun

BETTER = {path("resnet50"): metrics(0.931, 0.2801)}
GET = faults.on("pulls/get")
COMMIT = faults.on("graphql:createCommitOnBranch")


def keep_pushing(stage: Scene, when: Predicate, times: int) -> None:
    """Let somebody push a further run before each of some requests."""
    numbers = count(1)

    def push() -> None:
        number = next(numbers)
        stage.commit({path(f"more{number}"): metrics(0.5, 0.8)})

    stage.github.before(when, push, times=times)


def test_head_moves_three_times_before_the_commit(stage: Scene) -> None:
    pull = stage.pull(BETTER)
    keep_pushing(stage, COMMIT, 3)
    job = stage.judge(pull)
    assert job.code == 0
    assert len(stage.github.requests(COMMIT)) == 4
    for name in ("more1", "more2", "more3", "resnet50"):
        assert f"| {name} |" in stage.page()
    assert stage.conclusions(stage.head()) == ["success"]
    assert "more3" in stage.sticky(pull)


def test_head_moves_without_end(stage: Scene) -> None:
    pull = stage.pull(BETTER)
    pushed = stage.head()
    keep_pushing(stage, COMMIT, 100)
    assert "feature moved 10 times while the page was made" in stage.judge(pull).error
    assert stage.conclusions(pushed) == ["failure"]
    assert stage.comments(pull) == []


def test_head_moves_without_end_while_approvals_are_counted(stage: Scene) -> None:
    pull = stage.refreshed_pull()
    event = stage.events.issue_comment(stage.github.comment(pull, "ravi", "/revoke-metrics"))
    keep_pushing(stage, GET, 100)
    job = stage.run(event)
    assert "moved again and again" in job.log
    assert stage.github.writes() == []


MINE = {"train.py": "model = 2\n"}


@pytest.mark.parametrize(
    "pushes",
    [
        [({"RESULTS.md": "# Mine\n"}, "Refresh RESULTS.md")],
        [(MINE | {"RESULTS.md": IMPROVED}, "Mine")],
        [(MINE, "Mine"), ({"RESULTS.md": IMPROVED}, "Refresh RESULTS.md")],
    ],
)
def test_a_push_is_not_taken_for_a_commit_that_failed(
    stage: Scene, pushes: list[tuple[Files, str]]
) -> None:
    """It looks like the bot's in part: by its message, by the page, or by both upon other code."""
    pull = stage.pull(BETTER)

    def push() -> None:
        for files, message in pushes:
            stage.github.push(stage.repo, "feature", files, message)

    stage.github.before(COMMIT, push)
    stage.github.fail_next(faults.server_error(), COMMIT)
    stage.judge(pull)
    assert len(stage.github.requests(COMMIT)) >= 2
    assert "93.10%" in stage.page()
    assert stage.check(pull) == "success"


@pytest.mark.parametrize("left_open", [False, True])
def test_force_push_in_between_ends_the_run(stage: Scene, left_open: bool) -> None:
    """Also where a job that was killed left a check in progress."""
    pull = stage.pull(BETTER)
    pushed = stage.head()
    main = stage.head("main")
    if left_open:
        number, app = stage.github.state.new_id(), stage.token.app_id
        stage.repo.check_runs[number] = CheckRun(
            number, "results-bot", pushed, app, status="in_progress"
        )

    def force() -> None:
        stage.github.branch(stage.repo, "feature", main)
        stage.commit({"README.md": "other\n"})

    stage.github.before(COMMIT, force)
    job = stage.judge(pull)
    assert job.code == 0
    assert stage.conclusions(pushed)[-1:] == ["cancelled"]
    assert stage.comments(pull) == []
    assert stage.checks(stage.head()) == []
    assert "moved on" in job.log


def test_uploads_that_are_missing_do_not_stand_for_a_newer_push(
    stage: Scene, tmp_path: Path
) -> None:
    pull = stage.pull(BETTER)
    pushed = stage.head()
    stage.github.before(COMMIT, lambda: stage.commit({"train.py": "model = 'worse'\n"}))
    run = stage.github.run(stage.repo, pull=pull, conclusion=None)
    job = stage.judge(pull, run=run, artifacts_folder=str(tmp_path / "none"))
    assert stage.conclusions(pushed) == ["cancelled"]
    assert stage.checks(stage.head()) == []
    assert "moved on" in job.log


def test_superseded_from_the_start_writes_nothing(stage: Scene) -> None:
    pull = stage.pull(BETTER)
    event = stage.events.pull_request(pull)
    stage.commit({path("vit"): metrics(0.1, 0.9)})
    job = stage.run(event)
    assert stage.github.writes() == []
    assert "moved on" in job.log


def test_head_moves_before_the_comment(stage: Scene) -> None:
    pull = stage.pull({"README.md": "words\n", path("vit"): metrics(0.94, 0.25)})
    stage.judge(pull)
    before = stage.sticky(pull)
    stage.commit(BETTER)
    pushed = stage.head()
    stage.github.before(GET, lambda: stage.commit({"README.md": "newer\n"}), skip=1)
    stage.judge(pull)
    assert stage.sticky(pull) == before
    assert stage.conclusions(pushed) == ["cancelled"]


def test_branch_is_deleted_in_between(stage: Scene) -> None:
    pull = stage.pull(BETTER)
    pushed = stage.head()
    stage.github.before(COMMIT, lambda: stage.repo.refs.pop("refs/heads/feature"))
    job = stage.judge(pull)
    assert job.code in (0, 5)
    assert stage.conclusions(pushed)[0] in ("cancelled", "failure")
    assert stage.comments(pull) == []


def test_of_two_comments_the_oldest_stays(stage: Scene) -> None:
    """Another job of the same page commented when this one had looked."""
    pull = stage.pull(BETTER)
    create = faults.on("issues/create-comment")
    text = "<!-- results-bot:comment results -->\nof another job\n"
    stage.github.before(create, lambda: stage.github.comment(pull, BOT, text))
    job = stage.judge(pull)
    [comment] = stage.comments(pull)
    assert "Nothing got worse" in comment.body
    assert job.outputs["comment-url"].endswith(f"#issuecomment-{comment.id}")
    assert len(stage.github.writes("issues/delete-comment")) == 1


def test_two_jobs_at_once_lose_no_row(stage: Scene) -> None:
    """Two workflows of one push, each with the metrics of its own training."""
    pull = stage.pull({"train.py": "print()\n"})
    event = stage.events.pull_request(pull)
    runs = {}
    for name in ("left", "right"):
        run = stage.github.run(stage.repo, pull=pull, name=name, conclusion=None)
        stage.github.artifact(run, f"{name}-metrics", {path(name): metrics(0.9, 0.3)})
        runs[name] = run
    barrier = threading.Barrier(2)
    stage.github.before(COMMIT, lambda: barrier.wait(30), times=2)
    jobs: dict[str, Job] = {}

    def work(name: str) -> None:
        jobs[name] = stage.run(event, run=runs[name], artifacts=f"{name}-*")

    threads = [threading.Thread(target=work, args=(name,)) for name in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [job.code for job in jobs.values()] == [0, 0]
    assert "| left |" in stage.page()
    assert "| right |" in stage.page()
    assert len(stage.comments(pull)) == 1
    assert all(one.status == "completed" for one in stage.repo.check_runs.values())
    assert "success" in stage.conclusions(stage.head())

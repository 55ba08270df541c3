"""Push, schedule and button on the default branch: one pull request that keeps the page true."""

from __future__ import annotations

import pytest

from tests.github.scene import Files, Job, Scene, files, ignore, metrics, path
from tests.github_double import faults
from tests.github_double.server import json_answer

BRANCH = "results-bot/refresh"
NEW = {path("new"): metrics(0.95, 0.2)}
NEWER = {path("newer"): metrics(0.96, 0.19)}


def pushed(stage: Scene, changes: Files = NEW, **inputs: str) -> Job:
    """Bring changes to the default branch, and let its run see it."""
    before = stage.head("main")
    stage.commit(changes, "main")
    return stage.run(stage.events.push(stage.repo, "main", before), inputs)


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch"])
def test_stale_page_opens_one_pull_request(stage: Scene, event: str) -> None:
    before = stage.head("main")
    stage.commit(NEW, "main")
    arguments = ("main", before) if event == "push" else ()
    job = stage.run(getattr(stage.events, event)(stage.repo, *arguments))
    assert (job.code, job.outputs["changed"]) == (0, "true")
    [pull] = stage.repo.pulls
    assert (pull.head_branch, pull.base_branch) == (BRANCH, "main")
    assert "| new |" in stage.page(BRANCH)
    assert "| new |" not in stage.page("main")
    assert stage.conclusions(stage.head(BRANCH)) == ["success"]
    assert stage.conclusions(stage.head("main")) == ["success"]
    assert job.outputs["comment-url"].endswith(f"/pull/{pull.number}")
    assert job.outputs["comment-url"] in job.log


def test_true_page_needs_nothing(stage: Scene) -> None:
    job = pushed(stage, {"README.md": "words\n"})
    assert stage.repo.pulls == []
    assert job.outputs["changed"] == "false"
    assert not stage.github.writes("git/create-ref")


def test_pull_request_is_brought_up_to_date(stage: Scene) -> None:
    pushed(stage)
    first = stage.head(BRANCH)
    pushed(stage, NEWER)
    assert len(stage.repo.pulls) == 1
    assert "| newer |" in stage.page(BRANCH)
    made = stage.github.head(stage.repo, BRANCH)
    assert made.parents == (first, stage.head("main"))  # Grown, not forced.
    assert stage.conclusions(made.sha) == ["success"]
    writes = len(stage.github.writes())
    stage.run(stage.events.schedule(stage.repo))
    assert len(stage.github.writes()) == writes
    [pull] = stage.repo.pulls
    for name, edited in (("title", "Edited"), ("body", "Edited"), ("body", None)):
        wanted = getattr(pull, name)
        setattr(pull, name, edited)
        stage.run(stage.events.schedule(stage.repo))
        assert getattr(pull, name).strip() == wanted.strip()


def test_another_pull_request_is_left_alone(stage: Scene) -> None:
    """Where GitHub ignores the filters, and returns every pull request."""
    other = stage.pull({"README.md": "words\n"}, login="will")
    for name in ("base", "head"):
        ignore(stage, "pulls/list", name)
    pushed(stage)
    assert [one.title for one in stage.repo.pulls] == [other.title, "Refresh RESULTS.md"]
    assert other.title == "Change the model"


def test_another_job_opens_the_pull_request_meanwhile(stage: Scene) -> None:
    create = faults.on("pulls/create")
    stage.github.before(create, lambda: stage.github.open_pull(stage.repo, BRANCH))
    assert pushed(stage).code == 0
    assert [one.title for one in stage.repo.pulls] == ["Refresh RESULTS.md"]


def test_others_push_to_its_branch_without_end(stage: Scene) -> None:
    stage.github.before(
        lambda one: one.operation in ("git/create-ref", "git/update-ref"),
        lambda: stage.commit({"notes.md": f"{len(stage.github.log)}\n"}, BRANCH),
        times=100,
    )
    assert f"{BRANCH} moved 5 times" in pushed(stage).error
    assert stage.conclusions(stage.head("main")) == ["failure"]


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_branch_is_used_again_after_a_merge(stage: Scene, how: str) -> None:
    pushed(stage)
    [pull] = stage.repo.pulls
    if how == "merge":
        stage.github.merge_pull(pull, "mia")
    else:
        stage.commit({"RESULTS.md": stage.page(BRANCH)}, "main")
        stage.github.close_pull(pull)
    pushed(stage, NEWER)
    assert len(stage.repo.pulls) == 2
    assert "| newer |" in stage.page(BRANCH)
    assert "| new |" in stage.page(BRANCH)


def test_repository_that_forbids_pull_requests_says_where_to_allow_them(stage: Scene) -> None:
    why = "GitHub Actions is not permitted to create or approve pull requests."
    denied = faults.Fault(json_answer(403, {"message": why, "documentation_url": "x"}))
    stage.github.fail_next(denied, faults.on("pulls/create"))
    job = pushed(stage)
    assert job.code == 5
    assert "Allow GitHub Actions to create and approve pull requests" in job.error
    assert stage.conclusions(stage.head("main")) == ["failure"]
    assert "| new |" in stage.page(BRANCH)


def test_github_refuses_the_pull_request(stage: Scene) -> None:
    refused = faults.Fault(json_answer(422, {"message": "No", "documentation_url": "x"}))
    stage.github.fail_next(refused, faults.on("pulls/create"))
    job = pushed(stage)
    assert (job.code, job.error) == (5, "GitHub: POST /repos/octo/results/pulls: No (status 422)")


def test_a_default_branch_that_was_started_anew(stage: Scene) -> None:
    pushed(stage)
    there, newest = stage.head(BRANCH), stage.github.head(stage.repo, "main")
    made = stage.github.state.store.put_commit(newest.tree, (), "Start anew", newest.author)
    stage.repo.refs["refs/heads/main"] = made.sha
    job = stage.run(stage.events.workflow_dispatch(stage.repo))
    assert (job.code, job.error) == (0, "")
    assert stage.github.head(stage.repo, BRANCH).parents == (there, made.sha)


def test_a_default_branch_that_is_gone(stage: Scene) -> None:
    event = stage.events.workflow_dispatch(stage.repo)
    del stage.repo.refs["refs/heads/main"]
    assert "the branch main is gone" in stage.run(event).log
    assert stage.github.writes() == []


def test_a_branch_of_that_name_in_a_fork_of_the_owner(stage: Scene) -> None:
    fork = stage.github.fork(stage.repo, "octo", "copy")
    theirs = stage.pull({"README.md": "words\n"}, BRANCH, fork=fork)
    pushed(stage)
    assert [one.head_repo for one in stage.repo.pulls] == [fork, stage.repo]
    assert theirs.title == "Change the model"


@pytest.mark.parametrize("anew", [False, True])
def test_older_push_leaves_it_to_the_newer_one(stage: Scene, anew: bool) -> None:
    before = stage.head("main")
    stage.commit(NEW, "main")
    event = stage.events.push(stage.repo, "main", before)
    stage.commit(NEWER, "main")
    if anew:
        newest = stage.github.head(stage.repo, "main")
        made = stage.github.state.store.put_commit(newest.tree, (), "Start anew", newest.author)
        stage.repo.refs["refs/heads/main"] = made.sha
    job = stage.run(event)
    assert stage.github.writes() == []
    assert "moved on" in job.log


def test_dry_run_on_the_default_branch(stage: Scene) -> None:
    job = pushed(stage, dry_run="true")
    assert stage.github.writes() == []
    assert "Would send POST /repos/octo/results/pulls\n" in job.log
    assert "  | base: main\n  | head: results-bot/refresh\n" in job.log


def test_no_branch_without_the_right_to_commit(stage: Scene) -> None:
    job = pushed(stage, commit="false")
    assert job.outputs["changed"] == "true"
    assert f"refs/heads/{BRANCH}" not in stage.repo.refs
    assert stage.repo.pulls == []


def test_no_page_of_nothing(stage: Scene) -> None:
    stage.commit({"RESULTS.md": None, **dict.fromkeys(files(), None)}, "main")
    pushed(stage, {"README.md": "words\n"})
    assert f"refs/heads/{BRANCH}" not in stage.repo.refs

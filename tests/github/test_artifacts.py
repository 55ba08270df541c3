"""Metrics that other jobs uploaded, and the ones that they should have uploaded."""

from __future__ import annotations

import pytest

from tests.github.stage import Job, Stage, metrics, path
from tests.github_double.issues import PullRequest
from tests.github_double.runs import WorkflowRun


def trained(stage: Stage) -> tuple[PullRequest, WorkflowRun]:
    pull = stage.pull({"train.py": "print()\n"})
    return pull, stage.github.run(stage.repo, pull=pull, conclusion=None)


def judged(stage: Stage, pull: PullRequest, run: WorkflowRun, **inputs: str) -> Job:
    return stage.job(stage.github.events.pull_request(pull), run_id=run.id, inputs=inputs)


def test_uploaded_metrics_become_rows(stage: Stage) -> None:
    pull, run = trained(stage)
    for name in ("small", "large"):
        stage.github.job(run, f"train ({name})")
        stage.github.artifact(run, f"metrics-{name}", {path(name): metrics(0.95, 0.2)})
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert (job.code, job.outputs["verdict"]) == (0, "success")
    assert "| small |" in stage.page()
    assert "| large |" in stage.page()


def test_prefix_puts_stripped_folders_back(stage: Stage) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-tiny", {"training_summary.json": metrics(0.95, 0.2)})
    prefix = "experiments/nightly/{match}"
    judged(stage, pull, run, artifacts="metrics-*", artifacts_prefix=prefix)
    assert "| tiny |" in stage.page()


def test_missing_matrix_job_fails_the_check(stage: Stage) -> None:
    pull, run = trained(stage)
    stage.github.job(run, "train (small)")
    stage.github.job(run, "train (large)", "failure")
    stage.github.artifact(run, "metrics-small", {path("small"): metrics(0.95, 0.2)})
    job = judged(stage, pull, run, artifacts="metrics-*", fail_on="failure")
    assert (job.code, job.outputs["verdict"]) == (1, "failure")
    [comment] = stage.comments(pull)
    assert "job train (large)" in comment.body
    assert stage.conclusions(stage.head()) == ["failure"]
    assert "| small |" in stage.page()


@pytest.mark.parametrize("expected", ["", "metrics-small\nmetrics-large"])
def test_all_artifacts_missing_is_no_silent_green(stage: Stage, expected: str) -> None:
    pull, run = trained(stage)
    job = judged(stage, pull, run, artifacts="metrics-*", expected_artifacts=expected)
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    assert "was not uploaded" in comment.body
    assert stage.conclusions(stage.head()) == ["failure"]


def test_broken_artifact_is_named_and_the_rest_goes_on(stage: Stage) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-bad", b"this is no archive")
    stage.github.artifact(run, "metrics-old", {path("old"): metrics(1, 1)}, expired=True)
    stage.github.artifact(run, "metrics-odd", {"x.json": "{}"}, digest="sha256:" + "0" * 64)
    stage.github.artifact(run, "metrics-good", {path("good"): metrics(0.95, 0.2)})
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    for name in ("metrics-bad", "metrics-old", "metrics-odd"):
        assert f"artifact {name}" in comment.body
    assert "expired" in comment.body
    assert "digest" in comment.body
    assert "| good |" in stage.page()


def test_broken_file_in_an_artifact_is_named(stage: Stage) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-cut", {path("cut"): metrics(0.9, 0.3)[:-20]})
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    assert "training_summary.json" in comment.body
    assert "cut off" in comment.body


@pytest.mark.parametrize("merged", [True, False])
def test_downloaded_folder(stage: Stage, merged: bool) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-new", {path("new"): metrics(0.95, 0.2)})
    folder = stage.folder / "downloaded"
    file = (folder if merged else folder / "metrics-new") / path("new")
    file.parent.mkdir(parents=True)
    file.write_text(metrics(0.95, 0.2), "utf-8")
    job = judged(stage, pull, run, artifacts="metrics-*", artifacts_folder=str(folder))
    assert job.outputs["verdict"] == "success"
    assert "| new |" in stage.page()


def test_downloaded_folder_that_is_not_there(stage: Stage) -> None:
    pull, run = trained(stage)
    job = judged(
        stage, pull, run, artifacts="metrics-*", artifacts_folder=str(stage.folder / "none")
    )
    assert job.outputs["verdict"] == "failure"


def test_metrics_uploaded_and_nothing_of_them_in_git(stage: Stage) -> None:
    """A repository that keeps only its page: the row of an earlier change stays."""
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-new", {path("new"): metrics(0.95, 0.2)})
    judged(stage, pull, run, artifacts="metrics-*")
    stage.github.push(stage.repo, "feature", {"train.py": "print(2)\n"})
    second = stage.github.run(stage.repo, pull=pull, conclusion=None)
    stage.github.artifact(second, "metrics-new", {path("newer"): metrics(0.96, 0.19)})
    judged(stage, pull, second, artifacts="metrics-*")
    assert "| new |" in stage.page()
    assert "| newer |" in stage.page()


def test_more_artifacts_and_jobs_than_one_page_lists(stage: Stage) -> None:
    pull, run = trained(stage)
    names = [f"run{at:03}" for at in range(130)]
    for name in names:
        stage.github.job(run, f"train ({name})")
        if name != "run129":
            stage.github.artifact(run, f"metrics-{name}", {path(name): metrics(0.95, 0.2)})
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    assert "job train (run129): succeeded, but no artifact bears its name" in comment.body
    assert stage.page().count("| run") == 129


def test_artifacts_that_disagree_about_a_file(stage: Stage) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-a", {path("vit"): metrics(0.95, 0.2)})
    stage.github.artifact(run, "metrics-b", {path("vit"): metrics(0.96, 0.2)})
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    assert "differs in the artifacts metrics-a and metrics-b; neither is used" in comment.body


def test_an_artifact_in_no_section_says_what_to_set(stage: Stage) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-tiny", {"training_summary.json": metrics(0.95, 0.2)})
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    assert "none of its files lies in a section" in comment.body
    assert "set the artifacts" in comment.body

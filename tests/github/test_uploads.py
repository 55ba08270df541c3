"""Metrics that other jobs uploaded, and the ones that they should have uploaded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from results_bot.errors import ConfigError
from results_bot.github.archives import ArchiveError
from results_bot.github.uploads import Gathered, Placing, from_folder

from tests.github.scene import Job, Scene, metrics, path
from tests.github_double import faults
from tests.github_double.faults import Fault
from tests.github_double.records import PullRequest, WorkflowRun
from tests.github_double.server import json_answer

WORKFLOW = """\
name: Train
on: pull_request
jobs:
  docs:
    strategy: {matrix: {os: [linux]}}
    steps: [{run: make docs}]
  lint:
    name: ${{ matrix.python }}
    strategy: {matrix: {python: ["3.11"]}}
    steps: [{run: ruff check}]
  data: {runs-on: ubuntu-24.04, steps: [{run: make data}]}
  train:
    needs: data
    strategy: {matrix: {size: [small], include: [{size: large}]}}
    runs-on: gpu
    steps: [{run: ./train}]
  named:
    name: ${{ matrix.title }}
    strategy: {matrix: {size: "${{ fromJSON(vars.SIZES) }}"}}
    steps: [{run: ./train}]
  called: {uses: ./.github/workflows/fit.yml}
  results:
    needs: [train, named, called]
    if: ${{ !cancelled() }}
    strategy: {matrix: {of: [one]}}
    uses: octo/results-bot/.github/workflows/results.yml@0123456789abcdef0123456789abcdef01234567
    with: {artifacts: metrics-*}
  other:
    needs: docs
    steps: [{uses: octo/results-bot@v1, with: {artifacts: others-*, page: OTHER.md}}]
"""


def trained(stage: Scene) -> tuple[PullRequest, WorkflowRun]:
    pull = stage.pull({"train.py": "print()\n", ".github/workflows/train.yml": WORKFLOW})
    return pull, stage.github.run(stage.repo, pull=pull, conclusion=None)


def judged(stage: Scene, pull: PullRequest, run: WorkflowRun, **inputs: str) -> Job:
    return stage.job(stage.github.events.pull_request(pull), run_id=run.id, inputs=inputs)


def test_uploaded_metrics_become_rows(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    pull, run = trained(stage)
    for name in ("small", "large"):
        stage.github.job(run, f"train ({name})")
        stage.github.artifact(run, f"metrics-{name}", {path(name): metrics(0.95, 0.2)})
    # What two of them hold alike is no conflict, and what is no metrics file no fault.
    twice = {path("small"): metrics(0.95, 0.2), "notes.txt": "words\n"}
    stage.github.artifact(run, "metrics-again", twice)
    stage.github.artifact(run, "metrics-notes", {"notes.txt": "other words\n"})
    # A password for the storage's host is not sent to it.
    (stage.folder / "netrc").write_text("machine 127.0.0.1 login a password b\n", "utf-8")
    monkeypatch.setenv("NETRC", str(stage.folder / "netrc"))
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert (job.code, job.outputs["verdict"]) == (0, "success")
    assert "| small |" in stage.page()
    assert "| large |" in stage.page()


def test_prefix_puts_stripped_folders_back(stage: Scene) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-tiny", {"training_summary.json": metrics(0.95, 0.2)})
    prefix = "experiments/nightly/{match}"
    judged(stage, pull, run, artifacts="metrics-*", artifacts_prefix=prefix)
    assert "| tiny |" in stage.page()


@pytest.mark.parametrize(
    ("name", "conclusion", "reason"),
    [
        ("train (large)", "failure", "ended with failure"),
        ("train (large)", "timed_out", "ended with timed_out"),
        ("train (large)", "success", "succeeded, but no artifact bears its name"),
        ("train (large)", "skipped", ""),
        ("data", "failure", "ended with failure"),
        ("Train large", "cancelled", "ended with cancelled"),
        ("Train large", None, "has not finished (in_progress)"),
        ("called / fit (1)", "failure", "ended with failure"),
        ("docs (linux)", None, ""),
        ("3.11", "failure", ""),
        ("results (one) / results-bot", None, ""),
        ("other", "failure", ""),
    ],
)
def test_a_job_that_the_results_wait_for(
    stage: Scene, name: str, conclusion: str | None, reason: str
) -> None:
    """No other job of the workflow has to succeed, whatever it is called."""
    pull, run = trained(stage)
    stage.github.job(run, "train (small)")
    stage.github.job(run, name, conclusion)
    stage.github.artifact(run, "metrics-small", {path("small"): metrics(0.95, 0.2)})
    job = judged(stage, pull, run, artifacts="metrics-*", fail_on="failure")
    assert (job.code, job.outputs["verdict"]) == ((1, "failure") if reason else (0, "success"))
    [comment] = stage.comments(pull)
    assert ("job " in comment.body) == bool(reason)
    assert not reason or f"job {name}: {reason}" in comment.body
    assert "| small |" in stage.page()


@pytest.mark.parametrize("text", ["jobs: [", "jobs: {train: 3}", "[]", "on: push", None])
def test_a_workflow_that_names_no_training(stage: Scene, text: str | None) -> None:
    pull, run = trained(stage)
    stage.github.push(stage.repo, "feature", {".github/workflows/train.yml": text})
    stage.github.job(run, "train (large)", "failure")
    stage.github.artifact(run, "metrics-small", {path("small"): metrics(0.95, 0.2)})
    assert judged(stage, pull, run, artifacts="metrics-*").outputs["verdict"] == "success"


def test_expected_artifacts_in_place_of_values_in_names(stage: Scene) -> None:
    pull, run = trained(stage)
    stage.github.job(run, "train (small)")
    stage.github.job(run, "train (large)")
    stage.github.artifact(run, "metrics-small", {path("small"): metrics(0.95, 0.2)})
    asked = {"artifacts": "metrics-*", "expected_artifacts": "metrics-small"}
    assert judged(stage, pull, run, **asked).outputs["verdict"] == "success"


def test_artifacts_that_are_named_by_something_else(stage: Scene) -> None:
    """Then their names do not show which job of the matrix left none."""
    pull, run = trained(stage)
    for name in ("small", "large"):
        stage.github.job(run, f"train ({name})")
    stage.github.artifact(run, "metrics-all", {path("small"): metrics(0.95, 0.2)})
    assert judged(stage, pull, run, artifacts="metrics-*").outputs["verdict"] == "success"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("metrics-*", ""), ("metrics-*", "metrics-small\nmetrics-large"), ("", "metrics-small")],
)
def test_all_artifacts_missing_is_no_silent_green(
    stage: Scene, pattern: str, expected: str
) -> None:
    pull, run = trained(stage)
    job = judged(stage, pull, run, artifacts=pattern, expected_artifacts=expected)
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    assert "was not uploaded" in comment.body
    assert stage.conclusions(stage.head()) == ["failure"]


def test_broken_artifact_is_named_and_the_rest_goes_on(stage: Scene) -> None:
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


def test_broken_file_in_an_artifact_is_named(stage: Scene) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-cut", {path("cut"): metrics(0.9, 0.3)[:-20]})
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    assert "training_summary.json" in comment.body
    assert "cut off" in comment.body


@pytest.mark.parametrize(
    ("merged", "pattern"), [(True, "metrics-*"), (False, "metrics-*"), (True, "")]
)
def test_downloaded_folder(stage: Scene, merged: bool, pattern: str) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-new", {path("new"): metrics(0.95, 0.2)})
    folder = stage.folder / "downloaded"
    file = (folder if merged else folder / "metrics-new") / path("new")
    file.parent.mkdir(parents=True)
    file.write_text(metrics(0.95, 0.2), "utf-8")
    job = judged(stage, pull, run, artifacts=pattern, artifacts_folder=str(folder))
    assert job.outputs["verdict"] == "success"
    assert "| new |" in stage.page()


def test_downloaded_folder_that_is_not_there(stage: Scene) -> None:
    pull, run = trained(stage)
    job = judged(
        stage, pull, run, artifacts="metrics-*", artifacts_folder=str(stage.folder / "none")
    )
    assert job.outputs["verdict"] == "failure"


def test_a_folder_that_is_not_there_holds_no_upload(tmp_path: Path) -> None:
    assert from_folder(tmp_path / "none", Placing("metrics-*")) == Gathered()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_downloaded_folders_without_permission_are_problems(tmp_path: Path) -> None:
    closed = [tmp_path / "metrics-a/deep", tmp_path / "metrics-b"]
    for folder in closed:
        folder.mkdir(parents=True)
        (folder / "metrics.json").write_text("{}", "utf-8")
        folder.chmod(0)
    (tmp_path / "metrics-a/metrics.json").write_text("{}", "utf-8")
    try:
        found = from_folder(tmp_path, Placing("metrics-*"))
    finally:
        for folder in closed:
            folder.chmod(0o755)
    assert found.paths == ["metrics.json"]
    assert [(one.file, one.reason) for one in found.problems] == [
        ("metrics-a/deep", "cannot be listed (Permission denied)"),
        ("metrics-b", "cannot be listed (Permission denied)"),
    ]


def test_metrics_uploaded_and_nothing_of_them_in_git(stage: Scene) -> None:
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


def test_more_artifacts_and_jobs_than_one_page_lists(stage: Scene) -> None:
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


def test_an_artifact_that_is_deleted_meanwhile(stage: Scene) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-small", {path("small"): metrics(0.95, 0.2)})
    gone = Fault(json_answer(410, {"message": "Artifact has expired"}))
    stage.github.fail_next(gone, faults.on("actions/download-artifact"))
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    assert "artifact metrics-small: has expired, or was deleted" in comment.body


def test_where_the_files_of_an_artifact_belong() -> None:
    assert Placing("metrics-*-?", "runs/{name}/{match}/").folder("metrics-a-b") == (
        "runs/metrics-a-b/a-b"
    )
    assert Placing("m?trics").folder("metrics") == ""
    assert not Placing("m?trics").matches("m-etrics")
    with pytest.raises(ArchiveError, match="makes no folder"):
        Placing("*", "{name}").folder("a/b")


@pytest.mark.parametrize(
    ("prefix", "why"),
    [
        ("{run}", "no other braces"),
        ("runs/}", "no other braces"),
        ("../runs", "a file outside of itself"),
        ("a//b", "by no plain path"),
    ],
)
def test_wrong_prefixes(prefix: str, why: str) -> None:
    with pytest.raises(ConfigError, match=f"the artifacts' prefix .*{why}"):
        Placing("*", prefix)


def test_a_prefix_by_name_needs_the_names(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text("{}", "utf-8")
    with pytest.raises(ConfigError, match="download without merge-multiple"):
        from_folder(tmp_path, Placing("metrics-*", "runs/{match}"))


def test_artifacts_that_disagree_about_a_file(stage: Scene) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-a", {path("vit"): metrics(0.95, 0.2)})
    stage.github.artifact(run, "metrics-b", {path("vit"): metrics(0.96, 0.2)})
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    assert "differs in the artifacts metrics-a and metrics-b; neither is used" in comment.body


def test_an_artifact_in_no_section_says_what_to_set(stage: Scene) -> None:
    pull, run = trained(stage)
    stage.github.artifact(run, "metrics-tiny", {"training_summary.json": metrics(0.95, 0.2)})
    job = judged(stage, pull, run, artifacts="metrics-*")
    assert job.outputs["verdict"] == "failure"
    [comment] = stage.comments(pull)
    assert "none of its files lies in a section" in comment.body
    assert "set the artifacts" in comment.body

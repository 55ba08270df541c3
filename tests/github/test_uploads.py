"""Metrics that other jobs uploaded, and the ones that they should have uploaded."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from results_bot.errors import ConfigError
from results_bot.github.archives import ArchiveError
from results_bot.github.uploads import Placing, from_folder

from tests.github.scene import Job, Scene, metrics, path
from tests.github_double.builders import zipped
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
  fit:
    name: Fit ${{ matrix.size }}
    strategy: {matrix: {size: [tiny], include: [{size: huge}, {seed: 1}]}}
    steps: [{run: ./fit}]
  called: {uses: ./.github/workflows/fit.yml}
  results:
    needs: [train, fit, named, called]
    if: ${{ !cancelled() }}
    strategy: {matrix: {of: [one]}}
    uses: octo/results-bot/.github/workflows/results.yml@0123456789abcdef0123456789abcdef01234567
    with: {artifacts: metrics-*}
  other:
    needs: docs
    steps: [{uses: octo/results-bot@v1, with: {artifacts: metrics-*, page: OTHER.md}}]
  configured:
    needs: docs
    steps: [{uses: octo/results-bot@v1, with: {artifacts: metrics-*, config: other.toml}}]
  scores:
    needs: docs
    steps: [{uses: octo/results-bot@v1, with: {artifacts: scores-*}}]
"""


@dataclass
class Training:
    """A pull request whose own run trains, and what its jobs leave."""

    scene: Scene
    pull: PullRequest
    run: WorkflowRun

    def job(self, name: str, conclusion: str | None = "success") -> None:
        self.scene.github.job(self.run, name, conclusion)

    def upload(self, name: str, files: dict[str, str] | bytes | None = None, **more: Any) -> None:
        """Upload an artifact, of one good run of that name where nothing else is given."""
        good = {path(name): metrics(0.95, 0.2)}
        files = good if files is None else files
        self.scene.github.artifact(self.run, f"metrics-{name}", files, **more)

    def judged(self, **inputs: str) -> Job:
        return self.scene.judge(self.pull, {"artifacts": "metrics-*"} | inputs, self.run)

    @property
    def said(self) -> str:
        return self.scene.sticky(self.pull)

    def rows(self, *names: str) -> bool:
        """Return True if the page has a row for each name."""
        return all(f"| {name} |" in self.scene.page() for name in names)


@pytest.fixture
def training(stage: Scene) -> Training:
    pull = stage.pull({"train.py": "print()\n", ".github/workflows/train.yml": WORKFLOW})
    return Training(stage, pull, stage.github.run(stage.repo, pull=pull, conclusion=None))


def test_uploaded_metrics_become_rows(
    training: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("small", "large"):
        training.job(f"train ({name})")
        training.upload(name)
    # What two of them hold alike is no conflict, and what is no metrics file no fault.
    training.upload("again", {path("small"): metrics(0.95, 0.2), "notes.txt": "words\n"})
    training.upload("notes", {"notes.txt": "other words\n"})
    # Nor does one count whose name does not match.
    training.scene.github.artifact(training.run, "logs", {path("log"): metrics(0.9)})
    # Older servers give no digest.
    for artifact in training.scene.repo.artifacts.values():
        artifact.digest = None
    # A password for the storage's host is not sent to it.
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    job = training.judged()
    assert (job.code, job.outputs["verdict"]) == (0, "success")
    assert training.rows("small", "large")
    assert not training.rows("log")


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
        ("Fit huge", "failure", "ended with failure"),
        ("called / fit (1)", "failure", "ended with failure"),
        ("docs (linux)", None, ""),
        ("3.11", "failure", ""),
        ("results (one) / results-bot", None, ""),
        ("other", "failure", ""),
    ],
)
def test_a_job_that_the_results_wait_for(
    training: Training, name: str, conclusion: str | None, reason: str
) -> None:
    """No other job of the workflow has to succeed, whatever it is called."""
    training.job("train (small)")
    training.job(name, conclusion)
    training.upload("small")
    job = training.judged(fail_on="failure")
    assert (job.code, job.outputs["verdict"]) == ((1, "failure") if reason else (0, "success"))
    assert ("job " in training.said) == bool(reason)
    assert not reason or f"job {name}: {reason}" in training.said
    assert training.rows("small")


def test_artifacts_called_by_nothing_but_their_job(training: Training) -> None:
    for size in ("small", "large"):
        training.job(f"train ({size})")
    training.scene.github.artifact(training.run, "small", {path("small"): metrics(0.95, 0.2)})
    assert training.judged(artifacts="*").outputs["verdict"] == "failure"
    assert "job train (large): succeeded, but no artifact bears its name" in training.said
    assert "train (small)" not in training.said


def test_the_files_of_all_artifacts_are_counted(training: Training) -> None:
    many = zipped({f"{at}.txt": "" for at in range(60_000)})
    for name in ("one", "two"):
        training.upload(name, many)
    assert training.judged().outputs["verdict"] == "failure"
    assert "artifact metrics-two: holds more than 40,000 members" in training.said.replace("\\", "")


@pytest.mark.parametrize(
    "input_", [{"page": "OTHER.md"}, {"config": "other.toml"}, {"artifacts": "scores-*"}]
)
def test_a_job_that_other_results_wait_for(training: Training, input_: dict[str, str]) -> None:
    training.scene.commit({"other.toml": 'page = "OTHER.md"\n'})
    for job in ("docs (linux)", "train (large)"):
        training.job(job, "failure")
    training.upload("small")
    training.judged(**input_)
    assert "job docs (linux): ended with failure" in training.said
    assert "job train" not in training.said


def test_jobs_that_wait_for_each_other(training: Training) -> None:
    workflow = WORKFLOW.replace("data: {", "data: {needs: train, ")
    training.scene.commit({".github/workflows/train.yml": workflow})
    training.job("data", "failure")
    training.upload("small")
    training.judged()
    assert "job data: ended with failure" in training.said


TOO_LARGE = WORKFLOW + "#" * 1_000_000


@pytest.mark.parametrize(
    "text", ["jobs: [", "jobs: {train: 3}", "[]", "on: push", None, TOO_LARGE], ids=range(6)
)
def test_a_workflow_that_names_no_training(training: Training, text: str | None) -> None:
    training.scene.commit({".github/workflows/train.yml": text})
    training.job("train (large)", "failure")
    training.upload("small")
    assert training.judged().outputs["verdict"] == "success"


@pytest.mark.parametrize(
    ("uploaded", "inputs"),
    [
        # Names of another kind do not show which job of the matrix left none.
        ("all", {}),
        ("small", {"expected_artifacts": "metrics-small"}),
    ],
)
def test_names_that_no_job_has_to_appear_in(
    training: Training, uploaded: str, inputs: dict[str, str]
) -> None:
    for name in ("small", "large"):
        training.job(f"train ({name})")
    training.upload(uploaded)
    assert training.judged(**inputs).outputs["verdict"] == "success"


TINY = {"metrics.json": metrics(0.95, 0.2)}


@pytest.mark.parametrize(
    ("uploads", "inputs", "said"),
    [
        ({}, {}, "was not uploaded"),
        ({}, {"expected_artifacts": "metrics-small\nmetrics-large"}, "was not uploaded"),
        ({}, {"artifacts": "", "expected_artifacts": "metrics-small"}, "was not uploaded"),
        ({}, {"artifacts_folder": "none"}, "was not uploaded"),
        ({"small": {path("small"): metrics(0.9)}}, {"artifacts_folder": "none"}, "not uploaded"),
        ({"cut": {path("cut"): metrics(0.9)[:-20]}}, {}, r"metrics\.json.* is cut off"),
        (
            {"a": {path("vit"): metrics(0.95)}, "b": {path("vit"): metrics(0.96)}},
            {},
            "differs in the artifacts metrics-a and metrics-b; neither is used",
        ),
        ({"tiny": TINY}, {}, "none of its files lies in a section.*; set the artifacts"),
    ],
)
def test_uploads_that_lack_something(
    training: Training, uploads: dict[str, dict[str, str]], inputs: dict[str, str], said: str
) -> None:
    for name, files in uploads.items():
        training.upload(name, files)
    assert training.judged(**inputs).outputs["verdict"] == "failure"
    assert re.search(said, training.said)
    assert training.scene.check(training.pull) == "failure"


def test_prefix_puts_stripped_folders_back(training: Training) -> None:
    training.upload("tiny", TINY)
    training.judged(artifacts_prefix="experiments/nightly/{match}")
    assert training.rows("tiny")


def test_inputs_without_a_pattern(training: Training, tmp_path: Path) -> None:
    training.upload("small")
    training.judged(artifacts="", expected_artifacts="metrics-small")
    assert training.rows("small")
    folder = tmp_path / "downloaded"
    folder.mkdir()
    (folder / "metrics.json").write_text(metrics(0.95, 0.2), "utf-8")
    inputs = {"artifacts_folder": str(folder), "artifacts_prefix": "experiments/nightly/tiny"}
    training.judged(artifacts="", **inputs)
    assert training.rows("tiny")


def test_broken_artifact_is_named_and_the_rest_goes_on(training: Training) -> None:
    training.upload("bad", b"this is no archive")
    training.upload("old", expired=True)
    training.upload("odd", {"x.json": "{}"}, digest="sha256:" + "0" * 64)
    training.upload("good")
    gone = Fault(json_answer(410, {"message": "Artifact has expired"}))
    training.upload("gone")
    number = max(training.scene.repo.artifacts)
    training.scene.github.fail_next(gone, lambda one: one.path.endswith(f"artifacts/{number}/zip"))
    job = training.judged(expected_artifacts="metrics-bad\nmetrics-good")
    assert job.outputs["verdict"] == "failure"
    for name in ("bad", "old: has expired", "odd", "gone: has expired, or was deleted"):
        assert f"artifact metrics-{name}" in training.said
    assert "was not uploaded" not in training.said
    assert "digest" in training.said
    assert training.rows("good")


def download(folder: Path, run: str) -> None:
    """Put a run's artifact where a step of the workflow downloads it."""
    file = folder / path(run)
    file.parent.mkdir(parents=True)
    file.write_text(metrics(0.95, 0.2), "utf-8")


@pytest.mark.parametrize(
    ("merged", "pattern"), [(True, "metrics-*"), (False, "metrics-*"), (True, "")]
)
def test_downloaded_folder(training: Training, tmp_path: Path, merged: bool, pattern: str) -> None:
    training.upload("new")
    folder = tmp_path / "downloaded"
    download(folder if merged else folder / "metrics-new", "new")
    job = training.judged(artifacts=pattern, artifacts_folder=str(folder))
    assert job.outputs["verdict"] == "success"
    assert training.rows("new")


def test_downloaded_folders_with_a_prefix(training: Training, tmp_path: Path) -> None:
    folder = tmp_path / "downloaded/metrics-tiny"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(metrics(0.95, 0.2), "utf-8")
    prefix = "experiments/nightly/{match}"
    training.judged(artifacts_folder=str(folder.parent), artifacts_prefix=prefix)
    assert training.rows("tiny")


def test_an_artifact_that_expired_is_not_in_the_downloaded_folder(
    training: Training, tmp_path: Path
) -> None:
    for name in ("small", "large"):
        training.job(f"train ({name})")
        training.upload(name, expired=name == "large")
    folder = tmp_path / "downloaded"
    download(folder, "small")
    expected = "metrics-small\nmetrics-large"
    job = training.judged(artifacts_folder=str(folder), expected_artifacts=expected)
    assert job.outputs["verdict"] == "failure"
    assert "metrics-large: was not uploaded" in training.said


def test_hostile_names_in_the_downloaded_folder(tmp_path: Path) -> None:
    for name in ("metrics-a", "metrics-b"):
        download(tmp_path / name, name)
    odd = tmp_path / "metrics-b/a\nb.json"
    odd.write_text("{}", "utf-8")
    found = from_folder(tmp_path, Placing("metrics-*"))
    assert found.paths == [path("metrics-a")]
    assert [one.reason for one in found.problems] == [
        "names a file with odd characters (a\u240ab.json)"
    ]


def test_a_file_or_another_folder_beside_the_artifacts(tmp_path: Path) -> None:
    download(tmp_path / "metrics-a", "a")
    assert from_folder(tmp_path, Placing("metrics-*")).names == ("metrics-a",)
    (tmp_path / "metrics-log").write_text("x", "utf-8")
    merged = from_folder(tmp_path, Placing("metrics-*"))
    assert (merged.names, merged.paths) == ((), [f"metrics-a/{path('a')}"])


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


def test_metrics_uploaded_and_nothing_of_them_in_git(training: Training) -> None:
    """A repository that keeps only its page: the row of an earlier change stays."""
    training.upload("new")
    training.judged()
    scene = training.scene
    scene.commit({"train.py": "print(2)\n"})
    training.run = scene.github.run(scene.repo, pull=training.pull, conclusion=None)
    training.upload("newer")
    training.judged()
    assert training.rows("new", "newer")


def test_an_upload_without_a_metric_takes_the_row_away(training: Training) -> None:
    training.upload("new")
    training.judged()
    scene = training.scene
    scene.commit({"train.py": "print(2)\n"})
    training.run = scene.github.run(scene.repo, pull=training.pull, conclusion=None)
    training.upload("new", {path("new"): "{}"})
    training.judged()
    assert not training.rows("new")
    assert "Unfinished, no final metrics: `new`" in scene.page()


def test_more_artifacts_and_jobs_than_one_page_lists(training: Training) -> None:
    for at in range(130):
        training.job(f"train (run{at:03})")
        if at != 129:
            training.upload(f"run{at:03}")
    assert training.judged().outputs["verdict"] == "failure"
    assert "job train (run129): succeeded, but no artifact bears its name" in training.said
    assert training.scene.page().count("| run") == 129


def test_where_the_files_of_an_artifact_belong() -> None:
    assert Placing("metrics-*-?", "runs/{name}/{match}/").folder("metrics-a-b") == (
        "runs/metrics-a-b/a-b"
    )
    assert Placing("m?trics").folder("metrics") == ""
    assert Placing("metrics", "runs/{match}").folder("metrics") == "runs/metrics"
    assert not Placing("m?trics").matches("m-etrics")
    for name in ("a/b", "..", "C:", "a\nb"):
        with pytest.raises(ArchiveError, match=r"names? (that|a file)"):
            Placing("*", "runs/{name}" if name == ".." else "{name}").folder(name)


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

"""Runs whose token can only read: forks and Dependabot."""

from __future__ import annotations

from pathlib import Path

from tests.github.scene import Scene, metrics, path
from tests.github_double.records import ALL_READ, PullRequest, WorkflowRun

HOSTILE = "a|b <img src=x> @octo `c` ::error::x"


def forked(stage: Scene, changes: dict[str, str]) -> tuple[PullRequest, WorkflowRun]:
    pull = stage.pull(changes, fork=stage.github.fork(stage.repo, "mallory"))
    return pull, stage.github.run(stage.repo, pull=pull, conclusion=None)


def test_fork_is_judged_for_the_summary_and_nothing_is_written(stage: Scene) -> None:
    pull, run = forked(stage, {path("vit"): metrics(0.871, 0.3544)})
    stage.github.artifact(run, "metrics-new", {path("new"): metrics(0.95, 0.2)})
    event = stage.events.pull_request(pull)
    job = stage.run(event, permissions=ALL_READ, run=run, artifacts="metrics-*")
    assert (job.code, job.error) == (0, "")
    assert stage.github.writes() == []
    assert "wait for approval" in job.summary
    assert "stale" not in job.summary
    assert "Read only, since it comes from a fork" in job.summary
    assert "::error file=RESULTS.md,line=" in job.log
    upload = Path(job.outputs["upload"])
    assert [file.relative_to(upload).as_posix() for file in upload.rglob("*.json")] == [path("new")]


def test_a_broken_artifact_of_a_fork_is_named(stage: Scene) -> None:
    pull, run = forked(stage, {"README.md": "words\n"})
    stage.github.artifact(run, "metrics-bad", b"this is no archive")
    event = stage.events.pull_request(pull)
    job = stage.run(event, permissions=ALL_READ, run=run, artifacts="metrics-*")
    assert (job.outputs["verdict"], job.outputs["upload"]) == ("failure", "")
    assert "artifact metrics-bad" in job.summary


def test_names_cannot_command_the_runner(stage: Scene) -> None:
    name = f"experiments/nightly/{HOSTILE}/metrics.json"
    pull, _ = forked(stage, {name: metrics(float("nan"), 0.3)})
    job = stage.judge(pull, permissions=ALL_READ)
    assert "::error::x" not in {line.strip() for line in job.log.split("\n")}
    for line in job.log.split("\n"):
        assert not line.lstrip().startswith("::") or line.startswith(
            ("::error file=RESULTS.md,", "::warning file=RESULTS.md,", "::notice file=RESULTS.md,")
        )
    assert "<img" not in job.summary
    assert set(job.outputs) == {
        "verdict", "digest", "changed", "regressions", "comment-url", "upload",
    }  # fmt: skip


def test_dependabot_reads_only(stage: Scene) -> None:
    pull = stage.pull({"requirements.txt": "x==2\n"}, login="dependabot[bot]")
    job = stage.judge(pull, permissions=ALL_READ)
    assert job.code == 0
    assert stage.github.writes() == []
    assert job.outputs["upload"] == ""


def test_dependabots_page_is_committed_by_nobody(stage: Scene) -> None:
    pull = stage.pull({path("new"): metrics(0.95, 0.2)}, login="dependabot[bot]")
    before, run = stage.head(), stage.github.run(stage.repo, pull=pull)
    run.actor = stage.github.state.user("dependabot[bot]")
    stage.run(stage.events.workflow_run(run))
    assert stage.conclusion(before) == "success"
    assert stage.head() == before

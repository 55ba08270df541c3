"""Approvals where the values come from artifacts that the head's own jobs uploaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.ci_context import Options
from tests.ci_trusted.scene import BOT, WORSE, WORST, Scene
from tests.github_double.double import GitHubDouble
from tests.github_double.issues import PullRequest
from tests.github_double.runs import WorkflowRun

ASKED = Options(artifacts="metrics-*")


@pytest.fixture
def scene(github: GitHubDouble, tmp_path: Path) -> Scene:
    return Scene(github, tmp_path)


def trained(scene: Scene, pull: PullRequest, files: dict[str, str]) -> WorkflowRun:
    run = scene.github.run(scene.repo, pull=pull)
    scene.github.artifact(run, "metrics-alpha", files)
    return run


@pytest.fixture
def pull(scene: Scene) -> PullRequest:
    """A pull request that was trained in its own run, and whose page the bot committed."""
    scene.github.push(scene.repo, "feature", {"train.py": "model = 2\n"})
    made = scene.github.open_pull(scene.repo, "feature", login="will")
    pushed = scene.github.state.head_sha(made)
    run = trained(scene, made, WORSE)
    scene.run(scene.github.events.pull_request(made), ASKED, run.id)
    assert scene.github.state.head_sha(made) != pushed
    assert scene.check(made) == "action_required"
    return made


def says(scene: Scene, pull: PullRequest, login: str, body: str) -> None:
    comment = scene.github.comment(pull, login, body)
    scene.run(scene.github.events.issue_comment(comment), ASKED)


def test_approved_on_the_bots_own_commit(scene: Scene, pull: PullRequest) -> None:
    head = scene.github.state.head_sha(pull)
    says(scene, pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    assert scene.check(pull) == "success"
    assert "✅ **wren**" in scene.sticky(pull)
    assert scene.github.state.head_sha(pull) == head
    assert len(scene.github.comments(pull, BOT)) == 1


def test_approved_before_the_next_training(scene: Scene, pull: PullRequest) -> None:
    says(scene, pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    scene.github.push(scene.repo, "feature", {"train.py": "model = 3\n"})
    run = trained(scene, pull, WORSE)
    scene.run(scene.github.events.pull_request(pull, "synchronize"), ASKED, run.id)
    assert scene.check(pull) == "success"
    assert "✅ **wren**" in scene.sticky(pull)


def test_other_values_of_the_next_training(scene: Scene, pull: PullRequest) -> None:
    says(scene, pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    scene.github.push(scene.repo, "feature", {"train.py": "model = 3\n"})
    run = trained(scene, pull, WORST)
    scene.run(scene.github.events.pull_request(pull, "synchronize"), ASKED, run.id)
    assert scene.check(pull) == "action_required"
    assert "has no effect" in scene.sticky(pull)


def test_while_the_next_training_goes_on(scene: Scene, pull: PullRequest) -> None:
    scene.github.push(scene.repo, "feature", {"train.py": "model = 3\n"})
    scene.github.run(scene.repo, pull=pull, conclusion=None)
    before = len(scene.github.writes())
    says(scene, pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    assert len(scene.github.writes()) == before


def test_a_run_of_another_workflow_says_nothing(scene: Scene, pull: PullRequest) -> None:
    """A push by the author on top of the page's commit, with a lint run and no training."""
    scene.github.push(scene.repo, "feature", {"README.md": "words\n"})
    scene.github.run(scene.repo, pull=pull, name="lint")
    run = trained(scene, pull, WORSE)
    assert run.head_sha == scene.github.state.head_sha(pull)
    says(scene, pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    assert scene.check(pull) == "success"


def test_an_expired_artifact_is_named(scene: Scene, pull: PullRequest) -> None:
    for artifact in scene.repo.artifacts.values():
        artifact.expired = True
    says(scene, pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    assert scene.check(pull) == "failure"
    assert "expired" in scene.sticky(pull)

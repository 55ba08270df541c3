"""The merge queue on the double."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ci_trusted.scene import BOT, GOOD, WORSE, Scene, metrics, run_file
from tests.github_double.double import GitHubDouble
from tests.github_double.issues import PullRequest

OTHER = {run_file("gamma"): metrics(0.80, 0.7)}


@pytest.fixture
def scene(github: GitHubDouble, tmp_path: Path) -> Scene:
    return Scene(github, tmp_path)


def queue(scene: Scene, *pulls: PullRequest) -> str | None:
    event = scene.github.events.merge_group(scene.repo, *pulls)
    said = [len(scene.github.comments(pull, BOT)) for pull in pulls]
    scene.run(event)
    assert [len(scene.github.comments(pull, BOT)) for pull in pulls] == said
    return scene.check(pulls[0], event.sha)


def approved(scene: Scene) -> PullRequest:
    pull = scene.pull()
    scene.look(pull)
    scene.says(pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    assert scene.check(pull) == "success"
    return pull


def test_unapproved(scene: Scene) -> None:
    assert queue(scene, scene.pull()) == "action_required"


def test_approved(scene: Scene) -> None:
    assert queue(scene, approved(scene)) == "success"


def test_approved_beside_another(scene: Scene) -> None:
    pull = approved(scene)
    scene.github.push(scene.repo, "other", OTHER)
    other = scene.github.open_pull(scene.repo, "other", login="mia")
    assert queue(scene, other, pull) == "success"
    assert queue(scene, pull, other) == "success"


def test_approved_beside_an_unapproved_one(scene: Scene) -> None:
    pull = approved(scene)
    # Its page is left stale, so that the two do not conflict.
    scene.github.push(scene.repo, "other", {run_file("beta"): metrics(0.4, 3.0)})
    other = scene.github.open_pull(scene.repo, "other", login="mia")
    assert queue(scene, pull, other) == "action_required"


def test_an_approval_of_one_is_none_of_another(scene: Scene) -> None:
    approved(scene)
    other = scene.pull({run_file("alpha"): metrics(0.70, 0.91)}, "other", "mia")
    assert queue(scene, other) == "action_required"


def test_a_forks_settings_do_not_count_in_the_queue(scene: Scene) -> None:
    fork = scene.github.fork(scene.repo, "mallory")
    files = {**WORSE, "results-bot.toml": "rules = { metric-regressed = false }\n"}
    files["RESULTS.md"] = scene.page({**GOOD, **WORSE})
    scene.github.push(fork, "patch", files)
    assert queue(scene, scene.github.open_pull(scene.repo, "patch", fork=fork)) == "action_required"

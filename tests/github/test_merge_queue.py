"""The merge queue on the double."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.github.scene import WORSE, Scene, metrics, path, refreshed
from tests.github_double.double import GitHubDouble
from tests.github_double.records import PullRequest

OTHER = {path("gamma"): metrics(0.80, 0.7)}
OFF = "rules = { metric-regressed = false }\n"


METHODS = ["merge", "squash", "rebase"]


def queue(scene: Scene, *pulls: PullRequest, method: str = "merge", onto: str = "") -> str | None:
    event = scene.events.merge_group(scene.repo, *pulls, method=method, onto=onto)
    said = [len(scene.comments(pull)) for pull in pulls]
    scene.run(event)
    assert [len(scene.comments(pull)) for pull in pulls] == said
    return scene.conclusion(event.sha)


def approved(scene: Scene) -> PullRequest:
    pull = scene.refreshed_pull()
    scene.look(pull)
    scene.approve(pull)
    assert scene.check(pull) == "success"
    return pull


@pytest.mark.parametrize("method", METHODS)
def test_a_verdict_of_the_pull_request_alone(scene: Scene, method: str) -> None:
    pull = scene.refreshed_pull()
    assert queue(scene, pull, method=method) == "action_required"
    scene.look(pull)
    scene.approve(pull)
    assert queue(scene, pull, method=method) == "success"


@pytest.mark.parametrize("method", METHODS)
def test_approved_in_several_commits(scene: Scene, method: str) -> None:
    """A rebase queue has as many commits as the pull request."""
    pull = approved(scene)
    scene.commit({"train.py": "model = 2\n"})
    assert queue(scene, pull, method=method) == "success"


@pytest.mark.parametrize("method", METHODS)
def test_approved_behind_another(scene: Scene, method: str) -> None:
    """Each entry of a queue is a group upon the one ahead of it."""
    other = scene.pull(OTHER, "other", login="mia")
    ahead = scene.events.merge_group(scene.repo, other, method=method)
    assert queue(scene, approved(scene), method=method, onto=ahead.sha) == "success"


@pytest.mark.parametrize("method", METHODS)
def test_what_comes_out_of_the_merge_is_judged(scene: Scene, method: str) -> None:
    """A good one ahead lends nothing to a bad one behind it."""
    pull = scene.refreshed_pull({path("gamma"): metrics(0.95, 0.2)})
    other = scene.pull({path("beta"): metrics(0.4, 3.0)}, "other", login="mia")
    ahead = scene.events.merge_group(scene.repo, pull, method=method)
    assert queue(scene, pull, method=method) == "success"
    assert queue(scene, other, method=method, onto=ahead.sha) == "action_required"


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_approved_beside_another(scene: Scene, method: str) -> None:
    pull = approved(scene)
    other = scene.pull(OTHER, "other", login="mia")
    assert queue(scene, other, pull, method=method) == "success"
    assert queue(scene, pull, other, method=method) == "success"


def test_approved_beside_an_unapproved_one(scene: Scene) -> None:
    pull = approved(scene)
    # Its page is left stale, so that the two do not conflict.
    other = scene.pull({path("beta"): metrics(0.4, 3.0)}, "other", login="mia")
    assert queue(scene, pull, other) == "action_required"


def test_an_approval_of_one_is_none_of_another(scene: Scene) -> None:
    approved(scene)
    other = scene.refreshed_pull({path("alpha"): metrics(0.70, 0.91)}, "other", "mia")
    assert queue(scene, other) == "action_required"


def test_an_approval_of_a_closed_one_is_none(scene: Scene) -> None:
    """A squashed commit names its pull request by a number, and so may its title."""
    scene.github.close_pull(approved(scene))
    again = scene.refreshed_pull(branch="again", login="mia")
    again.title = "Try #1 again, and #99"
    assert queue(scene, again, method="squash") == "action_required"


def test_an_approval_for_another_base_is_none(scene: Scene) -> None:
    scene.github.branch(scene.repo, "next")
    pull = scene.refreshed_pull()
    other = scene.github.open_pull(scene.repo, "feature", login="will", base="next")
    scene.judge(other)
    scene.approve(other)
    assert scene.verdicts(other)["results-bot (next)"] == "success"
    assert queue(scene, pull) == "action_required"


def test_a_forks_settings_do_not_count_in_the_queue(scene: Scene) -> None:
    files = {**refreshed(WORSE), "results-bot.toml": OFF}
    pull = scene.pull(files, "patch", fork=scene.github.fork(scene.repo, "mallory"))
    assert queue(scene, pull) == "action_required"


@pytest.mark.parametrize("beside", [False, True])
def test_a_fork_is_approved_by_the_settings_of_its_base(scene: Scene, beside: bool) -> None:
    scene.inputs = {"artifacts": "metrics-*"}
    fork = scene.github.fork(scene.repo, "mallory")
    pull = scene.pull({"results-bot.toml": OFF}, "patch", fork=fork)
    scene.run(scene.events.workflow_run(scene.trained(pull)))
    scene.approve(pull)
    assert scene.check(pull) == "success"
    own = [scene.pull({"train.py": "model = 2\n"}, "own", login="mia")] if beside else []
    event = scene.events.merge_group(scene.repo, *own, pull)
    run = scene.github.run(scene.repo, "merge_group", conclusion=None)
    scene.github.artifact(run, "metrics-alpha", WORSE)
    scene.run(event, run=run)
    assert scene.conclusion(event.sha) == "success"


def test_settings_of_an_own_branch_are_judged_in_the_queue(scene: Scene) -> None:
    assert queue(scene, scene.pull({"results-bot.toml": OFF})) == "action_required"


def test_the_check_names_who_may_approve(github: GitHubDouble, tmp_path: Path) -> None:
    scene = Scene(github, tmp_path, '[approvals]\napprovers = ["wren"]\n')
    event = scene.events.merge_group(scene.repo, scene.refreshed_pull())
    scene.run(event)
    [check] = scene.checks(event.sha)
    assert "wren, other than the author and committers, can approve" in (check.summary or "")


def test_what_the_queues_own_jobs_uploaded_is_judged(scene: Scene) -> None:
    pull = scene.pull({"train.py": "model = 2\n"})
    event = scene.events.merge_group(scene.repo, pull)
    run = scene.github.run(scene.repo, "merge_group", conclusion=None)
    scene.github.artifact(run, "metrics-alpha", WORSE)
    scene.run(event, {"artifacts": "metrics-*"}, run)
    assert scene.conclusion(event.sha) == "action_required"

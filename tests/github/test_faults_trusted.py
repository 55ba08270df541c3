"""A 502 at each request in turn, with and without the request's effect: the end is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.github.scene import BOT, GOOD, WORSE, Scene, page_of
from tests.github.test_forks import ASKED, pull_of, trained
from tests.github_double import faults
from tests.github_double.double import GitHubDouble
from tests.github_double.events import Event
from tests.github_double.issues import PullRequest

Prepared = tuple[Scene, PullRequest, Event]


def approval(scene: Scene) -> Prepared:
    pull = scene.refreshed_pull()
    scene.look(pull)
    comment = scene.github.comment(pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    return scene, pull, scene.github.events.issue_comment(comment)


def approval_with_commit(scene: Scene) -> Prepared:
    pull = scene.refreshed_pull()
    scene.look(pull)
    digest = scene.digest(pull)
    scene.github.push(scene.repo, "feature", {"RESULTS.md": page_of(GOOD)})
    comment = scene.github.comment(pull, "wren", f"/approve-metrics {digest}")
    return scene, pull, scene.github.events.issue_comment(comment)


def publishing(scene: Scene) -> Prepared:
    fork = scene.github.fork(scene.repo, "mallory")
    pull = pull_of(scene, fork)
    return scene, pull, scene.github.events.workflow_run(trained(scene, pull, WORSE))


def merged(scene: Scene) -> Prepared:
    scene, pull, event = approval(scene)
    scene.run(event)
    before = scene.github.head(scene.repo).sha
    scene.github.merge_pull(pull, "mia")
    return scene, pull, scene.github.events.push(scene.repo, "main", before)


FLOWS: dict[str, tuple[Callable[[Scene], Prepared], str]] = {
    "approval": (approval, "success"),
    "approval with a commit": (approval_with_commit, "success"),
    "publishing": (publishing, "action_required"),
    "the default branch": (merged, "success"),
}


def end(prepared: Prepared, at: int, fault: faults.Fault | None) -> tuple[object, int]:
    """Run the flow, with a fault at a request; return the final state and how many there were."""
    scene, pull, event = prepared
    before = len(scene.github.log)
    if fault is not None:
        scene.github.fail_request(before + at, fault)
    scene.run(event, ASKED if event.name == "workflow_run" else None)
    commit = event.sha if event.name == "push" else None
    bodies = [one.body.partition("\n### ")[2][:40] for one in scene.github.comments(pull, BOT)]
    assert pull.head_repo is not None
    branch = scene.github.file(pull.head_repo, "RESULTS.md", pull.head_branch)
    notes = sorted(scene.repo.refs.keys() & {"refs/notes/results-bot"})
    state = (scene.check(pull, commit), len(bodies), bodies, branch, notes)
    return state, len(scene.github.log) - before


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("flow", FLOWS)
def test_a_fault_at_each_request(
    new_github: Callable[[], GitHubDouble], tmp_path: Path, flow: str, applied: bool
) -> None:
    prepare, conclusion = FLOWS[flow]

    def fresh(name: str) -> Prepared:
        (tmp_path / name).mkdir()
        return prepare(Scene(new_github(), tmp_path / name))

    wanted, total = end(fresh("calm"), 0, None)
    assert isinstance(wanted, tuple)
    assert wanted[0] == conclusion
    assert total > 8
    for number in range(1, total + 1):
        fault = faults.server_error(502, applied=applied)
        state, _ = end(fresh(str(number)), number, fault)
        assert state == wanted, f"request {number}"

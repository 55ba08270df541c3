"""What was merged, approved or not, on the next runs of the default branch."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import run_cli
from tests.github.scene import GOOD, WORSE, WORST, Scene, metrics, page_of, path
from tests.github_double import checkout, faults
from tests.github_double.double import GitHubDouble
from tests.github_double.records import PullRequest


@pytest.fixture
def scene(github: GitHubDouble, tmp_path: Path) -> Scene:
    made = Scene(github, tmp_path)
    # The state before: judged and settled.
    made.run(github.events.workflow_dispatch(made.repo))
    assert conclusion(made) in ("success", "neutral")
    return made


def conclusion(scene: Scene) -> str | None:
    return scene.conclusion(scene.head("main"))


def push_words(scene: Scene, count: int = 1) -> None:
    """Push commits that change no value, and let the run of the last one see it."""
    for _ in range(count):
        before = scene.head("main")
        scene.commit({"docs.md": f"{before}\n"}, "main")
    scene.run(scene.events.push(scene.repo, "main", before))


def merge(scene: Scene, pull: PullRequest) -> str:
    """Merge, and let the run on the default branch see it."""
    before = scene.head("main")
    sha = scene.github.merge_pull(pull, "mia")
    scene.run(scene.events.push(scene.repo, "main", before))
    return sha


def approve(scene: Scene, pull: PullRequest) -> None:
    scene.look(pull)
    scene.approve(pull)
    assert scene.check(pull) == "success"


def history(scene: Scene, *, notes: bool = True) -> list[dict[str, object]]:
    """Return what `history` shows in a clone with or without the bot's notes."""
    folder = scene.folder / f"clone-{scene.ran}-{notes}"
    checkout.check_out(scene.github.state, scene.repo, folder)
    if notes and (sha := scene.repo.refs.get("refs/notes/results-bot")):
        checkout.git(folder, "update-ref", "refs/notes/results-bot", sha)
    args = ["history", "test_accuracy", "--run", "alpha", "--json"]
    done = run_cli(args, folder)
    assert done.code == 0, done.err
    found: list[dict[str, object]] = json.loads(done.out)
    return found


@pytest.mark.parametrize("looked_at", [100, 2])
def test_a_regression_merged_unapproved_shows_until_it_is_settled(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    """Also where the settled commit is further away than one run looks."""
    monkeypatch.setattr("results_bot.github.default_branch._MOST_COMMITS", looked_at)
    merge(scene, scene.refreshed_pull())
    assert conclusion(scene) == "action_required"
    # The next commits do not make it the new baseline.
    for _ in range(3):
        push_words(scene)
        assert conclusion(scene) == "action_required"
    scene.pushed(GOOD)
    assert conclusion(scene) == "success"


def test_the_check_names_who_may_approve(github: GitHubDouble, tmp_path: Path) -> None:
    scene = Scene(github, tmp_path, '[approvals]\napprovers = ["wren"]\n')
    merge(scene, scene.refreshed_pull())
    [check] = scene.checks(scene.head("main"))
    assert "wren, other than the author and committers, can approve" in (check.summary or "")


def test_many_commits_do_not_settle_it(scene: Scene) -> None:
    """Neither pushed at once nor one by one, however far away the settled commit is."""
    merge(scene, scene.refreshed_pull())
    for count in (25, 1):
        push_words(scene, count)
        assert conclusion(scene) == "action_required"
    scene.pushed(GOOD)
    assert conclusion(scene) == "success"


def test_a_bad_commit_pushed_with_many_others(scene: Scene) -> None:
    before = scene.head("main")
    scene.push(WORSE, "main")
    for number in range(25):
        scene.commit({f"docs/{number}.md": "text\n"}, "main")
    scene.run(scene.events.push(scene.repo, "main", before))
    assert conclusion(scene) == "action_required"
    # No pull request is there to approve it on.
    [check] = scene.checks(scene.head("main"))
    assert "3 of these came in without an approval." in (check.summary or "")
    assert "Comment on" not in (check.summary or "")
    assert "/approve-metrics" not in (check.summary or "")


@pytest.mark.parametrize("cancelled", [False, True])
def test_pull_requests_are_told_of_an_unapproved_base(scene: Scene, cancelled: bool) -> None:
    """Also where a later check of the base was cancelled, which is no verdict."""
    merge(scene, scene.refreshed_pull())
    if cancelled:
        [check] = scene.checks(scene.head("main"))
        later = replace(check, id=max(scene.repo.check_runs) + 1, conclusion="cancelled")
        scene.repo.check_runs[later.id] = later
    pull = scene.refreshed_pull({**WORSE, path("gamma"): metrics(0.95, 0.2)}, "next", "mia")
    scene.judge(pull)
    assert "holds values that nobody approved" in scene.sticky(pull)


def test_approved_and_merged(scene: Scene) -> None:
    pull = scene.refreshed_pull()
    approve(scene, pull)
    sha = merge(scene, pull)
    assert conclusion(scene) == "success"
    assert scene.head("main") == sha
    shown = history(scene)
    assert "71.00%" in json.dumps(shown[-1])
    assert "wren (" in json.dumps(shown[-1])
    assert "wren" not in json.dumps(history(scene, notes=False))


def test_approved_after_the_merge(scene: Scene) -> None:
    pull = scene.refreshed_pull()
    scene.look(pull)
    merge(scene, pull)
    assert conclusion(scene) == "action_required"
    scene.github.comment(pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    scene.run(scene.events.schedule(scene.repo))
    assert conclusion(scene) == "success"
    # Until it is revoked.
    scene.github.comment(pull, "wren", "/revoke-metrics")
    scene.run(scene.events.schedule(scene.repo))
    assert conclusion(scene) == "action_required"


def test_an_approval_of_a_pull_request_that_was_closed(scene: Scene) -> None:
    """And then pushed to the branch, past all that holds for a merge."""
    pull = scene.refreshed_pull()
    approve(scene, pull)
    scene.github.close_pull(pull)
    before = scene.head("main")
    scene.github.branch(scene.repo, "main", scene.head())
    scene.run(scene.events.push(scene.repo, "main", before))
    assert conclusion(scene) == "action_required"


@pytest.mark.parametrize("looked_at", [100, 2])
@pytest.mark.parametrize("recorded", [None, "", "7-1", "7-1 since main", "7-1 since 0123456"])
def test_a_check_that_names_no_commit(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, recorded: str | None, looked_at: int
) -> None:
    """Whoever may write checks can make one of this name, however far the settled commit is."""
    monkeypatch.setattr("results_bot.github.default_branch._MOST_COMMITS", looked_at)
    merge(scene, scene.refreshed_pull())
    [check] = scene.checks(scene.head("main"))
    check.external_id = recorded
    push_words(scene)
    assert conclusion(scene) == "action_required"


def test_the_first_results_are_a_baseline(github: GitHubDouble, tmp_path: Path) -> None:
    scene = Scene(github, tmp_path, tree={})
    scene.pushed(GOOD)
    assert conclusion(scene) == "neutral"
    scene.pushed(WORSE)
    assert conclusion(scene) == "action_required"


def test_a_branch_that_was_never_judged(github: GitHubDouble, tmp_path: Path) -> None:
    """Its newest commit is compared with the one before, not with the first one."""
    scene = Scene(github, tmp_path)
    scene.push({path("alpha"): metrics(0.99)}, "main")
    scene.pushed(GOOD)
    assert conclusion(scene) == "action_required"


@pytest.mark.parametrize(
    ("first_approved", "wanted"), [(True, "success"), (False, "action_required")]
)
def test_two_steps_between_two_runs(scene: Scene, first_approved: bool, wanted: str) -> None:
    """Of a run that is not the best: each of its values has to be approved from step to step."""
    first = scene.refreshed_pull({path("beta"): metrics(0.5, 2.0)})
    scene.look(first)
    if first_approved:
        scene.approve(first)
    scene.github.merge_pull(first, "mia")
    second = scene.refreshed_pull({path("beta"): metrics(0.4, 8.0)}, "second", "mia")
    approve(scene, second)
    merge(scene, second)
    assert conclusion(scene) == wanted


def test_the_bots_commit_says_who_approved(scene: Scene) -> None:
    """The page is still due when the approval comes."""
    pull = scene.refreshed_pull()
    scene.look(pull)
    digest = scene.digest(pull)
    scene.commit({"RESULTS.md": page_of(GOOD)})
    scene.says(pull, "wren", f"/approve-metrics {digest}")
    head = scene.github.state.store.commits[scene.head()]
    assert f"\nMetrics-approved-by: wren ({digest})" in head.message
    assert scene.check(pull) == "success"
    assert len(scene.comments(pull)) == 1


@pytest.mark.parametrize("times", [1, 100])
def test_notes_survive_a_race(scene: Scene, times: int) -> None:
    """Where others note something without end, only the record of the approval is missing."""
    one = scene.refreshed_pull()
    approve(scene, one)

    def note() -> None:
        text = f"{len(scene.github.log)}\n"
        scene.repo.refs["refs/notes/results-bot"] = scene.commit({"x": text}, "scratch")

    scene.github.before(faults.on("git/create-commit"), note, times=times)
    before = scene.head("main")
    sha = scene.github.merge_pull(one, "mia")
    job = scene.run(scene.events.push(scene.repo, "main", before))
    noted = scene.repo.refs["refs/notes/results-bot"]
    files = scene.github.state.store.commit_files(noted)
    assert (sha in files) == (times == 1)
    assert ("could not be noted: GitHub: notes/results-bot moved 5 times" in job.log) == (times > 1)
    assert "x" in files
    assert conclusion(scene) == "success"


SLOWLY = [{path("alpha"): metrics(0.892)}, {path("alpha"): metrics(0.874)}]
"""Steps from GOOD that are within the tolerance one by one, and not together."""


def test_each_settled_commit_is_the_next_baseline(github: GitHubDouble, tmp_path: Path) -> None:
    scene = Scene(github, tmp_path, "tolerance = { absolute = 0.02 }\n")
    for step in SLOWLY:
        before = scene.head("main")
        page = page_of({**GOOD, **step, "results-bot.toml": scene.config})
        scene.commit({**step, "RESULTS.md": page}, "main")
        scene.run(github.events.push(scene.repo, "main", before))
        assert conclusion(scene) == "success"


@pytest.fixture
def two_steps(github: GitHubDouble, tmp_path: Path) -> tuple[Scene, str]:
    """Two merges, neither of which needs an approval; the branch's first run sees their sum."""
    scene = Scene(github, tmp_path, "tolerance = { absolute = 0.02 }\n")
    scene.run(github.events.workflow_dispatch(scene.repo))
    before = scene.head("main")
    for login, step in zip(("will", "mia"), SLOWLY, strict=True):
        page = page_of({**GOOD, **step, "results-bot.toml": scene.config})
        scene.commit({**step, "RESULTS.md": page}, login)
        pull = scene.github.open_pull(scene.repo, login, login=login)
        scene.judge(pull)
        assert scene.check(pull) == "success"
        scene.github.merge_pull(pull, "mia")
    scene.run(github.events.push(scene.repo, "main", before))
    assert conclusion(scene) == "action_required"
    [check] = scene.checks(scene.head("main"))
    assert "Comment on pull request 1 or 2 to approve" in (check.summary or "")
    return scene, (check.summary or "").partition("\n/approve-metrics ")[2].split()[0]


@pytest.mark.parametrize(
    ("login", "number", "wanted"),
    [
        ("wren", 1, "success"),
        ("wren", 2, "success"),
        ("will", 2, "action_required"),
        ("ravi", 2, "action_required"),
    ],
)
def test_the_sum_of_two_steps_is_approved_on_either(
    two_steps: tuple[Scene, str], login: str, number: int, wanted: str
) -> None:
    """By somebody who had no part in either of them."""
    scene, digest = two_steps
    pull = scene.repo.pulls[number - 1]
    scene.github.comment(pull, login, f"/approve-metrics {digest} known")
    scene.run(scene.events.schedule(scene.repo))
    assert conclusion(scene) == wanted
    assert ("wren (" in json.dumps(history(scene))) == (wanted == "success")
    scene.push(WORST, "main")
    scene.run(scene.events.schedule(scene.repo))
    assert conclusion(scene) == "action_required"

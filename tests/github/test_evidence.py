"""Approvals where the values come from artifacts that the head's own jobs uploaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests.github.scene import (
    BOT,
    GOOD,
    WORSE,
    WORST,
    Files,
    Scene,
    ignore,
    metrics,
    page_of,
    path,
)
from tests.github_double import faults
from tests.github_double.records import PullRequest


@pytest.fixture
def scene(scene: Scene) -> Scene:
    scene.inputs = {"artifacts": "metrics-*"}
    return scene


@pytest.mark.usefixtures("pull")
def test_what_uploads_cost(scene: Scene) -> None:
    """Three requests and one for the artifact, besides the 13 of any pull request."""
    assert [one.operation for one in scene.github.log if "actions/" in (one.operation or "")] == [
        "actions/list-workflow-run-artifacts",
        "actions/download-artifact",
        "actions/list-jobs-for-workflow-run",
    ]
    assert len([one for one in scene.github.log if one.host != "storage"]) == 13 + 3 + 1


@pytest.fixture
def pull(scene: Scene) -> PullRequest:
    """A pull request that was trained in its own run, and whose page the bot committed."""
    made = scene.pull({"train.py": "model = 2\n"})
    pushed = scene.head()
    scene.judge(made, run=scene.trained(made))
    assert scene.head() != pushed
    assert scene.check(made) == "action_required"
    return made


@pytest.mark.parametrize(
    ("values", "conclusion", "said"),
    [(WORSE, "success", "✅ **wren**"), (WORST, "action_required", "has no effect")],
)
def test_approved_before_the_next_training(
    scene: Scene, pull: PullRequest, values: Files, conclusion: str, said: str
) -> None:
    scene.approve(pull)
    scene.commit({"train.py": "model = 3\n"})
    scene.judge(pull, run=scene.trained(pull, values))
    assert scene.check(pull) == conclusion
    assert said in scene.sticky(pull)


def test_while_the_next_training_goes_on(scene: Scene, pull: PullRequest) -> None:
    scene.commit({"train.py": "model = 3\n"})
    scene.github.run(scene.repo, pull=pull, conclusion=None)
    scene.github.run(scene.repo, pull=pull, name="lint")
    before = len(scene.github.writes())
    scene.approve(pull)
    assert len(scene.github.writes()) == before


def test_a_push_of_code_while_the_page_is_committed(scene: Scene) -> None:
    """What was measured for the commit before is none of the next one's."""
    pull = scene.pull({"train.py": "model = 2\n"})
    commit = faults.on("graphql:createCommitOnBranch")
    scene.github.before(commit, lambda: scene.commit({"train.py": "model = 3\n"}))
    scene.judge(pull, run=scene.trained(pull))
    assert scene.checks(scene.head()) == []


def nothing(_: Scene, __: PullRequest) -> None:
    """The pull request is as the bot left it."""


def expire(scene: Scene, _: PullRequest) -> None:
    for artifact in scene.repo.artifacts.values():
        artifact.expired = True


def forget_runs(scene: Scene, _: PullRequest) -> None:
    scene.repo.runs.clear()


def train_beside_another_workflow(scene: Scene, pull: PullRequest) -> None:
    """The author pushes on top of the page's commit; a lint run holds no values."""
    scene.commit({"README.md": "words\n"})
    scene.github.run(scene.repo, pull=pull, name="lint")
    scene.trained(pull)


def wait_for_approval(scene: Scene, pull: PullRequest) -> None:
    """The bot's push with the workflow's own token makes such a run, which trains nothing."""
    scene.github.run(scene.repo, pull=pull, conclusion="action_required")


def wait(scene: Scene, pull: PullRequest) -> None:
    scene.github.run(scene.repo, pull=pull, conclusion=None).status = "waiting"


def train_the_same_in_a_fork(scene: Scene, _: PullRequest) -> None:
    """A stranger can open a pull request with this very commit, and its run is the newest."""
    fork = scene.github.fork(scene.repo, "mallory")
    fork.refs["refs/heads/same"] = scene.github.head(scene.repo, "feature").parents[0]
    scene.trained(scene.github.open_pull(scene.repo, "same", fork=fork), GOOD)


def train_another_commit(scene: Scene, _: PullRequest) -> None:
    """GitHub ignores a filter that it cannot read, and then returns every run."""
    scene.trained(scene.pull({"docs.md": "words\n"}, "other", "mia"), GOOD)
    ignore(scene, "actions/list-workflow-runs-for-repo", "head_sha")


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (nothing, "✅ **wren**"),
        # The page that the bot made of them stands, whatever older files git has.
        (expire, "The artifact metrics-alpha has expired: judged from the page"),
        (forget_runs, "expired: judged from the page"),
        (train_beside_another_workflow, "✅ **wren**"),
        (wait_for_approval, "✅ **wren**"),
        (wait, "✅ **wren**"),
        (train_the_same_in_a_fork, "✅ **wren**"),
        (train_another_commit, "✅ **wren**"),
    ],
)
def test_which_runs_are_evidence(
    scene: Scene, pull: PullRequest, prepare: Callable[[Scene, PullRequest], None], said: str
) -> None:
    prepare(scene, pull)
    head = scene.head()
    scene.approve(pull)
    assert scene.check(pull) == "success"
    assert "✅ **wren**" in scene.sticky(pull)
    assert said in scene.sticky(pull)
    assert ("expired" in scene.sticky(pull)) == ("expired" in said)
    assert scene.head() == head


@pytest.mark.parametrize(
    ("uploader", "step"),
    [
        ("train", "uses: octo/results-bot@v1"),
        ("other", "uses: octo/results-bot@v1"),
        ("train", "run: results-bot ci"),
        ("train", "run: python -m results_bot ci"),
    ],
)
def test_a_training_that_failed_while_others_left_metrics(
    scene: Scene, pull: PullRequest, uploader: str, step: str
) -> None:
    results = f"{{needs: large, steps: [{{uses: actions/checkout@v6}}, {{{step}}}]}}"
    workflow = f"jobs: {{large: {{name: Train large}}, results: {results}}}"
    scene.commit({".github/workflows/train.yml": workflow})
    run = scene.github.run(scene.repo, pull=pull)
    scene.github.job(run, "Train large", "failure")
    other = scene.github.run(scene.repo, pull=pull, name="lint")
    scene.github.job(other, "lint", "failure")
    scene.github.artifact(run if uploader == "train" else other, "metrics-alpha", WORSE)
    scene.approve(pull)
    assert scene.check(pull) == "failure"
    assert "job Train large: ended with failure" in scene.sticky(pull)
    assert "job lint" not in scene.sticky(pull)


def test_deleted_artifacts_are_no_expired_ones(scene: Scene, pull: PullRequest) -> None:
    scene.repo.artifacts.clear()
    scene.approve(pull)
    assert scene.check(pull) == "failure"


def test_unapproved_after_the_artifacts_expired(scene: Scene, pull: PullRequest) -> None:
    expire(scene, pull)
    scene.says(pull, "wren", "/approve-metrics 0123456789abcdef")
    assert scene.check(pull) == "action_required"
    assert scene.digest(pull)


def test_merged_after_the_artifacts_expired(scene: Scene, pull: PullRequest) -> None:
    scene.run(scene.events.workflow_dispatch(scene.repo))
    scene.approve(pull)
    expire(scene, pull)
    before = scene.head("main")
    scene.github.merge_pull(pull, "mia")
    # The run of the default branch trains the same again.
    scene.run(scene.events.push(scene.repo, "main", before), run=scene.trained(None))
    assert scene.conclusion(scene.head("main")) == "success"


@pytest.mark.parametrize(
    ("page", "newest"),
    [("RESULTS.md", {}), ("OTHER.md", {}), ("RESULTS.md", {"NEW.md": "# New\n"})],
)
def test_an_edited_page_stands_for_nothing(
    scene: Scene, pull: PullRequest, page: str, newest: Files
) -> None:
    """Whoever may write can let artifacts expire, and put better values on this page or another.

    A newer commit of the bot for another page makes this one no better.
    """
    scene.commit({page: page_of(GOOD), "results-bot.toml": f'page = "{page}"\n'})
    scene.trained(pull)
    expire(scene, pull)
    if newest:
        scene.refresh(newest)
    scene.says(pull, "wren", "/approve-metrics 0123456789abcdef")
    assert scene.check(pull) == "failure"
    assert "artifact metrics-alpha: has expired" in scene.sticky(pull)


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        (False, "is of no run that is left; run the training again"),
        (True, "is not there yet: its run waits for approval; approve it"),
    ],
)
def test_an_edited_page_stands_for_no_run(
    scene: Scene, pull: PullRequest, waits: bool, said: str
) -> None:
    scene.commit({"RESULTS.md": page_of(GOOD)})
    scene.judge(pull, {"commit": "false"}, scene.trained(pull))
    forget_runs(scene, pull)
    if waits:
        wait_for_approval(scene, pull)
    scene.says(pull, "wren", "/approve-metrics 0123456789abcdef")
    assert scene.check(pull) == "failure"
    assert f"artifact metrics-\\*: {said}" in scene.sticky(pull)


def test_a_merge_that_nobody_trained_has_no_evidence(scene: Scene, pull: PullRequest) -> None:
    """Pushed so that no workflow starts, with other code than the run behind it had."""
    state, head = scene.github.state, scene.head()
    side = scene.commit({"train.py": "model = 'worse'\n"}, "side")
    files = dict(state.store.commit_files(head))
    files["train.py"] = state.store.commit_files(side)["train.py"]
    author = state.store.commits[side].author
    tree = state.store.put_files(files)
    made = state.store.put_commit(tree, (head, side), "Merge side [skip ci]", author)
    scene.repo.refs["refs/heads/feature"] = made.sha
    scene.approve(pull)
    assert scene.check(pull) != "success"


def test_the_bots_own_merge_has_the_evidence_behind_it(scene: Scene, pull: PullRequest) -> None:
    digest = scene.digest(pull)
    before = scene.head("main")
    scene.push({path("gamma"): metrics(0.80, 0.7)}, "main")
    event = scene.events.push(scene.repo, "main", before)
    own = scene.github.run(scene.repo, "push")
    scene.github.artifact(own, "metrics-gamma", {path("gamma"): metrics(0.80, 0.7)})
    head = scene.head()
    scene.run(event, run=own)
    merged = scene.head()
    assert scene.github.state.store.commits[merged].parents[0] == head
    scene.says(pull, "wren", f"/approve-metrics {digest}")
    assert scene.check(pull) == "success"


@pytest.mark.parametrize(
    ("author", "committer", "signed", "owner"),
    [
        (BOT, "will", True, BOT),
        ("other[bot]", "web-flow", True, BOT),
        ("will", "web-flow", True, BOT),
        (BOT, "web-flow", False, BOT),
        # Without an account.
        ("stranger", "web-flow", True, BOT),
        (BOT, "stranger", True, BOT),
        # With a token of mia's own, her commits in GitHub's editor are like the bot's.
        ("mia", "web-flow", True, "mia"),
    ],
)
def test_a_commit_that_only_looks_like_the_bots(
    scene: Scene, pull: PullRequest, author: str, committer: str, signed: bool, owner: str
) -> None:
    """GitHub verifies the committer; anybody can write any names into a commit."""
    scene.token.user = scene.github.state.user(owner)
    expire(scene, pull)
    page = {"RESULTS.md": page_of(GOOD)}
    scene.refresh(page, author=author, committer=committer, signed=signed)
    scene.github.state.users.pop("stranger", None)
    scene.says(pull, "ravi", "/approve-metrics 0123456789abcdef")
    assert scene.check(pull) == "failure"


def test_the_newest_attempt_counts_whatever_its_id(scene: Scene) -> None:
    made = scene.pull({"train.py": "model = 2\n"})
    run = scene.github.run(scene.repo, pull=made)
    stale = scene.github.artifact(run, "metrics-alpha", {path("alpha"): metrics(0.10)})
    fresh = scene.github.artifact(run, "metrics-alpha", {path("alpha"): metrics(0.95)})
    # Ids do not grow with attempts.
    stale.id, fresh.id = fresh.id, stale.id
    scene.repo.artifacts |= {stale.id: stale, fresh.id: fresh}
    scene.judge(made, run=run)
    assert scene.check(made) == "success"
    assert "95.00%" in scene.page()


def test_the_bots_commit_is_no_reason_for_another(scene: Scene, pull: PullRequest) -> None:
    """With an app's token its commit trains again, and no training is the same twice."""
    for number in range(3):
        head = scene.head()
        scene.judge(
            pull, run=scene.trained(pull, {path("alpha"): metrics(0.71 + number / 1000, 0.9)})
        )
        assert scene.head() == head
        assert scene.check(pull) == "action_required"
    # Nor is it if the workflow skips the training for it.
    scene.github.job(run := scene.github.run(scene.repo, pull=pull), "train", "skipped")
    scene.judge(pull, run=run)
    assert scene.head() == head
    assert scene.check(pull) == "action_required"


@pytest.mark.parametrize("gone", [False, True])
def test_a_page_commit_whose_own_training_counts(
    scene: Scene, pull: PullRequest, gone: bool
) -> None:
    """Somebody else made it, or nothing is left of the training before it."""
    if gone:
        scene.repo.runs.clear()
    else:
        scene.commit({"RESULTS.md": page_of(GOOD)})
    scene.judge(pull, run=scene.trained(pull, WORST))
    assert scene.check(pull) == "action_required"
    assert "61.00%" in scene.sticky(pull)


def test_a_commit_of_code_that_is_called_a_refresh(scene: Scene, pull: PullRequest) -> None:
    """Its message is that of a page's commit, and nobody has trained it."""
    scene.refresh({"train.py": "model = 'worse'\n"}, author="will")
    scene.approve(pull)
    assert scene.check(pull) != "success"


@pytest.mark.parametrize("subject", ["Format the code", "Refresh train.py"])
def test_code_that_another_workflow_committed(
    scene: Scene, pull: PullRequest, subject: str
) -> None:
    """With the same token, and so by the same bot."""
    by = {"author": BOT, "committer": "web-flow"}
    code = {"train.py": "model = 'worse'\n"}
    scene.github.push(scene.repo, "feature", code, subject, signed=True, **by)
    scene.approve(pull)
    assert scene.check(pull) != "success"


@pytest.mark.parametrize(
    ("code", "trained"),
    [({}, True), ({"train.py": "model = 'worse'\n"}, False), ({"train.py": None}, False)],
    ids=["alone", "beside code", "beside code that is deleted"],
)
def test_a_commit_of_prose_on_the_page(
    scene: Scene, pull: PullRequest, code: Mapping[str, str | None], trained: bool
) -> None:
    scene.commit({**code, "RESULTS.md": f"{scene.page()}\nProse.\n"})
    scene.approve(pull)
    assert (scene.check(pull) == "success") == trained


def test_an_expired_artifact_beside_a_broken_one(scene: Scene, pull: PullRequest) -> None:
    (run,) = scene.repo.runs.values()
    expire(scene, pull)
    scene.github.artifact(run, "metrics-broken", b"no archive")
    scene.approve(pull)
    assert scene.check(pull) == "failure"


def test_a_run_that_waits_while_in_conflict(scene: Scene, pull: PullRequest) -> None:
    """Such as after a commit that another workflow pushed."""
    scene.push({path("gamma"): metrics(0.80, 0.7)}, "main")
    untrained = scene.commit({"train.py": "model = 'worse'\n"})
    scene.github.run(scene.repo, pull=pull, conclusion="action_required")
    scene.run(scene.events.workflow_dispatch(scene.repo), run=scene.trained(None))
    [check] = scene.checks(untrained)
    assert (scene.head(), check.conclusion) == (untrained, "cancelled")
    assert "its workflow run waits for approval. Approve the run" in (check.summary or "")


def test_a_run_that_waits_without_a_conflict(scene: Scene, pull: PullRequest) -> None:
    """Its own run will report on it."""
    untrained = scene.commit({"train.py": "model = 'worse'\n"})
    scene.github.run(scene.repo, pull=pull, conclusion="action_required")
    scene.run(scene.events.workflow_dispatch(scene.repo), run=scene.trained(None))
    assert scene.checks(untrained) == []


def test_commits_pushed_while_in_conflict(scene: Scene, pull: PullRequest) -> None:
    """GitHub starts no run for them: nobody waits for one, and no page stands for a training."""
    digest = scene.digest(pull)
    other = {path("gamma"): metrics(0.80, 0.7)}
    scene.push(other, "main")
    untrained = scene.commit({"train.py": "model = 'worse'\n"})
    own = scene.github.run(scene.repo, "push")
    scene.github.artifact(own, "metrics-gamma", other)
    for _ in range(2):
        scene.run(scene.events.workflow_dispatch(scene.repo), run=own)
        scene.says(pull, "wren", f"/approve-metrics {digest}")
        [check] = scene.checks(untrained)
        assert (scene.head(), check.conclusion) == (untrained, "cancelled")
        assert "Merge main into this branch and push." in (check.summary or "")
    # Their author merges, which starts a run.
    pages = page_of({**GOOD, **WORSE, **other})
    scene.commit({**other, "RESULTS.md": pages})
    scene.judge(pull, run=scene.trained(pull, WORST))
    assert scene.check(pull) == "action_required"

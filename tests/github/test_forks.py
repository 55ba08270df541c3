"""The trusted half: what a fork's run uploaded, judged by the base's rules."""

from __future__ import annotations

import pytest

from tests.github.scene import GOOD, WORSE, Files, Job, Scene, ignore, metrics, page_of, path
from tests.github_double import faults
from tests.github_double.builders import zipped
from tests.github_double.faults import Fault
from tests.github_double.records import PullRequest, Repository, WorkflowRun
from tests.github_double.server import Answer, json_answer

ASKED = {"artifacts": "metrics-*"}
HOSTILE = "x](http://evil.invalid)<img src=x onerror=alert(1)> @octo #1 `|` ::error::pwned"


@pytest.fixture
def fork(scene: Scene) -> Repository:
    scene.inputs = ASKED
    return scene.github.fork(scene.repo, "mallory")


def pull_of(
    scene: Scene, fork: Repository, files: dict[str, str | None] | None = None
) -> PullRequest:
    return scene.pull(files or {"train.py": "raise SystemExit('theirs')\n"}, "patch", fork=fork)


@pytest.fixture
def pull(scene: Scene, fork: Repository) -> PullRequest:
    return pull_of(scene, fork)


def publish(scene: Scene, run: WorkflowRun) -> Job:
    return scene.run(scene.events.workflow_run(run))


def train(scene: Scene, pull: PullRequest, files: Files | bytes = WORSE) -> Job:
    """Train in the fork, and let the trusted half publish what was uploaded."""
    return publish(scene, scene.trained(pull, files))


def test_published(scene: Scene, fork: Repository, pull: PullRequest) -> None:
    job = train(scene, pull)
    assert job.outputs["verdict"] == scene.check(pull) == "action_required"
    assert "71.00%" in scene.sticky(pull)
    assert scene.github.file(fork, "RESULTS.md", "patch") == scene.page("main").encode()
    assert not [one for one in scene.github.writes() if "Commit" in one.operation]


def test_approved_in_the_trusted_half(scene: Scene, pull: PullRequest) -> None:
    train(scene, pull)
    scene.approve(pull, "mallory")
    assert scene.check(pull) == "action_required"
    scene.approve(pull)
    assert scene.check(pull) == "success"
    assert "✅ **wren**" in scene.sticky(pull)
    # A further run of the same commit with the same values finds it approved.
    train(scene, pull)
    assert scene.check(pull) == "success"


LOOSE = """\
tolerance = { relative = 10.0 }
rules = { metric-regressed = false }
[approvals]
authors-may-approve = true
"""


@pytest.mark.parametrize("settings", [LOOSE, "page = 7\n"])
def test_a_forks_settings_are_not_read(scene: Scene, fork: Repository, settings: str) -> None:
    pull = pull_of(scene, fork, {"results-bot.toml": settings})
    train(scene, pull)
    assert scene.check(pull) == "action_required"
    assert "other than the author" in scene.sticky(pull)


def test_nothing_of_a_fork_is_a_baseline(scene: Scene, pull: PullRequest) -> None:
    train(scene, pull, {path("alpha"): metrics(0.99, 0.1)})
    scene.inputs = {}
    own = scene.refreshed_pull()
    scene.look(own)
    assert "91.00%" in scene.sticky(own)
    assert "99.00%" not in scene.sticky(own)


def test_a_newer_commit_is_left_to_its_own_run(
    scene: Scene, fork: Repository, pull: PullRequest
) -> None:
    event = scene.events.workflow_run(scene.trained(pull))
    scene.github.push(fork, "patch", {"train.py": "pass\n"})
    scene.run(event)
    assert scene.github.writes() == []


@pytest.mark.parametrize("closed", [False, True])
def test_a_push_or_an_end_during_the_work(
    scene: Scene, fork: Repository, pull: PullRequest, closed: bool
) -> None:
    run = scene.trained(pull)
    scene.github.after(
        lambda one: one.host == "storage",
        lambda: (
            scene.github.close_pull(pull)
            if closed
            else scene.github.push(fork, "patch", {"train.py": "pass\n"})
        ),
    )
    publish(scene, run)
    assert scene.comments(pull) == []
    assert scene.conclusion(run.head_sha) == "cancelled"


def test_an_event_that_lies_about_its_run(scene: Scene, pull: PullRequest) -> None:
    run = scene.trained(pull)
    event = scene.events.workflow_run(run)
    victim = scene.refreshed_pull()
    event.payload["workflow_run"]["head_sha"] = scene.github.state.head_sha(victim)
    scene.run(event)
    assert scene.check(pull) == "action_required"
    assert scene.check(victim) is None
    run.event = "push"
    assert "is no finished run of a pull request" in scene.run(event).error


def test_a_wrong_pull_request_number_is_not_believed(scene: Scene, fork: Repository) -> None:
    victim = scene.refreshed_pull()
    pull = pull_of(scene, fork)
    files = {**WORSE, "pr_number": str(victim.number), "pr.json": f'{{"number": {victim.number}}}'}
    publish(scene, scene.trained(pull, files))
    assert scene.comments(victim) == []
    assert scene.check(pull) == "action_required"


def test_two_pull_requests_of_one_head(scene: Scene, fork: Repository, pull: PullRequest) -> None:
    scene.github.branch(scene.repo, "next")
    scene.github.open_pull(scene.repo, "patch", fork=fork, base="next")
    done = train(scene, pull)
    assert "several pull requests" in done.log
    assert scene.github.writes() == []


def test_a_deleted_fork(scene: Scene, fork: Repository, pull: PullRequest) -> None:
    event = scene.events.workflow_run(scene.trained(pull))
    scene.github.delete_repository(fork)
    assert "the fork was deleted" in scene.run(event).log
    assert scene.github.writes() == []
    # What its run uploaded is still there.
    scene.look(pull)
    assert scene.check(pull) == "action_required"


def test_all_artifacts_missing(scene: Scene, pull: PullRequest) -> None:
    publish(scene, scene.github.run(scene.repo, pull=pull))
    assert scene.check(pull) == "failure"
    assert "metrics-" in scene.sticky(pull)


@pytest.mark.parametrize("inputs", [ASKED, {}])
def test_a_fork_cannot_say_which_jobs_train(
    scene: Scene, fork: Repository, inputs: dict[str, str]
) -> None:
    """Its own version of the workflow waits for nothing."""
    file = ".github/workflows/train.yml"
    steps = "steps: [{uses: octo/results-bot@v1}]"
    own = f"jobs: {{train: {{name: Train}}, results: {{needs: [train], {steps}}}}}"
    scene.commit({file: own}, "main")
    fork.refs["refs/heads/main"] = scene.head("main")
    pull = pull_of(scene, fork, {file: f"jobs: {{train: {{name: Train}}, results: {{{steps}}}}}"})
    run = scene.trained(pull, GOOD)
    scene.github.artifact(run, "results-bot-metrics", GOOD)
    scene.github.job(run, "Train", "failure")
    scene.inputs = inputs
    publish(scene, run)
    assert scene.check(pull) == "failure"
    assert "job Train: ended with failure" in scene.sticky(pull)
    scene.look(pull)
    assert scene.check(pull) == "failure"
    assert "job Train: ended with failure" in scene.sticky(pull)


def test_what_the_forks_own_run_collected(scene: Scene, pull: PullRequest) -> None:
    """Without a pattern, no other artifact of its run counts."""
    scene.inputs = {}
    run = scene.trained(pull, GOOD)
    scene.github.artifact(run, "results-bot-metrics", WORSE)
    publish(scene, run)
    assert scene.check(pull) == "action_required"
    assert "71.00%" in scene.sticky(pull)


def test_an_edited_page_of_a_fork_stands_for_nothing(scene: Scene, fork: Repository) -> None:
    """A workflow of the fork can make the commit, as any app, with GitHub's signature."""
    scene.github.push(fork, "patch", {"train.py": "model = 2\n"})
    better = {path("alpha"): metrics(0.99, 0.1)}
    page = {"RESULTS.md": page_of({**GOOD, **better})}
    scene.refresh(page, fork, "patch")
    pull = scene.github.open_pull(scene.repo, "patch", fork=fork)
    run = scene.trained(pull, GOOD)
    publish(scene, run)
    assert "was edited to 99.00%" in scene.sticky(pull)
    next(iter(scene.repo.artifacts.values())).expired = True
    publish(scene, run)
    assert scene.check(pull) == "failure"
    assert "artifact metrics-alpha: has expired" in scene.sticky(pull)


@pytest.mark.parametrize("gone", [False, True])
def test_two_forks_of_one_owner(
    scene: Scene, fork: Repository, pull: PullRequest, gone: bool
) -> None:
    other = scene.github.fork(fork, "mallory", "other")
    second = scene.github.open_pull(scene.repo, "patch", fork=other)
    if gone:
        scene.github.delete_repository(other)
    train(scene, pull)
    assert scene.comments(second) == []
    assert "71.00%" in scene.sticky(pull)


def test_the_pull_request_is_of_the_runs_branch(
    scene: Scene, fork: Repository, pull: PullRequest
) -> None:
    """Of one owner, where GitHub ignores the filter and returns every pull request."""
    fork.refs["refs/heads/other"] = scene.github.state.head_sha(pull)
    other = scene.github.open_pull(scene.repo, "other", fork=fork)
    ignore(scene, "pulls/list", "head")
    train(scene, pull)
    assert scene.comments(other) == []
    assert "71.00%" in scene.sticky(pull)


def moved(location: str) -> Answer:
    return Answer(302, b"", {"Location": location})


@pytest.mark.parametrize(
    ("asked", "answer", "why"),
    [
        ("actions/download-artifact", moved("ftp://a.invalid/x.zip"), "not offered over https"),
        ("download", moved("ftp://a.invalid/x.zip"), "not offered over https, also after 6 tries"),
        ("download", moved("/again"), "it is redirected again and again"),
        ("download", Answer(403), "the storage answered with status 403"),
        ("actions/download-artifact", moved(""), "names no place to download from"),
        ("actions/download-artifact", json_answer(200, {}), "names no place to download from"),
    ],
)
def test_a_download_that_fails(
    scene: Scene, pull: PullRequest, asked: str, answer: Answer, why: str
) -> None:
    scene.github.fail_next(Fault(answer), faults.on(asked), times=100)
    done = train(scene, pull)
    assert why in done.error
    assert scene.check(pull) == "failure"


def test_a_download_that_is_redirected(scene: Scene, pull: PullRequest) -> None:
    """To another path of the storage, three times, where the file is."""
    scene.github.fail_next(Fault(moved("")), faults.on("download"), times=3)
    train(scene, pull)
    assert scene.check(pull) == "action_required"


def test_hostile_names(scene: Scene, pull: PullRequest) -> None:
    marker = "<!-- results-bot:end nightly -->"
    files = {
        f"experiments/nightly/{name.replace('/', '_')}/metrics.json": metrics(0.2 + i / 10)
        for i, name in enumerate((HOSTILE, marker, "$(reboot)", "'; DROP"))
    }
    train(scene, pull, {**GOOD, **files})
    text = scene.sticky(pull)
    assert "<img" not in text
    assert marker not in text
    assert "@octo" not in text
    assert "](http://evil" not in text
    assert text.count("<!-- results-bot:comment") == 1
    assert not any(line.startswith("::") for line in text.split("\n"))
    assert scene.check(pull) is not None


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped({"../../RESULTS.md": "owned"}), "outside of itself"),
        (b"PK\x03\x04 nothing", "no zip archive"),
    ],
)
def test_hostile_archives(scene: Scene, pull: PullRequest, data: bytes, why: str) -> None:
    train(scene, pull, data)
    assert scene.check(pull) == "failure"
    assert why in scene.sticky(pull)


def test_200_000_metrics(scene: Scene, pull: PullRequest) -> None:
    many = "{" + ",".join(f'"metric_{i}": {i}.5' for i in range(200_000)) + "}"
    train(scene, pull, {path("alpha"): many})
    assert scene.check(pull) is not None
    assert len(scene.sticky(pull)) < 65_536


def test_nothing_is_written_to_the_checkout(scene: Scene, fork: Repository) -> None:
    pull = pull_of(scene, fork, {"RESULTS.md": "# Mine\n", "results_bot/evil.py": "1/0\n"})
    train(scene, pull)
    work = scene.folder / f"job-{scene.ran}" / "work"
    assert not (work / "bot").exists()
    assert (work / "RESULTS.md").read_text("utf-8") == scene.page("main")

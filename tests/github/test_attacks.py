"""What somebody with a fork, a branch or a comment could try; one test for each hole there was."""

from __future__ import annotations

import gzip
import json
from contextlib import nullcontext
from pathlib import Path

import pytest
from results_bot.errors import GitHubError
from results_bot.github.client import Client, TooLargeError

from tests.github.scene import GOOD, WORSE, WORST, Files, QuickClock, Scene, metrics, page_of, path
from tests.github_double import faults
from tests.github_double.double import GitHubDouble
from tests.github_double.faults import Fault
from tests.github_double.server import Answer

DROP = "Test Accuracy of alpha is worse: 91.00% to 71.00%"


def lax(scene: Scene) -> None:
    """Make a branch on which the worse values are nothing new, and one upon it."""
    scene.push(WORSE, "lax")
    scene.github.branch(scene.repo, "feature", "lax")
    scene.commit({"train.py": "model = 2\n"})


@pytest.mark.parametrize("first", ["main", "lax"])
def test_a_second_pull_request_of_the_same_commit(scene: Scene, first: str) -> None:
    """The verdict for one base is none for the other, whichever comes last."""
    lax(scene)
    pull = scene.github.open_pull(scene.repo, "feature", login="will")
    other = scene.github.open_pull(scene.repo, "feature", login="will", base="lax")
    for one in (pull, other) if first == "main" else (other, pull):
        scene.judge(one)
    assert scene.verdicts(pull) == {
        "results-bot": "action_required",
        "results-bot (lax)": "success",
    }


def test_another_base_after_the_verdict(scene: Scene) -> None:
    lax(scene)
    pull = scene.github.open_pull(scene.repo, "feature", login="will", base="lax")
    scene.judge(pull)
    assert "results-bot" not in scene.verdicts(pull)
    pull.base_branch = "main"
    event = scene.events.pull_request(pull, "edited")
    event.payload["changes"] = {"base": {"ref": {"from": "lax"}, "sha": {"from": "0" * 40}}}
    scene.run(event)
    assert scene.verdicts(pull)["results-bot"] == "action_required"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            "[rules]\nmetric-regressed = false\nbest-regressed = false\n"
            "tolerance-loosened = false\n",
            "Rule tolerance-loosened switched off",
        ),
        ('page = "OTHER.md"\n', "Page changed from RESULTS.md to OTHER.md"),
        ("[metrics.test_accuracy]\nsources = []\n", "Sources of Test Accuracy changed"),
        ('[metrics.test_accuracy]\nformat = ".0f"\n', "Format of Test Accuracy changed"),
        ('[metrics.test_accuracy]\nformat = ".2g"\n', "Format of Test Accuracy changed"),
        ('[metrics.test_accuracy]\nsources = ["train_accuracy", "test_accuracy"]\n', DROP),
        (
            '[[sections]]\nid = "nightly"\nruns = ["experiments/**"]\ncolumns = ["test_loss"]\n',
            DROP,
        ),
        ("[tolerance]\nrelative = 9.0\n", "set to 900%; none was set before"),
        (
            '[[sections]]\nid = "old"\nruns = ["experiments/nightly/alpha"]\n'
            '[[sections]]\nid = "nightly"\nruns = ["experiments/nightly/*"]\n',
            DROP,
        ),
        (
            '[[sections]]\nid = "narrow"\nruns = ["experiments/nightly/beta"]\n'
            '[[sections]]\nid = "zzz"\nruns = ["experiments/**"]\n',
            DROP,
        ),
    ],
)
def test_settings_that_hide_what_they_come_with(scene: Scene, settings: str, said: str) -> None:
    worse = json.dumps({**json.loads(WORSE[path("alpha")]), "train_accuracy": 0.99})
    changed = {path("alpha"): worse, "results-bot.toml": settings}
    pull = scene.pull(changed)
    scene.judge(pull)
    assert scene.verdicts(pull)["results-bot"] == "action_required"
    assert said in scene.sticky(pull)
    # Nor does a word from anybody, by which it is judged anew from the default branch.
    scene.says(pull, "ravi", "/approve-metrics 0123456789abcdef")
    assert scene.verdicts(pull)["results-bot"] == "action_required"


def beta(place: str) -> dict[str, str | None]:
    """Move the run that is not the best, and give it a much worse value."""
    return {path("beta"): None, f"experiments/{place}/metrics.json": metrics(0.04, 0.61)}


@pytest.mark.parametrize(
    "changes",
    [
        beta("nightly/beta2"),
        beta("nightly/b\u0435ta"),  # A look-alike letter.
        beta("weekly/beta"),
        {path("alpha"): None},
        {
            path("alpha"): metrics(0.91, 9.5),
            "experiments/nightly/alpha/config.json": '{"loss": "focal"}',
        },
    ],
)
def test_a_run_that_goes_or_does_not_compare(scene: Scene, changes: dict[str, str | None]) -> None:
    before = {"experiments/nightly/alpha/config.json": '{"loss": "ce"}'}
    scene.commit({**before, "RESULTS.md": page_of({**GOOD, **before})}, "main")
    pull = scene.pull(changes, login="will")
    scene.judge(pull)
    assert scene.check(pull) == "action_required"


def test_an_approval_of_several_renamed_runs_holds_for_their_values(
    github: GitHubDouble, tmp_path: Path
) -> None:
    accuracies = {"alpha": 0.93, "beta": 0.95, "gamma": 0.91}
    scene = Scene(github, tmp_path, tree={path(one): metrics(at) for one, at in accuracies.items()})
    renamed = {path("uno"): metrics(0.931), path("dos"): metrics(0.911)}
    pull = scene.pull({path("alpha"): None, path("gamma"): None, **renamed})
    scene.judge(pull)
    assert "renamed, perhaps, to one of uno and dos" in scene.sticky(pull)
    scene.approve(pull)
    assert scene.check(pull) == "success"
    scene.commit({path("uno"): metrics(0.05), path("dos"): metrics(0.04)})
    scene.judge(pull)
    assert scene.check(pull) == "action_required"


def test_a_renamed_run_beside_a_copy_of_its_settings(scene: Scene) -> None:
    def run(name: str, rate: float, accuracy: float) -> dict[str, str]:
        settings = json.dumps({"lr": rate})
        return {path(name): metrics(accuracy), f"{Path(path(name)).parent}/config.json": settings}

    before = {**run("alpha", 0.1, 0.91), **run("beta", 0.2, 0.95)}
    scene.commit({**before, "RESULTS.md": page_of(before)}, "main")
    gone = dict.fromkeys(run("alpha", 0.1, 0.91))
    pull = scene.pull({**gone, **run("alpha2", 0.1, 0.6), **run("alpha3", 0.1, 0.605)})
    scene.judge(pull)
    assert scene.check(pull) == "action_required"
    assert "1 run left the page: alpha; renamed, perhaps, to one of" in scene.sticky(pull)


HIDDEN = '[[sections]]\nid = "nightly"\nruns = ["experiments/nightly/*"]\ncolumns = ["test_loss"]\n'
FIRST = '[metrics.test_loss]\nsources = ["ema_test_loss", "test_loss"]\n'


@pytest.mark.parametrize(
    ("settings", "run", "finding"),
    [
        (FIRST, {"test_loss": 1.1, "ema_test_loss": 0.4, "test_f1": 0.91}, "Test Loss of alpha2"),
        ("best-in-bold = true\n", {"test_loss": 0.5, "test_f1": 0.91}, ""),
        ("best-in-bold = true\n", None, ""),
    ],
)
def test_other_settings_and_another_name_in_one_go(
    github: GitHubDouble,
    tmp_path: Path,
    settings: str,
    run: dict[str, float] | None,
    finding: str,
) -> None:
    """The settings before know the run by its new name, and miss nothing of one that is gone."""
    losses = {"alpha": 0.5, "beta": 0.4, "gamma": 0.6}
    tree = {
        path(name): json.dumps({"test_loss": loss, "test_f1": 0.91})
        for name, loss in losses.items()
    }
    scene = Scene(github, tmp_path, HIDDEN, tree)
    new = {path("alpha2"): json.dumps(run)} if run else {}
    pull = scene.pull({path("alpha"): None, **new, "results-bot.toml": settings + HIDDEN})
    scene.judge(pull)
    assert scene.check(pull) == ("action_required" if finding else "success")
    assert finding in scene.sticky(pull)


@pytest.mark.parametrize("edit", [("higher", "lower"), ("Sorted by **Zorp", "By **Zorp"), None])
def test_a_direction_that_the_page_states_no_longer(
    github: GitHubDouble, tmp_path: Path, edit: tuple[str, str] | None
) -> None:
    tree = {path(name): json.dumps({"zorp": at}) for name, at in (("alpha", 80.0), ("beta", 70.0))}
    scene = Scene(github, tmp_path, tree=tree)
    first, table = scene.page("main").split("| Run", 1)
    page = f"{first}Sorted by **Zorp (higher is better)**.\n\n| Run{table}"
    scene.commit({"RESULTS.md": page}, "main")
    after = page.replace(*edit) if edit else None
    pull = scene.pull({path("alpha"): json.dumps({"zorp": 20.0}), "RESULTS.md": after})
    scene.judge(pull)
    assert scene.check(pull) == "action_required"
    assert "Zorp of alpha is worse: 80 to 20" in scene.sticky(pull)
    assert "Direction of Zorp changed from higher to" in scene.sticky(pull)


@pytest.mark.parametrize("higher", [False, None])
def test_a_direction_that_artifacts_state_no_longer(
    github: GitHubDouble, tmp_path: Path, higher: bool | None
) -> None:
    def run(name: str, value: float, way: bool | None) -> dict[str, str]:
        found = {
            "results": {"task": {"alias": "task", "acc,none": 0.5, "zorp,none": value}},
            "higher_is_better": {"task": {"acc": True, "zorp": way}},
            "config": {"model": "hf", "model_args": "x"},
            "versions": {"task": 1},
        }
        return {f"experiments/{name}/results.json": json.dumps(found)}

    scene = Scene(github, tmp_path, tree={**run("alpha", 80.0, True), **run("beta", 70.0, True)})
    pull = scene.pull({**run("alpha", 20.0, higher), **run("beta", 70.0, higher)})
    scene.judge(pull)
    assert scene.check(pull) == "action_required"
    assert "Zorp of alpha is worse: 80 to 20" in scene.sticky(pull)


def test_a_section_taken_out_is_told_with_its_rows(github: GitHubDouble, tmp_path: Path) -> None:
    table = '[[sections]]\nid = "{}"\nruns = ["{}/*"]\n'
    scene = Scene(github, tmp_path, table.format("nightly", "experiments/nightly"))
    changed = {"results-bot.toml": table.format("other", "elsewhere"), "RESULTS.md": "# Results\n"}
    pull = scene.pull(changed)
    scene.judge(pull)
    assert scene.verdicts(pull)["results-bot"] == "action_required"
    said = scene.sticky(pull)
    assert "Section nightly no longer reads" in said
    assert "2 runs left the page: alpha and beta" in said


def test_the_default_branch_as_a_head_gets_no_commit(scene: Scene) -> None:
    scene.github.branch(scene.repo, "release")
    before = scene.commit({path("gamma"): metrics(0.8)}, "main")
    pull = scene.github.open_pull(scene.repo, "main", login="will", base="release")
    scene.judge(pull)
    assert scene.head("main") == before
    assert set(scene.verdicts(pull)) == {"results-bot (release)"}


def test_an_approval_elsewhere_is_none_here(scene: Scene) -> None:
    pull = scene.refreshed_pull(WORSE)
    scene.look(pull)
    other = scene.refreshed_pull(WORSE, "other", "mia")
    scene.look(other)
    assert scene.digest(pull) == scene.digest(other)
    scene.says(other, "wren", f"/approve-metrics {scene.digest(other)}")
    scene.look(pull)
    assert (scene.check(other), scene.check(pull)) == ("success", "action_required")


def test_a_review_that_was_not_submitted(scene: Scene) -> None:
    pull = scene.refreshed_pull(WORSE)
    scene.look(pull)
    review = scene.github.review(pull, "wren", "COMMENT", f"/approve-metrics {scene.digest(pull)}")
    review.state = "PENDING"
    scene.look(pull)
    assert scene.check(pull) == "action_required"


def test_a_command_on_an_issue_that_is_no_pull_request(scene: Scene) -> None:
    issue = scene.github.open_issue(scene.repo, "ravi", "Why?")
    comment = scene.github.comment(issue, "wren", "/approve-metrics 0123456789abcdef")
    before = len(scene.github.log)
    scene.run(scene.events.issue_comment(comment))
    assert len(scene.github.log) == before


@pytest.mark.parametrize("branch", ["$(id)", "a`id`b", "a;id|b&c", "a'b\"c", "ü/→", "-rf", "a#b%c"])
def test_odd_names_of_branches(scene: Scene, branch: str) -> None:
    scene.push({path("gamma"): metrics(0.8)}, branch)
    pull = scene.pull({path("gamma"): metrics(0.81)}, branch)
    scene.judge(pull)
    assert scene.check(pull) == "success"
    assert "81.00%" in scene.page(branch)


def test_a_forged_note_decides_nothing(scene: Scene) -> None:
    scene.run(scene.events.workflow_dispatch(scene.repo))
    pull = scene.refreshed_pull(WORSE)
    scene.look(pull)
    before = scene.head("main")
    sha = scene.github.merge_pull(pull, "will")
    forged = scene.commit({sha: f"Metrics-approved-by: wren ({scene.digest(pull)})\n"}, "forged")
    scene.repo.refs["refs/notes/results-bot"] = forged
    scene.run(scene.events.push(scene.repo, "main", before))
    assert scene.conclusion(sha) == "action_required"


SMALLER = {"test_accuracy": 0.85, "test_loss": 0.6, "num_samples": 1000}
UNDIRECTED = {"results-bot.toml": "[metrics.test_accuracy]\ndirection = 'unknown'\n"}


@pytest.mark.parametrize(
    ("first", "again"),
    [
        # The values measured on another test set are judged by no other rule.
        ({path("beta"): json.dumps(SMALLER)}, json.dumps(SMALLER | {"test_loss": 9.99})),
        ({path("beta"): json.dumps(SMALLER)}, json.dumps(SMALLER | {"test_accuracy": 0.05})),
        ({**UNDIRECTED, path("beta"): metrics(0.85, 0.6)}, metrics(0.01, 0.6)),
    ],
)
def test_what_was_approved_accepts_no_other_values(scene: Scene, first: Files, again: str) -> None:
    pull = scene.pull(first)
    scene.judge(pull)
    scene.approve(pull)
    assert scene.check(pull) == "success"
    scene.commit({path("beta"): again})
    scene.judge(pull)
    assert scene.check(pull) == "action_required"


def test_a_run_without_its_section_is_no_reason(scene: Scene) -> None:
    pull = scene.refreshed_pull({**WORSE, path("beta"): metrics(0.5, 2.0)})
    scene.look(pull)
    scene.says(pull, "wren", f"/approve-metrics {scene.digest(pull)} alpha")
    assert scene.check(pull) == "action_required"
    assert "nothing that waits is called alpha" in scene.sticky(pull)
    assert "experiments/nightly/beta" in scene.sticky(pull)


@pytest.mark.parametrize("login", ["wren", "Zoe"])
def test_a_committer_does_not_approve(scene: Scene, login: str) -> None:
    scene.repo.roles["Zoe"] = "write"
    pull = scene.refreshed_pull(WORSE, login="will")
    scene.github.push(scene.repo, "feature", {"train.py": "lr = 1\n"}, author=login)
    scene.look(pull)
    scene.approve(pull, login)
    assert scene.check(pull) == "action_required"
    assert "whoever committed to a pull request cannot approve" in scene.sticky(pull)
    scene.approve(pull, "mia")
    assert scene.check(pull) == "success"


def test_nothing_that_a_job_hands_over_holds_the_token(scene: Scene) -> None:
    """Whatever brought it into a name."""
    named = {path(f"x{scene.token.secret}"): metrics(0.4)}
    pull = scene.refreshed_pull({**WORSE, **named})
    for inputs in ({"dry_run": "true"}, {}):
        done = scene.judge(pull, inputs)
        assert "x***" in done.summary
        assert ("x***" in done.log) == bool(inputs)
        assert scene.token.secret not in done.everything
    scene.commit({"results-bot.toml": f"{scene.token.secret} = 1\n"})
    done = scene.judge(pull)
    assert "***" in done.summary
    assert scene.token.secret not in done.log + done.summary + str(done.outputs)


@pytest.mark.parametrize("same_head", [False, True])
def test_the_comment_of_a_newer_run_stays(scene: Scene, same_head: bool) -> None:
    """Unless it is of the same commit: whichever looks last knows all approvals."""
    pull = scene.refreshed_pull(WORSE)
    scene.judge(pull)
    [comment] = scene.github.comments(pull)
    marker = comment.body.partition("\n")[0]
    head = scene.push(WORST) if same_head else "f" * 40
    newer = f"<!-- results-bot:state run=99999999 attempt=1 head={head} -->"
    comment.body = f"{marker}\n{newer}\nof a newer run\n"
    if not same_head:
        scene.push(WORST)
    scene.judge(pull)
    assert ("of a newer run" in scene.sticky(pull)) != same_head


def test_a_download_stops_at_its_cap(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    run = scene.github.run(scene.repo)
    artifact = scene.github.artifact(run, "metrics", {"a.json": "x" * 1000})
    path, size = f"/actions/artifacts/{artifact.id}/zip", len(artifact.archive)
    client = Client(scene.token.secret, scene.github.url, scene.repo.full_name, QuickClock())
    assert client.download(path, size) == artifact.archive
    with pytest.raises(TooLargeError, match="over the cap"):
        client.download(path, size - 1)
    # Packed once more on its way, so that its stated length is within the cap.
    packed = Answer(
        200, gzip.compress(artifact.archive + bytes(9000)), {"Content-Encoding": "gzip"}
    )
    for cap in (size + 9000, size + 8999):
        scene.github.fail_next(Fault(packed), faults.on("download"))
        with pytest.raises(TooLargeError) if cap < size + 9000 else nullcontext():
            client.download(path, cap)
    monkeypatch.setattr("results_bot.github.client._DOWNLOAD_SECONDS", -1.0)
    with pytest.raises(GitHubError, match="it took more than"):
        client.download(path, size)
    client.close()

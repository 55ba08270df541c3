"""Several pages in one repository, and jobs with other tokens: whose comment and check it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.github.scene import GOOD, WORSE, Files, Scene, metrics, page_of, path
from tests.github_double import faults
from tests.github_double.double import GitHubDouble
from tests.github_double.records import PullRequest

OTHER = {"config": "other.toml"}
LOOSE = {"config": "loose.toml"}
SETTINGS = """\
page = "docs/OTHER.md"
[[sections]]
id = "other"
runs = ["other/*"]
"""


def other(accuracy: float) -> Files:
    return {"other/gamma/metrics.json": metrics(accuracy)}


@pytest.fixture
def scene(github: GitHubDouble, tmp_path: Path) -> Scene:
    """A repository with a second page, kept by a configuration of its own."""
    made = Scene(github, tmp_path, '[[sections]]\nid = "nightly"\nruns = ["experiments/nightly/*"]')
    page = "# Results\n\n<!-- results-bot:begin other -->\n<!-- results-bot:end other -->\n"
    github.push(made.repo, "main", {"other.toml": SETTINGS, "docs/OTHER.md": page, **other(0.9)})
    made.run(github.events.workflow_dispatch(made.repo), OTHER)
    github.merge_pull(made.repo.pulls[0], "mia")
    return made


def comments(scene: Scene) -> dict[str, str]:
    """Return what the bots' comments show first, by the page in their markers."""
    shown = [one.body for one in scene.repo.comments.values() if one.user.type == "Bot"]
    return {
        body.split()[2]: next(line for line in body.split("\n")[1:] if not line.startswith("<!--"))
        for body in shown
    }


def approve(scene: Scene, pull: PullRequest, *jobs: Files, login: str = "wren") -> None:
    """Approve what the first comment with a digest waits for, and let the jobs see it."""
    body = next(one.body for one in scene.comments(pull) if "/approve-metrics" in one.body)
    digest = body.partition("\n/approve-metrics ")[2].split()[0]
    comment = scene.github.comment(pull, login, f"/approve-metrics {digest}")
    for inputs in jobs:
        scene.run(scene.events.issue_comment(comment), inputs)


def test_each_page_has_its_comment_its_check_and_its_approvals(scene: Scene) -> None:
    pull = scene.refreshed_pull({**WORSE, **other(0.95)})
    scene.judge(pull)
    scene.judge(pull, OTHER)
    assert comments(scene) == {
        "results": "### ❌ 3 findings wait for approval",
        "other.toml": "### ✅ Nothing got worse",
    }
    assert scene.verdicts(pull) == {
        "results-bot": "action_required",
        "results-bot (other.toml)": "success",
    }
    second = next(one.body for one in scene.comments(pull) if "comment other.toml" in one.body)
    assert (
        f"[docs/OTHER.md]({scene.github.url}/octo/results/blob/{scene.head()}/docs/OTHER.md)"
        in second
    )
    approve(scene, pull, {}, OTHER, login="will")
    assert scene.verdicts(pull)["results-bot"] == "action_required"
    approve(scene, pull, {}, OTHER)
    assert set(scene.verdicts(pull).values()) == {"success"}
    assert comments(scene)["results"].startswith("### ✅ 3 findings approved")
    [answer] = [one.body for one in scene.comments(pull) if "has no effect" in one.body]
    assert answer.split()[2] == "results"
    # A command without a digest may be meant for either.
    for command in ("/approve-metrics", "/revoke-metrics soon"):
        event = scene.events.issue_comment(scene.github.comment(pull, "ravi", command))
        scene.run(event)
        scene.run(event, OTHER)
        assert all(f"`{command}`" in one.body for one in scene.comments(pull))


@pytest.mark.parametrize("jobs", [({}, LOOSE), (LOOSE, {})], ids=["strict first", "loose first"])
def test_two_configurations_of_one_page(scene: Scene, jobs: tuple[Files, Files]) -> None:
    """Whichever job is last, what the other one found stays in sight and waits for its approval."""
    loose = (
        '[rules]\nmetric-regressed = false\nbest-regressed = false\n[[sections]]\nid = "nightly"\n'
    )
    loose += 'runs = ["experiments/nightly/*"]\n'
    scene.commit({"loose.toml": loose}, "main")
    pull = scene.refreshed_pull(WORSE)
    for inputs in jobs:
        scene.judge(pull, inputs)
    assert scene.verdicts(pull) == {
        "results-bot": "action_required",
        "results-bot (loose.toml)": "success",
    }
    assert comments(scene)["results"] == "### ❌ 3 findings wait for approval"
    assert comments(scene)["loose.toml"].startswith("### ✅")
    approve(scene, pull, *jobs)
    assert set(scene.verdicts(pull).values()) == {"success"}
    assert not any("has no effect" in one.body for one in scene.comments(pull))


def test_an_approval_of_one_page_is_none_of_another(scene: Scene) -> None:
    """Both pages show the same runs."""
    same = SETTINGS.replace("other/*", "experiments/nightly/*").replace('"other"', '"nightly"')
    page = page_of({**GOOD, "results-bot.toml": same})
    scene.commit({"other.toml": same, "docs/OTHER.md": page}, "main")
    pull = scene.refreshed_pull(WORSE)
    scene.judge(pull)
    scene.judge(pull, OTHER)
    approve(scene, pull, {}, OTHER)
    assert scene.verdicts(pull) == {
        "results-bot": "success",
        "results-bot (other.toml)": "action_required",
    }


MAIN, SECOND = ("results-bot", "results"), ("results-bot (other.toml)", "other.toml")


@pytest.mark.parametrize(
    ("inputs", "changed", "page"),
    [
        ({"page": "RESULTS.md"}, {}, MAIN),
        ({"config": "results-bot.toml"}, {}, MAIN),
        ({}, {"results-bot.toml": 'page = "NEW.md"\n'}, MAIN),
        ({}, {"results-bot.toml": "page = 7\n"}, MAIN),
        ({"page": "./docs/OTHER.md", **OTHER}, {}, SECOND),
        (OTHER, {"other.toml": SETTINGS.replace("OTHER", "NEW")}, SECOND),
        (OTHER, {"other.toml": "page = 7\n"}, SECOND),
    ],
)
def test_a_page_however_it_is_named(
    scene: Scene, inputs: Files, changed: Files, page: tuple[str, str]
) -> None:
    pull = scene.pull({**WORSE, **other(0.7), **changed})
    scene.judge(pull, inputs)
    assert set(scene.verdicts(pull)) == {page[0]}
    assert set(comments(scene)) <= {page[1]}
    shown = [one for check in scene.checks(scene.head()) for one in check.annotations]
    wanted = "RESULTS.md" if page == MAIN else "docs/OTHER.md"
    assert changed or {one["path"] for one in shown} == {wanted}


def test_a_page_that_the_pull_request_brings(scene: Scene) -> None:
    new = {"new.toml": SETTINGS.replace("OTHER", "NEW"), **other(0.7)}
    pull = scene.pull(new)
    scene.judge(pull)
    scene.judge(pull, {"config": "new.toml"})
    scene.judge(pull, {"page": "NEW.md"})
    assert set(scene.verdicts(pull)) == {
        "results-bot",
        "results-bot (new.toml)",
        "results-bot (NEW.md)",
    }


def test_another_page_is_committed_meanwhile(scene: Scene) -> None:
    """No run judges that commit, and what was judged holds for it."""
    pull, page = scene.refreshed_pull(WORSE), {"docs/OTHER.md": "# Other\n"}
    scene.github.before(
        faults.on("pulls/get"),
        lambda: scene.refresh(page),
        skip=1,
    )
    scene.run(scene.events.pull_request(pull))
    assert scene.github.state.head_sha(pull) == scene.head()
    assert scene.verdicts(pull) == {"results-bot": "action_required"}
    assert len(scene.comments(pull)) == 1


def test_each_page_in_a_commit_of_its_own(scene: Scene) -> None:
    """The last of them has the verdicts on all pages, the newest on each, and nothing else."""
    pull = scene.pull({**WORSE, **other(0.95)})
    scene.judge(pull, OTHER)
    [judged] = scene.checks(scene.head())
    for name, conclusion in (
        ("results-bot (x)", "failure"),
        ("results-bot (x)", "success"),
        ("results-bot (y)", "cancelled"),
        ("lint", "success"),
    ):
        found = replace(judged, id=scene.github.state.new_id(), name=name, conclusion=conclusion)
        found.app_id = found.id
        scene.repo.check_runs[found.id] = found
    scene.judge(pull)
    assert scene.head() != judged.head_sha
    assert scene.verdicts(pull) == {
        "results-bot": "action_required",
        "results-bot (other.toml)": "success",
        "results-bot (x)": "success",
    }
    [carried] = [one for one in scene.checks(scene.head()) if one.name == judged.name]
    assert (carried.title, carried.details_url) == (judged.title, judged.details_url)


def test_another_token(scene: Scene) -> None:
    """The comment that the workflow's own token wrote goes on under an app's token."""
    pull = scene.refreshed_pull(WORSE)
    scene.judge(pull)
    scene.token = scene.github.app_token(scene.repo, "acme")
    scene.push(GOOD)
    scene.judge(pull)
    assert comments(scene) == {"results": "✅ **No metric changed** · 4 values compared"}
    assert len(scene.github.comments(pull)) == 1
    scene.token = scene.github.actions_token(scene.repo)
    scene.push(WORSE)
    scene.judge(pull)
    assert comments(scene) == {"results": "### ❌ 3 findings wait for approval"}


def test_the_refreshed_pages_of_the_default_branch(scene: Scene) -> None:
    scene.commit({path("delta"): metrics(0.5), **other(0.8)}, "main")
    for inputs in ({}, OTHER, {}):
        scene.run(scene.events.workflow_dispatch(scene.repo), inputs)
    assert {pull.head_branch: pull.title for pull in scene.repo.pulls} == {
        "results-bot/refresh": "Refresh RESULTS.md",
        "results-bot/refresh-other-toml": "Refresh docs/OTHER.md",
    }

"""Pull requests from branches of the repository: what the `ci` command leaves on GitHub."""

from __future__ import annotations

from dataclasses import replace

import pytest
from results_bot.github.context import FailOn
from results_bot.report.comment import LIMIT
from results_bot.report.job_summary import LIMIT as SUMMARY_LIMIT

from tests.github.scene import CONFIG, RUNS, Scene, files, metrics, page_of, path
from tests.github_double import checkout, faults
from tests.github_double.faults import Fault
from tests.github_double.records import ALL_WRITE, CheckRun
from tests.github_double.server import json_answer

BETTER = {path("resnet50"): metrics(0.931, 0.2801)}
WORSE = {path("vit"): metrics(0.871, 0.3544)}
TWINS = dict.fromkeys((path("one"), path("two")), metrics(0.912345, 0.2345678))
"""Two runs with the same values, which is a warning."""


def page_with(runs: dict[str, tuple[float, float]]) -> str:
    """Return the stage's page once some runs have changed."""
    config = {"results-bot.toml": CONFIG}
    return page_of({**files({**RUNS, **runs}), **config}, page_of({**files(), **config}))


REFRESHED = page_with({"vit": (0.871, 0.3544)})
IMPROVED = page_with({"resnet50": (0.931, 0.2801)})


def test_first_comment_check_and_commit(stage: Scene) -> None:
    pull = stage.pull(BETTER)
    pushed = stage.head()
    job = stage.judge(pull)
    assert (job.code, job.error) == (0, "")
    assert stage.page() == IMPROVED
    made = stage.github.head(stage.repo, "feature")
    assert made.parents == (pushed,)
    assert made.message == "Refresh RESULTS.md\n\n2 values better."
    [comment] = stage.comments(pull)
    assert "### ✅ Nothing got worse" in comment.body
    assert job.outputs == {
        "verdict": "success",
        "digest": "",
        "changed": "true",
        "regressions": "0",
        "comment-url": f"{stage.github.url}/octo/results/pull/1#issuecomment-{comment.id}",
        "upload": "",
    }
    assert stage.conclusions(pushed) == ["success"]
    assert stage.conclusions(made.sha) == ["success"]
    assert "Nothing got worse" in job.summary
    assert "Nothing got worse" in job.log


def test_the_check_shows_that_work_goes_on(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    shown: list[CheckRun] = []
    look = faults.on("repos/compare-commits-with-basehead")
    stage.github.before(look, lambda: shown.extend(map(replace, stage.checks(stage.head()))))
    stage.judge(pull)
    assert [(one.status, one.title) for one in shown] == [("in_progress", "Comparing results")]


def test_regression_waits_for_approval(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    job = stage.judge(pull, fail_on="failure")
    assert job.code == 1
    assert job.outputs["verdict"] == "action_required"
    assert job.outputs["regressions"] == "3"  # Two values, and the best of the section.
    assert f"/approve-metrics {job.outputs['digest'][:20]}" in stage.sticky(pull)
    [check] = stage.checks(stage.head())
    assert (check.status, check.conclusion) == ("completed", "action_required")
    assert "| vit |" in (check.text or "")
    assert {one["path"] for one in check.annotations} == {"RESULTS.md"}
    assert {one["title"] for one in check.annotations} == {"metric-regressed", "best-regressed"}
    page = stage.page().split("\n")
    rows = [page[one["start_line"] - 1] for one in check.annotations]
    assert sum(row.startswith("| vit |") for row in rows) == 2


def test_the_comment_is_edited_in_place(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    stage.judge(pull)
    [first] = stage.comments(pull)
    stage.commit({path("vit"): metrics(0.941, 0.2444)})
    job = stage.judge(pull)
    [second] = stage.comments(pull)
    assert second.id == first.id
    assert "Nothing got worse" in second.body
    assert job.outputs["verdict"] == "success"
    assert stage.conclusions(stage.head()) == ["success"]


def test_going_back_after_the_bot_committed_is_no_edit_by_hand(stage: Scene) -> None:
    """The page still shows what the bot wrote for the commit before."""
    pull = stage.pull(WORSE)
    stage.judge(pull)
    stage.commit({path("vit"): files()[path("vit")]})
    job = stage.judge(pull)
    assert job.outputs["verdict"] == "success"
    assert stage.page() == stage.page("main")
    assert "hand-edited" not in stage.sticky(pull)


@pytest.mark.parametrize("before", [False, True])
def test_edit_by_hand_waits_for_approval(stage: Scene, before: bool) -> None:
    pull = stage.pull(WORSE if before else {"README.md": "words\n"})
    if before:
        stage.judge(pull)
    nicer = stage.page("main").replace("| 0.4412 |", "| 0.1412 |")
    stage.commit({"RESULTS.md": nicer})
    job = stage.judge(pull)
    assert job.outputs["verdict"] == "action_required"
    assert "hand-edited" in stage.sticky(pull)
    assert "0.1412" not in stage.page()


def test_a_repeated_job_writes_nothing(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    run = stage.github.run(stage.repo, pull=pull)
    stage.judge(pull, run=run)
    before = len(stage.github.writes())
    again = stage.judge(pull, run=run, attempt=2)
    newer = stage.judge(pull)
    assert len(stage.github.writes()) == before
    assert again.outputs["verdict"] == newer.outputs["verdict"] == "action_required"
    assert again.outputs["digest"] == newer.outputs["digest"] != ""
    assert again.outputs["comment-url"] == newer.outputs["comment-url"] != ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("conclusion", "success"),
        ("title", "All good"),
        ("summary", "No value changed."),
        ("summary", None),
    ],
)
def test_a_check_that_shows_something_else_is_replaced(
    stage: Scene, name: str, value: str | None
) -> None:
    """Whoever may write checks can make one of this name."""
    pull = stage.pull({**WORSE, "RESULTS.md": REFRESHED})
    stage.judge(pull)
    [true] = stage.checks(stage.head())
    false = replace(true, id=stage.github.state.new_id())
    setattr(false, name, value)
    stage.repo.check_runs[false.id] = false
    stage.judge(pull)
    newest = max(stage.checks(stage.head()), key=lambda one: one.id)
    assert newest.id > false.id
    assert getattr(newest, name) != value


def test_a_change_without_metrics_gets_a_check_and_no_comment(stage: Scene) -> None:
    pull = stage.pull({"README.md": "# Words\n"})
    job = stage.judge(pull)
    assert [one.operation for one in stage.github.writes()] == ["checks/create", "checks/update"]
    assert stage.conclusions(stage.head()) == ["success"]
    assert (job.outputs["changed"], job.outputs["comment-url"]) == ("false", "")


NEW = {path("new"): metrics(0.9, 0.3)}


@pytest.mark.parametrize(
    ("base", "head", "verdict"),
    [
        # A base without a page is compared by its artifacts.
        ({}, NEW, "success"),
        ({}, WORSE, "action_required"),
        (dict.fromkeys(files(), None), NEW, "neutral"),
    ],
)
def test_first_page(
    stage: Scene, base: dict[str, None], head: dict[str, str], verdict: str
) -> None:
    stage.commit({"RESULTS.md": None, **base}, "main")
    job = stage.judge(stage.pull(head))
    assert ("| new |" in stage.page()) == (head is NEW)
    assert job.outputs["verdict"] == verdict
    assert stage.conclusions(stage.head()) == [verdict]


def test_nothing_to_show_at_all(stage: Scene) -> None:
    gone = dict.fromkeys(files(), None)
    stage.commit({"RESULTS.md": None, **gone}, "main")
    pull = stage.pull({"README.md": "# Words\n"})
    job = stage.judge(pull)
    assert job.outputs["verdict"] == "neutral"
    assert not stage.github.writes("graphql:createCommitOnBranch")


def test_commit_may_be_left_to_people(stage: Scene) -> None:
    pull = stage.pull(BETTER)
    head = stage.head()
    job = stage.judge(pull, commit="false")
    assert stage.head() == head
    assert job.outputs["changed"] == "true"
    assert "stale" in stage.sticky(pull)
    assert stage.conclusions(head) == ["success"]


def test_protected_branch_gets_a_patch(stage: Scene) -> None:
    pull = stage.pull(BETTER)
    head = stage.head()
    stage.repo.protected.add("feature")
    job = stage.judge(pull)
    assert (job.code, stage.head()) == (0, head)
    assert "RESULTS.md could not be committed" in stage.sticky(pull)
    assert "stale" in stage.sticky(pull)
    assert stage.conclusions(head) == ["success"]
    patch = job.summary.partition("```diff\n")[2].partition("```")[0]
    work = job.folder / "work"
    (work / "page.patch").write_text(patch, "utf-8")
    checkout.git(work, "apply", "page.patch")
    assert (work / "RESULTS.md").read_text("utf-8") == IMPROVED


@pytest.mark.parametrize(
    ("kind", "message", "goes_on"),
    [
        ("REPOSITORY_RULE_VIOLATION", "Commits must be signed.", True),
        ("UNPROCESSABLE", "Repository Rule violations found", True),
        ("FORBIDDEN", "Resource not accessible by integration", True),
        ("INSUFFICIENT_SCOPES", "Your token has not been granted the scope", True),
        ("UNPROCESSABLE", "A path was requested for deletion", False),
        ("NOT_FOUND", "Could not resolve to a Ref", False),
    ],
)
def test_a_commit_that_github_refuses(stage: Scene, kind: str, message: str, goes_on: bool) -> None:
    answer = {"data": None, "errors": [{"type": kind, "message": message}]}
    refused = Fault(json_answer(200, answer))
    stage.github.fail_next(refused, faults.on("graphql:createCommitOnBranch"))
    pull = stage.pull(BETTER)
    job = stage.judge(pull)
    assert message in job.log + job.error
    assert stage.conclusions(stage.head()) == ["success" if goes_on else "failure"]
    assert (job.code == 0) == goes_on
    assert not goes_on or "RESULTS.md could not be committed" in stage.sticky(pull)


def test_broken_configuration_completes_the_check(stage: Scene) -> None:
    pull = stage.pull({"results-bot.toml": CONFIG + "\n[nonsense]\nx = 1\n"})
    job = stage.judge(pull)
    assert job.code == 2
    assert "results-bot.toml" in job.error
    assert job.outputs["verdict"] == "failure"
    assert stage.conclusions(stage.head()) == ["failure"]
    assert "bug in results-bot" not in job.summary
    assert "Results could not be judged" in job.summary
    assert "/blob/" not in job.summary


def test_broken_configuration_of_the_base_completes_the_check(stage: Scene) -> None:
    """Who may approve is not known then."""
    stage.commit({"results-bot.toml": "page = 7\n"}, "main")
    pull = stage.pull({"results-bot.toml": CONFIG})
    stage.judge(pull)
    assert stage.verdicts(pull) == {"results-bot": "failure"}


@pytest.mark.parametrize(
    ("error", "conclusion", "said"),
    [
        (ZeroDivisionError, "failure", "bug in results-bot"),
        (KeyboardInterrupt, "cancelled", "The job was cancelled"),
    ],
)
def test_a_job_that_breaks_off_completes_the_check(
    stage: Scene,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
    conclusion: str,
    said: str,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    pull = stage.pull(WORSE)
    monkeypatch.setattr("results_bot.github.judging.evaluate", broken)
    with pytest.raises(error):
        stage.judge(pull)
    [check] = stage.checks(stage.head())
    assert check.conclusion == conclusion
    assert said in (check.summary or "")


def test_merge_base_is_asked_of_the_api(stage: Scene) -> None:
    """The event's base stays behind; what others merged meanwhile is no change of this one."""
    stage.github.branch(stage.repo, "feature")
    worse = {"mlp": (0.5, 0.9)}
    stage.commit(files(worse) | {"RESULTS.md": page_with(worse)}, "main")
    pull = stage.pull(BETTER)
    event = stage.events.pull_request(pull)
    event.payload["pull_request"]["base"]["sha"] = stage.head("main")
    job = stage.run(event)
    assert "mlp" not in stage.sticky(pull).partition("unchanged")[0]
    assert job.outputs["verdict"] == "success"


def test_a_head_without_a_common_ancestor(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    before = stage.github.head(stage.repo, "feature")
    made = stage.github.state.store.put_commit(before.tree, (), "Start anew", before.author)
    stage.repo.refs["refs/heads/feature"] = made.sha
    assert "have no common ancestor" in stage.judge(pull).error
    assert stage.conclusions(made.sha) == ["failure"]


@pytest.mark.parametrize("shallow", [False, True])
def test_checkout_of_the_merge(stage: Scene, shallow: bool) -> None:
    """What `actions/checkout` fetches where no `ref` is given."""
    event = stage.events.pull_request(stage.pull(WORSE))
    job = stage.run(event, at=event.sha, shallow=shallow)
    assert job.outputs["verdict"] == "action_required"
    assert job.outputs["regressions"] == "3"


def test_shallow_checkout_of_one_commit(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The base's page and artifacts are read through the API, unless they are too many."""
    pull = stage.pull({**WORSE, "RESULTS.md": REFRESHED})
    job = stage.judge(pull, shallow=True)
    assert job.outputs["verdict"] == "action_required"
    assert job.outputs["regressions"] == "3"
    cut = {"sha": stage.head("main"), "tree": [], "truncated": True}
    damaged = {"sha": stage.head("main"), "encoding": "base64", "content": "AAAA"}
    for operation, status, answer, said in (
        ("git/get-tree", 200, cut, "is too large to be listed whole"),
        ("git/get-tree", 404, {}, "is neither here nor on GitHub"),
        ("git/get-blob", 200, damaged, "arrived damaged"),
        ("git/get-blob", 200, damaged | {"content": "A"}, "arrived damaged"),
    ):
        stage.github.fail_next(Fault(json_answer(status, answer)), faults.on(operation))
        job = stage.judge(pull, shallow=True)
        assert said in job.error
        assert job.outputs["verdict"] == "failure"
    monkeypatch.setattr("results_bot.github.commits._MOST_BLOBS", 0)
    job = stage.judge(pull, shallow=True)
    assert "give actions/checkout `fetch-depth: 0`" in job.error
    assert job.outputs["verdict"] == "failure"


def test_dry_run_prints_all_and_sends_nothing(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    job = stage.judge(pull, dry_run="true")
    assert stage.github.writes() == []
    for part in (
        "Would send POST /repos/octo/results/check-runs",
        "  | name: results-bot",
        "Would send GraphQL createCommitOnBranch",
        "  | branch.branchName: feature",
        "  | message.headline: Refresh RESULTS.md",
        "  | | vit |",
        "Would send POST /repos/octo/results/issues/1/comments",
        "/approve-metrics",
        "conclusion: action_required",
        "  | output.annotations.0.path: RESULTS.md",
    ):
        assert part in job.log, part
    assert job.outputs["verdict"] == "action_required"


@pytest.mark.parametrize(
    ("change", "fail_on", "code"),
    [
        (WORSE, FailOn.NEVER, 0),
        (WORSE, FailOn.FAILURE, 1),
        (WORSE, FailOn.WARNING, 1),
        (TWINS, FailOn.FAILURE, 0),
        (TWINS, FailOn.WARNING, 1),
        (BETTER, FailOn.FAILURE, 0),
        (BETTER, FailOn.WARNING, 0),
    ],
)
def test_fail_on(stage: Scene, change: dict[str, str], fail_on: str, code: int) -> None:
    pull = stage.pull(change)
    assert stage.judge(pull, fail_on=fail_on).code == code


def test_closed_pull_request_is_left_alone(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    event = stage.events.pull_request(pull)
    stage.github.close_pull(pull)
    job = stage.run(event)
    assert stage.github.writes() == []
    assert "not open" in job.log
    assert job.outputs["verdict"] == "neutral"


def test_token_without_a_right_says_which_request(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    job = stage.judge(pull, permissions={**ALL_WRITE, "checks": "read"})
    assert job.code == 5
    assert "check-runs" in job.error
    assert job.outputs["verdict"] == "failure"


def test_enterprise_server(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    job = stage.judge(pull, enterprise=True)
    assert job.outputs["verdict"] == "action_required"
    assert len(stage.comments(pull)) == 1


def test_thousands_of_changed_runs_stay_within_limits(stage: Scene) -> None:
    names = [f"run_{at:04}" for at in range(2000)]
    before = dict.fromkeys(names, (0.9, 0.3))
    stage.commit(files(before) | {"RESULTS.md": page_with(before)}, "main")
    after = {name: (0.5 + at / 100_000, 0.7) for at, name in enumerate(names)}
    pull = stage.pull(files(after))
    job = stage.judge(pull)
    assert job.outputs["verdict"] == "action_required"
    assert len(stage.sticky(pull)) < LIMIT
    assert len(job.summary.encode()) < SUMMARY_LIMIT
    [check] = stage.checks(stage.head())
    assert check.conclusion == "action_required"
    assert len(check.annotations) == 500
    assert stage.page().count("| run_") == 2000


@pytest.mark.parametrize("size", [10, SUMMARY_LIMIT - 10])
def test_a_full_summary_stays_as_it_is(stage: Scene, size: int) -> None:
    """GitHub shows none that is too long; an earlier step of the job may have written to it."""
    before = "x" * size
    folder = stage.folder / f"job-{stage.ran + 1}"
    folder.mkdir()
    (folder / "github_step_summary").write_text(before, "utf-8")
    job = stage.judge(stage.pull(WORSE))
    assert job.summary.startswith(before)
    assert ("3 findings wait for approval" in job.summary) == (size == 10)
    assert len(job.summary) == size or size == 10


@pytest.mark.parametrize("event", ["created", "edited"])
def test_token_is_in_nothing_that_was_said_or_sent(stage: Scene, event: str) -> None:
    pull = stage.pull(WORSE if event == "created" else BETTER)
    if event == "edited":
        stage.github.fail_next(faults.server_error(), faults.on("checks/create"), times=99)
    job = stage.judge(pull)
    assert job.token.secret not in job.everything
    assert job.token.secret not in repr(job.token)
    assert all(job.token.secret not in repr(request) for request in stage.github.log)
    for file in job.folder.rglob("*"):
        if file.is_file():
            assert job.token.secret.encode() not in file.read_bytes(), file


def test_the_usual_pull_request_takes_few_requests(stage: Scene) -> None:
    """An own branch with one comment, one commit and its check; docs/github.md has the figure."""
    pull = stage.pull(WORSE)
    job = stage.judge(pull)
    # Between writes, as GitHub asks.
    assert job.clock.waits == [1.0] * 4
    assert [one.operation for one in stage.github.log] == [
        "pulls/get",
        "checks/list-for-ref",
        "checks/create",
        "repos/compare-commits-with-basehead",
        "graphql:repository",
        "graphql:createCommitOnBranch",
        "pulls/get",
        "checks/list-for-ref",  # Of the base, in case it holds unapproved values.
        "issues/create-comment",
        "graphql:repository",  # Another job may have commented at the same time.
        "checks/create",
        "checks/update",
        "checks/list-for-ref",  # Verdicts on other pages hold for the new commit.
    ]

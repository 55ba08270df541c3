"""Pull requests from branches of the repository: what the `ci` command leaves on GitHub."""

from __future__ import annotations

from tests.github.stage import RUNS, Stage, files, metrics, page_of, path

BETTER = {path("resnet50"): metrics(0.931, 0.2801)}
WORSE = {path("vit"): metrics(0.871, 0.3544)}


def test_first_comment_check_and_commit(stage: Stage) -> None:
    pull = stage.pull(BETTER)
    pushed = stage.head()
    job = stage.job(stage.github.events.pull_request(pull))
    assert (job.code, job.error) == (0, "")
    after = {**RUNS, "resnet50": (0.931, 0.2801)}
    assert stage.page() == page_of(files(after), page_of(files()))
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
        "comment-url": comment_url(stage, comment.id),
        "upload": "",
    }
    assert [one.conclusion for one in stage.checks(pushed)] == ["success"]
    assert [one.conclusion for one in stage.checks(made.sha)] == ["success"]
    assert "Nothing got worse" in job.summary


def test_regression_waits_for_approval(stage: Stage) -> None:
    pull = stage.pull(WORSE)
    job = stage.job(stage.github.events.pull_request(pull), fail_on="failure")
    assert job.code == 1
    assert job.outputs["verdict"] == "action_required"
    assert job.outputs["regressions"] == "3"  # Two values, and the best of the section.
    [comment] = stage.comments(pull)
    assert f"/approve-metrics {job.outputs['digest'][:20]}" in comment.body
    [check] = stage.checks(stage.head())
    assert (check.status, check.conclusion) == ("completed", "action_required")
    assert {one["path"] for one in check.annotations} == {"RESULTS.md"}


def comment_url(stage: Stage, id_: int) -> str:
    return f"{stage.github.url}/octo/results/pull/1#issuecomment-{id_}"

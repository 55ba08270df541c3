"""Approvals on the double: each case from the event's payload to the final state."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.github.scene import WORSE, WORST, Scene, metrics, path
from tests.github_double import faults
from tests.github_double.double import GitHubDouble
from tests.github_double.records import PullRequest

TWO_WORSE = {**WORSE, path("beta"): metrics(0.5, 2.0)}


@pytest.fixture
def pull(scene: Scene) -> PullRequest:
    """A pull request whose regression has been found, and waits."""
    made = scene.refreshed_pull()
    scene.look(made)
    assert scene.check(made) == "action_required"
    return made


def test_approved_with_a_reason(scene: Scene, pull: PullRequest) -> None:
    scene.approve(pull, rest="the new split is harder")
    assert scene.check(pull) == "success"
    assert "✅ **wren** [approved]" in scene.sticky(pull)
    assert "the new split is harder" in scene.sticky(pull)
    assert "/approve-metrics" not in scene.sticky(pull)
    (check,) = [one for one in scene.repo.check_runs.values() if one.conclusion == "success"]
    assert "wren" in (check.summary or "")


@pytest.mark.parametrize(
    ("pushed", "conclusion", "said"),
    [
        ({**WORSE, "notes.md": "Why it got worse.\n"}, "success", "✅ **wren**"),
        (WORST, "action_required", "has no effect: this digest is not that of the findings now"),
        (TWO_WORSE, "action_required", "has no effect"),
    ],
    ids=["the same values", "other values", "a further finding"],
)
def test_a_push_after_the_approval(
    scene: Scene, pull: PullRequest, pushed: dict[str, str], conclusion: str, said: str
) -> None:
    scene.approve(pull)
    scene.push(pushed)
    scene.look(pull)
    assert scene.check(pull) == conclusion
    assert said in scene.sticky(pull)


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ("will", "the author of a pull request cannot approve its metrics"),
        ("ravi", "this needs write permission"),
        ("tess", "this needs write permission"),
        ("stranger", "this needs write permission"),
        ("ghost", "this needs write permission"),  # An account that is gone.
    ],
)
def test_who_may_not(scene: Scene, pull: PullRequest, login: str, why: str) -> None:
    scene.approve(pull, login)
    assert scene.check(pull) == "action_required"
    assert why in scene.sticky(pull)
    assert len(scene.comments(pull)) == 1


def test_a_refused_command_takes_nothing_back(scene: Scene, pull: PullRequest) -> None:
    digest = scene.digest(pull)
    scene.approve(pull)
    scene.says(pull, "ravi", "/revoke-metrics")
    scene.says(pull, "stranger", f"/approve-metrics {digest}")
    scene.says(pull, "mia", "/approve-metrics 0123456789abcdef0123")
    assert scene.check(pull) == "success"
    assert scene.sticky(pull).count("has no effect") == 3


def test_a_bot_wakes_nobody_and_counts_for_nothing(scene: Scene, pull: PullRequest) -> None:
    body = f"/approve-metrics {scene.digest(pull)}"
    before = len(scene.github.log)
    scene.says(pull, "robo[bot]", body)
    assert len(scene.github.log) == before
    scene.look(pull)
    assert scene.check(pull) == "action_required"
    assert "bots cannot approve" in scene.sticky(pull)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{} because", "edited comments do not count"), ("Sorry.", "wait for approval")],
)
def test_edited_afterwards(scene: Scene, pull: PullRequest, text: str, said: str) -> None:
    comment = scene.approve(pull)
    scene.github.edit_comment(comment, text.format(comment.body))
    scene.run(scene.events.issue_comment(comment, "edited"))
    assert scene.check(pull) == "action_required"
    assert said in scene.sticky(pull)


def test_somebody_else_edits_a_comment_into_an_approval(scene: Scene, pull: PullRequest) -> None:
    comment = scene.says(pull, "wren", "Looks fine to me.")
    scene.github.edit_comment(comment, f"/approve-metrics {scene.digest(pull)}", "will")
    scene.run(scene.events.issue_comment(comment, "edited"))
    assert scene.check(pull) == "action_required"


def test_deleted(scene: Scene, pull: PullRequest) -> None:
    comment = scene.approve(pull)
    event = scene.events.issue_comment(comment, "deleted")
    scene.github.delete_comment(comment)
    scene.run(event)
    assert scene.check(pull) == "action_required"
    assert "wren" not in scene.sticky(pull)


def test_two_reviewers_in_part(scene: Scene) -> None:
    pull = scene.refreshed_pull(TWO_WORSE)
    scene.look(pull)
    scene.approve(pull, "wren", "experiments/nightly/alpha seen it")
    assert scene.check(pull) == "action_required"
    assert "wren" in scene.sticky(pull)
    scene.approve(pull, "mia", "experiments/nightly/beta")
    assert scene.check(pull) == "success"
    assert "**wren**" in scene.sticky(pull)
    assert "**mia**" in scene.sticky(pull)


def test_revoked_and_approved_again(scene: Scene, pull: PullRequest) -> None:
    scene.approve(pull)
    scene.says(pull, "mia", "/revoke-metrics too early")
    assert scene.check(pull) == "action_required"
    scene.approve(pull, "mia")
    assert scene.check(pull) == "success"


def test_a_forged_marker_is_not_believed(scene: Scene) -> None:
    pull = scene.refreshed_pull()
    forged = (
        "<!-- results-bot:comment results -->\n### ✅ All good\n/approve-metrics 0123456789abcd"
    )
    theirs = scene.github.comment(pull, "will", forged)
    scene.look(pull)
    assert theirs.body == forged
    assert len(scene.comments(pull)) == 1
    assert scene.check(pull) == "action_required"


def test_push_while_the_approval_is_counted(scene: Scene, pull: PullRequest) -> None:
    comment = scene.github.comment(pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    old = scene.head()
    scene.github.before(faults.on("graphql:repository"), lambda: scene.push(WORST))
    scene.run(scene.events.issue_comment(comment))
    new = scene.head()
    assert new != old
    assert scene.conclusion(new) == "action_required"
    assert scene.conclusion(old) == "action_required"
    assert f"head={new}" in scene.sticky(pull)
    assert "has no effect" in scene.sticky(pull)


@pytest.mark.parametrize(
    ("approved", "state", "conclusion"),
    # A dismissed review approves nothing, and keeps what it took back.
    [(False, "APPROVE", "success"), (True, "REQUEST_CHANGES", "action_required")],
)
def test_a_review_says_it(
    scene: Scene, pull: PullRequest, approved: bool, state: str, conclusion: str
) -> None:
    command = "/revoke-metrics" if approved else f"/approve-metrics {scene.digest(pull)}"
    if approved:
        scene.approve(pull)
    review = scene.github.review(pull, "mia", state, f"Good work.\n\n{command}")
    scene.run(scene.events.pull_request_review(pull, review))
    assert scene.check(pull) == conclusion
    review.state = "DISMISSED"
    scene.run(scene.events.pull_request_review(pull, review, "dismissed"))
    assert scene.check(pull) == "action_required"


def test_a_command_where_nothing_waits_is_answered(scene: Scene) -> None:
    pull = scene.pull({"notes.md": "words\n"})
    scene.judge(pull)
    assert scene.comments(pull) == []
    scene.says(pull, "ravi", "/approve-metrics 0123456789abcdef")
    assert "has no effect" in scene.sticky(pull)


@pytest.mark.parametrize(("counts", "conclusion"), [(True, "success"), (False, "action_required")])
def test_an_approving_review_counts_where_the_base_says_so(
    github: GitHubDouble, tmp_path: Path, counts: bool, conclusion: str
) -> None:
    scene = Scene(github, tmp_path, f"[approvals]\nreviews-count = {str(counts).lower()}\n")
    pull = scene.refreshed_pull()
    scene.look(pull)
    review = github.review(pull, "wren", "APPROVE")
    scene.run(github.events.pull_request_review(pull, review))
    assert scene.check(pull) == conclusion


def test_who_may_approve_is_the_base_branchs_word(scene: Scene) -> None:
    loose = "[approvals]\nauthors-may-approve = true\n"
    pull = scene.refreshed_pull({**WORSE, "results-bot.toml": loose})
    scene.look(pull)
    scene.approve(pull, "will")
    assert scene.check(pull) == "action_required"
    assert "the author of a pull request cannot approve" in scene.sticky(pull)


def test_a_comment_that_changes_nothing_writes_nothing(scene: Scene, pull: PullRequest) -> None:
    scene.approve(pull)
    before = len(scene.github.writes())
    comment = scene.github.comment(pull, "mia", "/revoke-metrics")
    scene.github.delete_comment(comment)
    scene.run(scene.events.issue_comment(comment, "created"))
    assert len(scene.github.writes()) == before


def test_each_author_is_asked_about_once(scene: Scene, pull: PullRequest) -> None:
    for _ in range(130):
        scene.github.comment(pull, "ravi", "/approve-metrics 0123456789abcdef")
    asked = "repos/get-collaborator-permission-level"
    before = len(scene.github.requests(faults.on(asked)))
    scene.approve(pull)
    assert scene.check(pull) == "success"
    assert len(scene.github.requests(faults.on(asked))) - before == 2


def test_a_review_is_read_once_however_many_comments_follow(
    scene: Scene, pull: PullRequest
) -> None:
    scene.github.review(pull, "ravi", "COMMENT", "/revoke-metrics")
    for _ in range(210):
        scene.github.comment(pull, "ravi", "Hm.")
    scene.look(pull)
    assert scene.sticky(pull).count("has no effect") == 1


def test_a_minimised_comment_is_history(scene: Scene, pull: PullRequest) -> None:
    [old] = scene.comments(pull)
    old.minimized, before = True, old.body
    scene.push(WORST)
    scene.look(pull)
    assert old.body == before
    assert len(scene.comments(pull)) == 2


def test_more_reviews_than_one_page_lists(scene: Scene, pull: PullRequest) -> None:
    for _ in range(100):
        scene.github.review(pull, "ravi", "COMMENT", "Hm.")
    scene.approve(pull)
    assert scene.check(pull) == "success"
    review = scene.github.review(pull, "mia", "COMMENT", "/revoke-metrics")
    scene.run(scene.events.pull_request_review(pull, review))
    assert scene.check(pull) == "action_required"


def test_a_closed_pull_request_is_left_alone(scene: Scene, pull: PullRequest) -> None:
    comment = scene.github.comment(pull, "wren", f"/approve-metrics {scene.digest(pull)}")
    event = scene.events.issue_comment(comment)
    scene.github.close_pull(pull)
    before = len(scene.github.writes())
    scene.run(event)
    assert len(scene.github.writes()) == before

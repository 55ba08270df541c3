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


def talk(scene: Scene, pull: PullRequest, conversation: str) -> None:
    """Post the lines of a conversation; the bot runs after each.

    A line is `LOGIN: TEXT` for a comment, `LOGIN edits: TEXT` and `LOGIN deletes` for the last
    one, and `LOGIN APPROVE: TEXT` or another verdict, and then `LOGIN dismisses`, for a review.
    A line feed in a text is `/n`; APPROVE in it is the command with the digest of the beginning.
    """
    command = f"/approve-metrics {scene.digest(pull)}"
    for line in conversation.split(" | "):
        speaker, _, text = line.partition(": ")
        login, _, does = speaker.partition(" ")
        text = text.replace("APPROVE", command).replace("/n", "\n")
        if not does:
            last = scene.says(pull, login, text)
        elif does == "edits":
            scene.github.edit_comment(last, text, login)
            scene.run(scene.events.issue_comment(last, "edited"))
        elif does == "deletes":
            event = scene.events.issue_comment(last, "deleted")
            scene.github.delete_comment(last)
            scene.run(event)
        elif does == "dismisses":
            pull.reviews[-1].state = "DISMISSED"
            scene.run(scene.events.pull_request_review(pull, pull.reviews[-1], "dismissed"))
        else:
            review = scene.github.review(pull, login, does, text)
            scene.run(scene.events.pull_request_review(pull, review))


APPROVED, WAITS = "success", "action_required"
NO_WRITE = "this needs write permission"


@pytest.mark.parametrize(
    ("conversation", "conclusion", "shown"),
    [
        ("wren: APPROVE the new split is harder", APPROVED, "the new split is harder"),
        ("will: APPROVE", WAITS, "the author of a pull request cannot approve its metrics"),
        ("ravi: APPROVE", WAITS, NO_WRITE),
        ("tess: APPROVE", WAITS, NO_WRITE),
        ("stranger: APPROVE", WAITS, NO_WRITE),
        ("ghost: APPROVE", WAITS, NO_WRITE),  # An account that is gone.
        # A refused command takes nothing back.
        ("wren: APPROVE | ravi: /revoke-metrics", APPROVED, "has no effect"),
        ("wren: APPROVE | stranger: APPROVE", APPROVED, "has no effect"),
        ("wren: APPROVE | mia: /approve-metrics 0123456789abcdef0123", APPROVED, "has no effect"),
        ("wren: APPROVE | mia: /revoke-metrics too early", WAITS, ""),
        ("wren: APPROVE | mia: /revoke-metrics | mia: APPROVE", APPROVED, "✅ **mia**"),
        ("wren: APPROVE | wren edits: APPROVE because", WAITS, "edited comments do not count"),
        ("wren: APPROVE | wren edits: Sorry.", WAITS, ""),
        ("wren: Looks fine to me. | will edits: APPROVE", WAITS, "edited comments do not count"),
        ("wren: APPROVE | wren deletes", WAITS, ""),
        ("wren APPROVE: Good work./n/nAPPROVE", APPROVED, "✅ **wren**"),
        ("wren APPROVE: Good work./n/nAPPROVE | mia dismisses", WAITS, ""),
        ("wren: APPROVE | mia REQUEST_CHANGES: /revoke-metrics", WAITS, ""),
        # A dismissed review keeps what it took back.
        ("wren: APPROVE | mia REQUEST_CHANGES: /revoke-metrics | mia dismisses", WAITS, ""),
        ("wren: ~~~/nAPPROVE/n~~~", WAITS, ""),  # The others that hide it are in tests/judge.
    ],
)
def test_a_conversation(
    scene: Scene, pull: PullRequest, conversation: str, conclusion: str, shown: str
) -> None:
    talk(scene, pull, conversation)
    assert scene.check(pull) == conclusion
    assert shown in scene.sticky(pull)
    assert ("\n/approve-metrics " in scene.sticky(pull)) == (conclusion == WAITS)
    assert ("✅ **" in scene.sticky(pull)) == (conclusion == APPROVED)


def test_the_check_names_who_approved(scene: Scene, pull: PullRequest) -> None:
    scene.approve(pull)
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


def test_a_bot_wakes_nobody_and_counts_for_nothing(scene: Scene, pull: PullRequest) -> None:
    body = f"/approve-metrics {scene.digest(pull)}"
    before = len(scene.github.log)
    scene.says(pull, "robo[bot]", body)
    assert len(scene.github.log) == before
    scene.look(pull)
    assert scene.check(pull) == "action_required"
    assert "bots cannot approve" in scene.sticky(pull)


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

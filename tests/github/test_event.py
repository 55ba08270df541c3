"""Which activity each event asks for: payloads as GitHub describes them, and what is amiss."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from results_bot.errors import BotError, ConfigError
from results_bot.github.event import (
    CollectOnly,
    CountApprovals,
    JudgePull,
    JudgeQueue,
    Nothing,
    PublishRun,
    Refresh,
    RunInfo,
    decide,
)

from tests.github.scene import Scene, metrics, path
from tests.github_double.events import Event

COMMAND = "/approve-metrics 0123456789ab"
WORSE = {path("vit"): metrics(0.871, 0.3544)}
Edit = Callable[[dict[str, Any]], object]


def unchanged(_: dict[str, Any]) -> None:
    """Leave a payload as it is."""


def activity(event: Event, edit: Edit = unchanged, **around: Any) -> Any:
    payload = copy.deepcopy(event.payload)
    edit(payload)
    known: dict[str, Any] = {"repository": event.repo.full_name, "ref": event.ref, "sha": event.sha}
    return decide(event.name, payload, RunInfo(**(known | around)))


def set_to(place: str, value: object) -> Edit:
    """Return what changes one value of a payload."""
    *folders, name = place.split(".")

    def edit(payload: dict[str, Any]) -> None:
        for folder in folders:
            payload = payload[folder]
        payload[name] = value

    return edit


@pytest.mark.parametrize(
    ("action", "edit", "kind"),
    [
        ("opened", unchanged, JudgePull),
        ("synchronize", unchanged, JudgePull),
        ("reopened", unchanged, JudgePull),
        ("edited", unchanged, Nothing),
        ("edited", set_to("changes", {"title": {"from": "old"}}), Nothing),
        ("edited", set_to("changes", {"base": {"ref": {"from": "old"}}}), JudgePull),
        ("closed", unchanged, Nothing),
        ("opened", set_to("pull_request.head.repo", None), CollectOnly),
        ("opened", set_to("pull_request.head.repo.full_name", "mallory/results"), CollectOnly),
        ("opened", set_to("pull_request.head.repo.full_name", "OCTO/Results"), JudgePull),
        ("opened", set_to("sender.login", "dependabot[bot]"), CollectOnly),
    ],
)
def test_pull_requests(stage: Scene, action: str, edit: Edit, kind: type) -> None:
    event = stage.events.pull_request(stage.pull(WORSE), action)
    assert type(activity(event, edit)) is kind


def test_a_pull_request_is_known_by_number_and_head(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    found = activity(stage.events.pull_request(pull))
    assert found == JudgePull(pull.number, stage.head())


HOME = "workflow_run.head_repository"


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (unchanged, PublishRun),
        (set_to("action", "requested"), Nothing),
        (set_to("workflow_run.event", "push"), Nothing),
        (set_to("workflow_run.event", "pull_request_target"), Nothing),
        (set_to("workflow_run.conclusion", "failure"), PublishRun),
        (set_to("workflow_run.conclusion", "timed_out"), PublishRun),
        (set_to("workflow_run.conclusion", "neutral"), PublishRun),
        (set_to("workflow_run.conclusion", "cancelled"), Nothing),
        (set_to("workflow_run.conclusion", "action_required"), Nothing),
        (set_to(HOME, None), PublishRun),
        # One of an own branch could write, and has reported itself.
        (set_to(f"{HOME}.full_name", "OCTO/Results"), Nothing),
    ],
)
def test_runs(stage: Scene, edit: Edit, kind: type) -> None:
    event = stage.events.workflow_run(stage.github.run(stage.repo, pull=stage.pull(WORSE)))
    event.payload["workflow_run"]["head_repository"]["full_name"] = "mallory/results"
    assert type(activity(event, edit)) is kind


def test_a_run_of_dependabots_is_published(stage: Scene) -> None:
    event = stage.events.workflow_run(stage.github.run(stage.repo, pull=stage.pull(WORSE)))
    assert type(activity(event)) is Nothing
    found = activity(event, set_to("workflow_run.actor.login", "dependabot[bot]"))
    assert found == PublishRun(event.payload["workflow_run"]["id"])


@pytest.mark.parametrize(
    ("body", "edit", "kind"),
    [
        (COMMAND, unchanged, CountApprovals),
        ("/revoke-metrics", unchanged, CountApprovals),
        (f"I think so.\n\n{COMMAND} because", unchanged, CountApprovals),
        ("Thank you!", unchanged, Nothing),
        (COMMAND, set_to("action", "deleted"), CountApprovals),
        (COMMAND, set_to("action", "pinned"), Nothing),
        (COMMAND, set_to("issue.pull_request", None), Nothing),
        (COMMAND, set_to("issue.state", "closed"), Nothing),
        (COMMAND, set_to("comment.user.type", "Bot"), Nothing),
        (COMMAND, set_to("comment.user.login", "robo[bot]"), Nothing),
        (COMMAND, set_to("comment.user", None), Nothing),
    ],
)
def test_comments(stage: Scene, body: str, edit: Edit, kind: type) -> None:
    comment = stage.github.comment(stage.pull(WORSE), "mia", body)
    event = stage.events.issue_comment(comment)
    assert type(activity(event, edit)) is kind


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (COMMAND, "Never mind.", CountApprovals),
        ("Hm.", COMMAND, CountApprovals),
        ("Hm.", "Well.", Nothing),
    ],
)
def test_edited_comments(stage: Scene, before: str, after: str, kind: type) -> None:
    comment = stage.github.comment(stage.pull(WORSE), "mia", before)
    stage.github.edit_comment(comment, after)
    assert type(activity(stage.events.issue_comment(comment, "edited"))) is kind


@pytest.mark.parametrize(
    ("state", "body", "action", "edit", "kind"),
    [
        ("COMMENT", COMMAND, "submitted", unchanged, CountApprovals),
        ("COMMENT", "Nice.", "submitted", unchanged, Nothing),
        ("COMMENT", "Nice.", "submitted", set_to("review.body", None), Nothing),
        ("APPROVE", "Nice.", "submitted", unchanged, CountApprovals),
        ("APPROVE", "", "dismissed", unchanged, CountApprovals),
        ("COMMENT", COMMAND, "edited", unchanged, CountApprovals),
        ("APPROVE", "", "submitted", set_to("review.user.type", "Bot"), Nothing),
        ("APPROVE", "", "submitted", set_to("pull_request.state", "closed"), Nothing),
        ("APPROVE", "", "submitted", set_to("pull_request.head.repo", None), Nothing),
    ],
)
def test_reviews(stage: Scene, state: str, body: str, action: str, edit: Edit, kind: type) -> None:
    pull = stage.pull(WORSE)
    review = stage.github.review(pull, "mia", state, body)
    event = stage.events.pull_request_review(pull, review, action)
    assert type(activity(event, edit)) is kind


def test_merge_groups(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    base = stage.head("main")
    event = stage.events.merge_group(stage.repo, pull)
    assert activity(event) == JudgeQueue(event.sha, base, "main", "main", pull.number)
    renamed = activity(event, set_to("merge_group.head_ref", "refs/heads/odd"))
    assert renamed == JudgeQueue(event.sha, base, "main", "main", 0)
    assert type(activity(event, set_to("action", "destroyed"))) is Nothing


def test_the_default_branch(stage: Scene) -> None:
    events, head = stage.events, stage.head("main")
    pushed = events.push(stage.repo, "main", head)
    assert activity(pushed) == Refresh("main", head)
    assert activity(events.schedule(stage.repo)) == Refresh("main", head)
    asked = events.workflow_dispatch(stage.repo)
    assert activity(asked) == Refresh("main", head)
    for event in (pushed, asked):
        for ref in ("refs/heads/feature", "refs/tags/main"):
            assert type(activity(event, ref=ref)) is Nothing
    assert type(activity(pushed, set_to("deleted", True))) is Nothing
    unnamed = set_to("repository", {"full_name": "octo/results"})
    assert activity(events.schedule(stage.repo), unnamed) == Refresh("main", head)


@pytest.mark.parametrize("name", ["issues", "pull_request_target", "check_suite", ""])
def test_what_nobody_asked_for(stage: Scene, name: str) -> None:
    event = stage.events.pull_request(stage.pull(WORSE))
    around = RunInfo(event.repo.full_name, event.ref, event.sha)
    assert type(decide(name, event.payload, around)) is Nothing


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (set_to("pull_request.number", "7"), "got `str` - at `$.pull_request.number`"),
        (set_to("pull_request.number", True), "got `bool` - at `$.pull_request.number`"),
        (set_to("pull_request.head.sha", "main"), "at `$.pull_request.head.sha`"),
        (set_to("pull_request.head.repo.full_name", "a/b/../c"), "`$.pull_request.head.repo"),
        (set_to("pull_request", []), "got `array` - at `$.pull_request`"),
        (set_to("action", None), "got `null` - at `$.action`"),
        (set_to("action", ""), "event pull_request: `action` is missing"),
    ],
)
def test_a_payload_that_will_not_do_is_one_clear_line(stage: Scene, edit: Edit, fault: str) -> None:
    event = stage.events.pull_request(stage.pull(WORSE))
    with pytest.raises(BotError) as error:
        activity(event, edit)
    assert fault in str(error.value)
    assert "\n" not in str(error.value)


RUNNER = {"REPOSITORY": "octo/results", "REF": "refs/heads/main", "SHA": "0" * 40}


def test_the_least_that_a_runner_sets() -> None:
    found = RunInfo.read({f"GITHUB_{name}": value for name, value in RUNNER.items()})
    assert found == RunInfo("octo/results", "refs/heads/main", "0" * 40)
    assert found.url == ""


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        *((name, "", "Object missing required field") for name in RUNNER),
        *((name, "x", "Expected `int`, got `str`") for name in ("RUN_ID", "RUN_ATTEMPT")),
    ],
)
def test_a_runner_that_sets_something_else(name: str, value: str, why: str) -> None:
    given = {f"GITHUB_{one}": text for one, text in (RUNNER | {name: value}).items()}
    with pytest.raises(ConfigError, match=f"{why}.*GITHUB_{name}`; `ci` runs inside"):
        RunInfo.read(given)


@pytest.mark.parametrize("payload", [None, [], "x", 3])
def test_a_payload_that_is_no_object(payload: object) -> None:
    with pytest.raises(BotError):
        decide("push", payload, RunInfo("octo/results", "refs/heads/main", "0" * 40))

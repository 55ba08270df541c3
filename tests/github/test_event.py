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


Build = Callable[[Scene], Event]
HEAD, HOME = "pull_request.head.repo", "workflow_run.head_repository"


def pull(action: str) -> Build:
    return lambda stage: stage.events.pull_request(stage.pull(WORSE), action)


def run(stage: Scene) -> Event:
    event = stage.events.workflow_run(stage.github.run(stage.repo, pull=stage.pull(WORSE)))
    event.payload["workflow_run"]["head_repository"]["full_name"] = "mallory/results"
    return event


def comment(body: str, edited: str = "") -> Build:
    def build(stage: Scene) -> Event:
        made = stage.github.comment(stage.pull(WORSE), "mia", body)
        if edited:
            stage.github.edit_comment(made, edited)
        return stage.events.issue_comment(made, "edited" if edited else "created")

    return build


def review(state: str, body: str = "", action: str = "submitted") -> Build:
    def build(stage: Scene) -> Event:
        pull = stage.pull(WORSE)
        made = stage.github.review(pull, "mia", state, body)
        return stage.events.pull_request_review(pull, made, action)

    return build


@pytest.mark.parametrize(
    ("build", "edit", "kind"),
    [
        (pull("opened"), unchanged, JudgePull),
        (pull("synchronize"), unchanged, JudgePull),
        (pull("reopened"), unchanged, JudgePull),
        (pull("ready_for_review"), unchanged, JudgePull),
        (pull("edited"), unchanged, Nothing),
        (pull("edited"), set_to("changes", {"title": {"from": "old"}}), Nothing),
        (pull("edited"), set_to("changes", {"base": {"ref": {"from": "old"}}}), JudgePull),
        (pull("closed"), unchanged, Nothing),
        (pull("labeled"), set_to("changes", {"base": {"ref": {"from": "old"}}}), Nothing),
        (pull("opened"), set_to("sender", None), JudgePull),
        (pull("opened"), set_to(HEAD, None), CollectOnly),
        (pull("opened"), set_to(f"{HEAD}.full_name", "mallory/results"), CollectOnly),
        (pull("opened"), set_to(f"{HEAD}.full_name", "OCTO/Results"), JudgePull),
        (pull("opened"), set_to("sender.login", "dependabot[bot]"), CollectOnly),
        (run, unchanged, PublishRun),
        (run, set_to("action", "requested"), Nothing),
        (run, set_to("workflow_run.event", "push"), Nothing),
        (run, set_to("workflow_run.event", "pull_request_target"), Nothing),
        (run, set_to("workflow_run.conclusion", "failure"), PublishRun),
        (run, set_to("workflow_run.conclusion", "timed_out"), PublishRun),
        (run, set_to("workflow_run.conclusion", "neutral"), PublishRun),
        (run, set_to("workflow_run.conclusion", "cancelled"), Nothing),
        (run, set_to("workflow_run.conclusion", "action_required"), Nothing),
        (run, set_to(HOME, None), PublishRun),
        (run, set_to("workflow_run.actor", None), PublishRun),
        # One of an own branch could write, and has reported itself.
        (run, set_to(f"{HOME}.full_name", "OCTO/Results"), Nothing),
        (comment(COMMAND), unchanged, CountApprovals),
        (comment("/revoke-metrics"), unchanged, CountApprovals),
        (comment(f"I think so.\n\n{COMMAND} because"), unchanged, CountApprovals),
        (comment("Thank you!"), unchanged, Nothing),
        (comment(COMMAND), set_to("action", "deleted"), CountApprovals),
        (comment(COMMAND), set_to("action", "pinned"), Nothing),
        (comment(COMMAND), set_to("issue.pull_request", None), Nothing),
        (comment(COMMAND), set_to("issue.state", "closed"), Nothing),
        (comment(COMMAND), set_to("comment.user.type", "Bot"), Nothing),
        (comment(COMMAND), set_to("comment.user.login", "robo[bot]"), Nothing),
        (comment(COMMAND), set_to("comment.user", None), Nothing),
        (comment(COMMAND, "Never mind."), unchanged, CountApprovals),
        (comment("Hm.", COMMAND), unchanged, CountApprovals),
        (comment("Hm.", "Well."), unchanged, Nothing),
        (review("COMMENT", COMMAND), unchanged, CountApprovals),
        (review("COMMENT", "Nice."), unchanged, Nothing),
        (review("COMMENT", "Nice."), set_to("review.body", None), Nothing),
        (review("APPROVE", "Nice."), unchanged, CountApprovals),
        (review("APPROVE", "Nice."), set_to("review.state", "APPROVED"), CountApprovals),
        (review("APPROVE", "", "dismissed"), unchanged, CountApprovals),
        (review("COMMENT", COMMAND, "edited"), unchanged, CountApprovals),
        (review("APPROVE"), set_to("action", "viewed"), Nothing),
        (review("APPROVE", "Nice.", "edited"), unchanged, Nothing),
        (review("APPROVE"), set_to("review.user.type", "Bot"), Nothing),
        (review("APPROVE"), set_to("pull_request.state", "closed"), Nothing),
        (review("APPROVE"), set_to(HEAD, None), Nothing),
    ],
)
def test_what_an_event_asks_for(stage: Scene, build: Build, edit: Edit, kind: type) -> None:
    assert type(activity(build(stage), edit)) is kind


def test_a_pull_request_is_known_by_number_and_head(stage: Scene) -> None:
    assert activity(pull("opened")(stage)) == JudgePull(1, stage.head())


def test_a_pull_request_whose_run_somebody_started_again(stage: Scene) -> None:
    """The run has the rights of the first one's actor."""
    event = pull("opened")(stage)
    assert type(activity(event, repository="OCTO/Results", actor="mia")) is JudgePull
    assert type(activity(event, actor="dependabot[bot]")) is CollectOnly


def test_a_run_of_dependabots_is_published(stage: Scene) -> None:
    event = run(stage)
    ours = set_to(f"{HOME}.full_name", "octo/results")
    ours(event.payload)
    assert type(activity(event)) is Nothing
    found = activity(event, set_to("workflow_run.actor.login", "dependabot[bot]"))
    assert found == PublishRun(event.payload["workflow_run"]["id"])


def test_merge_groups(stage: Scene) -> None:
    base = stage.head("main")
    event = stage.events.merge_group(stage.repo, stage.pull(WORSE))
    assert activity(event) == JudgeQueue(event.sha, base, "main", "main", 1)
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

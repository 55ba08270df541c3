"""What started the workflow -> what to do about it. Pure: reads no file, asks nobody.

A payload tells whom to ask about, and is no authority: heads, bases and permissions are asked of
the API when the activity is carried out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from results_bot.errors import BotError, ConfigError
from results_bot.github.activity import (
    Activity,
    CollectOnly,
    CountApprovals,
    JudgePull,
    JudgeQueue,
    Nothing,
    PublishRun,
    Refresh,
)
from results_bot.github.fields import Fields
from results_bot.hostile import printable

COMMAND = re.compile(r"/(?:approve|revoke)-metrics", re.IGNORECASE)
"""What may hold a command; its grammar is the approvals' business.

The workflows' own condition is the same. Whatever starts a job counts all approvals: a job that
waits is cancelled for a newer one, which must then do its work.
"""

_BRANCHES = "refs/heads/"
_DEPENDABOT = "dependabot[bot]"
_WORTH_READING = ("success", "failure", "timed_out", "neutral")


class Surroundings(msgspec.Struct, frozen=True):
    """What the runner says about a job besides the event's payload."""

    repository: str
    """OWNER/NAME of the repository whose workflow runs."""
    ref: str
    sha: str
    actor: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Surroundings:
        """Read the runner's variables. Raises ConfigError where one is missing."""
        names = ("GITHUB_REPOSITORY", "GITHUB_REF", "GITHUB_SHA")
        for name in names:
            if not environment.get(name):
                raise ConfigError(f"{name} is not set: this is no job of GitHub Actions")
        repository, ref, sha = (environment[name] for name in names)
        return cls(repository, ref, sha, environment.get("GITHUB_ACTOR", ""))


def decide(event: str, payload: Any, around: Surroundings) -> Activity:
    """Return what an event asks for. Raises BotError where the payload lacks what it must have."""
    deciding = _DECIDING.get(event)
    if deciding is None:
        return Nothing(f"nothing is done for the event {printable(event) or '(none)'}")
    return deciding(Fields(payload, f"event {event}", BotError), around)


def _pull_request(event: Fields, around: Surroundings) -> Activity:
    action = event.text("action")
    moved_base = action == "edited" and event.has("changes.base")
    if action not in ("opened", "synchronize", "reopened", "ready_for_review") and not moved_base:
        return Nothing(f"a pull request that was {printable(action)} needs nothing")
    number, base = event.number("pull_request.number"), event.text("pull_request.base.ref")
    sha, branch = event.commit("pull_request.head.sha"), event.text("pull_request.head.ref")
    if _of_fork(event, "pull_request.head.repo", around):
        return CollectOnly(number, sha, base, "it comes from a fork")
    if around.actor == _DEPENDABOT or event.text_or("sender.login") == _DEPENDABOT:
        return CollectOnly(number, sha, base, "Dependabot's runs can only read")
    return JudgePull(number, branch, sha, base)


def _workflow_run(event: Fields, around: Surroundings) -> Activity:
    if event.text("action") != "completed":
        return Nothing("the run has not finished")
    started_by = event.text("workflow_run.event")
    if started_by != "pull_request":
        return Nothing(f"the run was started by {printable(started_by)}, not by a pull request")
    conclusion = event.text_or("workflow_run.conclusion", "none")
    if conclusion not in _WORTH_READING:
        return Nothing(f"the run's conclusion is {printable(conclusion)}")
    home = "workflow_run.head_repository"
    fork = _of_fork(event, home, around)
    return PublishRun(
        run_id=event.number("workflow_run.id"),
        conclusion=conclusion,
        head_repository=event.full_name(f"{home}.full_name") if event.has(home) else None,
        head_branch=event.text_or("workflow_run.head_branch"),
        head_sha=event.commit("workflow_run.head_sha"),
        fork=fork,
        read_only=fork or event.text_or("workflow_run.actor.login") == _DEPENDABOT,
    )


def _issue_comment(event: Fields, _: Surroundings) -> Activity:
    action = event.text("action")
    if not event.has("issue.pull_request"):
        return Nothing("the comment is not on a pull request")
    if action not in ("created", "edited", "deleted"):
        return Nothing(f"a comment that was {printable(action)} needs nothing")
    if reason := _unheard(event, "comment", action):
        return Nothing(reason)
    if event.text("issue.state") != "open":
        return Nothing("the pull request is not open")
    login, id_ = event.text("comment.user.login"), event.number("comment.id")
    return CountApprovals(event.number("issue.number"), f"comment {action}", login, id_)


def _review(event: Fields, around: Surroundings) -> Activity:
    action = event.text("action")
    if action not in ("submitted", "edited", "dismissed"):
        return Nothing(f"a review that was {printable(action)} needs nothing")
    approves = action == "submitted" and event.text("review.state").lower() == "approved"
    reason = _unheard(event, "review", action)
    if reason and (_is_bot(event, "review") or not (approves or action == "dismissed")):
        return Nothing(reason)
    if event.text("pull_request.state") != "open":
        return Nothing("the pull request is not open")
    if _of_fork(event, "pull_request.head.repo", around):
        return Nothing("a review of a fork's pull request gives no right to write; comments do")
    login, id_ = event.text("review.user.login"), event.number("review.id")
    return CountApprovals(event.number("pull_request.number"), f"review {action}", login, id_)


def _merge_group(event: Fields, _: Surroundings) -> Activity:
    if event.text("action") != "checks_requested":
        return Nothing("the merge queue asks for no checks")
    ref = event.text("merge_group.head_ref")
    found = re.search(r"/pr-(\d{1,10})-[0-9a-f]+$", ref)
    return JudgeQueue(
        head_sha=event.commit("merge_group.head_sha"),
        base_sha=event.commit("merge_group.base_sha"),
        base_branch=event.text("merge_group.base_ref").removeprefix(_BRANCHES),
        default_branch=event.text("repository.default_branch"),
        last_pull=int(found[1]) if found else None,
    )


def _push(event: Fields, _: Surroundings) -> Activity:
    ref, default = event.text("ref"), event.text("repository.default_branch")
    if event.flag_or("deleted"):
        return Nothing("the branch was deleted")
    if ref != _BRANCHES + default:
        return Nothing(f"{printable(ref)} is not the default branch")
    return Refresh(default, event.commit("after"), "push")


def _dispatch(event: Fields, around: Surroundings) -> Activity:
    default = event.text("repository.default_branch")
    if around.ref != _BRANCHES + default:
        return Nothing(f"{printable(around.ref)} is not the default branch")
    return Refresh(default, around.sha, "workflow_dispatch")


def _schedule(_: Fields, around: Surroundings) -> Activity:
    # Schedules run on the default branch only, and their payload need not name it.
    return Refresh(around.ref.removeprefix(_BRANCHES), around.sha, "schedule")


_DECIDING: dict[str, Callable[[Fields, Surroundings], Activity]] = {
    "pull_request": _pull_request,
    "workflow_run": _workflow_run,
    "issue_comment": _issue_comment,
    "pull_request_review": _review,
    "merge_group": _merge_group,
    "push": _push,
    "workflow_dispatch": _dispatch,
    "schedule": _schedule,
}


def _of_fork(event: Fields, home: str, around: Surroundings) -> bool:
    """Tell whether a head lies elsewhere; one whose repository is gone lay in a fork."""
    if not event.has(home):
        return True
    return event.full_name(f"{home}.full_name").lower() != around.repository.lower()


def _unheard(event: Fields, kind: str, action: str) -> str | None:
    """Say why what somebody wrote changes no approval; None where it may."""
    if _is_bot(event, kind):
        return f"the {kind} is a bot's"
    # A command that was edited or taken away no longer counts, so what it was matters too.
    before = event.text_or("changes.body.from") if action == "edited" else ""
    if not any(COMMAND.search(text) for text in (event.text_or(f"{kind}.body"), before)):
        return f"the {kind} holds no command"
    return None


def _is_bot(event: Fields, kind: str) -> bool:
    """Tell whether a bot wrote it, or somebody who no longer exists."""
    if not event.has(f"{kind}.user"):
        return True
    login, type_ = event.text(f"{kind}.user.login"), event.text_or(f"{kind}.user.type")
    return type_ == "Bot" or login.endswith("[bot]")

"""From the event that started the workflow to the activity it asks for. Pure: no I/O.

A payload identifies what to ask the API about and is no authority: heads, bases and permissions
are read from the API when the activity is carried out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from results_bot.errors import BotError, ConfigError
from results_bot.escape import printable

COMMAND = re.compile(r"/(?:approve|revoke)-metrics", re.IGNORECASE)
"""Matches text that may hold a command; `judge.approvals` has the grammar.

The workflows' `if:` is the same condition. Each job that starts counts all approvals, because a
job that waits in a concurrency group is cancelled for a newer one.
"""
_BRANCHES = "refs/heads/"
_DEPENDABOT = "dependabot[bot]"
_WORTH_READING = ("success", "failure", "timed_out", "neutral")


class Nothing(Struct, frozen=True):
    """Nothing to do, and why."""

    reason: str


class JudgePull(Struct, frozen=True):
    """Judge and report on a pull request from a branch of this repository."""

    number: int
    head_sha: str


class CollectOnly(Struct, frozen=True):
    """Collect and upload raw metrics; write nothing, since the token can only read."""

    head_sha: str
    base_branch: str
    reason: str


class PublishRun(Struct, frozen=True):
    """Judge and report on what a run that could only read has uploaded."""

    run_id: int


class CountApprovals(Struct, frozen=True):
    """Count all approvals of a pull request again, after somebody wrote about them."""

    number: int


class JudgeQueue(Struct, frozen=True):
    """Judge what the merge queue would merge."""

    head_sha: str
    base_sha: str
    base_branch: str
    default_branch: str
    last_pull: int
    """The pull request on top of the group, 0 if not named; the commits below name the others."""


class Refresh(Struct, frozen=True):
    """Refresh the page of the default branch, and open or update one pull request."""

    branch: str
    sha: str


Activity = Nothing | JudgePull | CollectOnly | PublishRun | CountApprovals | JudgeQueue | Refresh


_VARIABLES = {
    "repository": "GITHUB_REPOSITORY",
    "ref": "GITHUB_REF",
    "sha": "GITHUB_SHA",
    "actor": "GITHUB_ACTOR",
    "id": "GITHUB_RUN_ID",
    "attempt": "GITHUB_RUN_ATTEMPT",
    "server_url": "GITHUB_SERVER_URL",
    "folder": "RUNNER_TEMP",
    "workflow_ref": "GITHUB_WORKFLOW_REF",
    "action": "GITHUB_ACTION_REPOSITORY",
}


class RunInfo(Struct, frozen=True, rename=_VARIABLES):
    """The workflow run that this process is part of, as the runner describes it."""

    repository: str
    """OWNER/NAME of the repository whose workflow runs."""
    ref: str
    sha: str
    actor: str = ""
    id: int = 0
    attempt: int = 1
    server_url: str = "https://github.com"
    folder: str = "."
    """Where files that outlive the step may be put."""
    workflow_ref: str = ""
    """Such as OWNER/NAME/.github/workflows/train.yml@refs/heads/main."""
    action: str = ""
    """The repository of the action that runs, which is results-bot's; empty where not known."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> RunInfo:
        """Return what the runner sets. Raises ConfigError outside of GitHub Actions."""
        given = {name: value for name, value in environment.items() if value}
        try:
            return msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as error:
            raise ConfigError(f"{error}; `ci` runs inside GitHub Actions") from None

    @property
    def workflow(self) -> str:
        """Path of the workflow's file."""
        return self.workflow_ref.removeprefix(f"{self.repository}/")

    @property
    def repository_url(self) -> str:
        """The repository's address."""
        return f"{self.server_url}/{self.repository}"

    @property
    def url(self) -> str:
        """The run's address."""
        return f"{self.repository_url}/actions/runs/{self.id}" if self.id else ""


Sha = Annotated[str, Meta(pattern=r"\A[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")]
FullName = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\Z")]


class _User(Struct):
    login: str
    type: str = ""


class _Repository(Struct):
    full_name: FullName
    default_branch: str = ""


class _Branch(Struct):
    ref: str
    sha: Sha
    repo: _Repository | None = None


class _PullRequest(Struct):
    number: int
    base: _Branch
    head: _Branch
    state: str = ""


class _Run(Struct):
    id: int
    event: str
    conclusion: str | None = None
    head_repository: _Repository | None = None
    actor: _User | None = None


class _Statement(Struct):
    """A comment or a review."""

    user: _User | None = None
    body: str | None = None
    state: str = ""

    @property
    def is_bot(self) -> bool:
        """Return True if a bot wrote it, or somebody whose account is gone."""
        user = self.user
        return user is None or user.type == "Bot" or user.login.endswith("[bot]")


class _Issue(Struct):
    number: int
    state: str
    pull_request: Any = None


class _MergeGroup(Struct):
    head_sha: Sha
    base_sha: Sha
    head_ref: str
    base_ref: str


class _Event(Struct):
    """The parts of a payload that matter; each event has some of them."""

    action: str = ""
    repository: _Repository | None = None
    sender: _User | None = None
    changes: dict[str, dict[str, Any]] = {}
    pull_request: _PullRequest | None = None
    workflow_run: _Run | None = None
    issue: _Issue | None = None
    comment: _Statement | None = None
    review: _Statement | None = None
    merge_group: _MergeGroup | None = None
    deleted: bool = False
    """Of a push: it deleted the branch."""

    def concerns_approvals(self, statement: _Statement) -> bool:
        """Return True if a statement holds a command, or held one before it was edited."""
        before = self.changes.get("body", {}).get("from") or ""
        return any(COMMAND.search(text) for text in (statement.body or "", before))


def decide(event: str, payload: Any, around: RunInfo) -> Activity:
    """Return what an event asks for. Raises BotError where the payload is not what it must be."""
    if event not in _EVENTS:
        return Nothing(f"nothing is done for the event {printable(event) or '(none)'}")
    activity, needed = _EVENTS[event]
    try:
        found = msgspec.convert(payload, _Event)
    except msgspec.ValidationError as error:
        raise BotError(f"event {event}: {printable(str(error))}") from None
    for name in needed:
        if not getattr(found, name):
            raise BotError(f"event {event}: `{name}` is missing")
    return activity(found, around)


def _pull_request(event: Any, around: RunInfo) -> Activity:
    action, pull = event.action, event.pull_request
    moved_base = action == "edited" and "base" in event.changes
    if action not in ("opened", "synchronize", "reopened", "ready_for_review") and not moved_base:
        return Nothing(f"a pull request that was {printable(action)} needs nothing")
    if _is_fork(pull.head.repo, around):
        reason = "it comes from a fork"
    elif _DEPENDABOT in (around.actor, event.sender.login if event.sender else ""):
        reason = "Dependabot's runs can only read"
    else:
        return JudgePull(pull.number, pull.head.sha)
    return CollectOnly(pull.head.sha, pull.base.ref, reason)


def _workflow_run(event: Any, around: RunInfo) -> Activity:
    run = event.workflow_run
    if event.action != "completed":
        return Nothing("the run has not finished")
    if run.event != "pull_request":
        return Nothing(f"the run was started by {printable(run.event)}, not by a pull request")
    if run.conclusion not in _WORTH_READING:
        return Nothing(f"the run's conclusion is {printable(run.conclusion or 'none')}")
    by_dependabot = run.actor is not None and run.actor.login == _DEPENDABOT
    if not (by_dependabot or _is_fork(run.head_repository, around)):
        return Nothing("the run could write, and has reported itself")
    return PublishRun(run.id)


def _issue_comment(event: Any, _: RunInfo) -> Activity:
    issue, comment = event.issue, event.comment
    if issue.pull_request is None:
        return Nothing("the comment is not on a pull request")
    if event.action not in ("created", "edited", "deleted"):
        return Nothing(f"a comment that was {printable(event.action)} needs nothing")
    if comment.is_bot:
        return Nothing("the comment is a bot's")
    if not event.concerns_approvals(comment):
        return Nothing("the comment holds no command")
    if issue.state != "open":
        return Nothing("the pull request is not open")
    return CountApprovals(issue.number)


def _review(event: Any, around: RunInfo) -> Activity:
    action, review, pull = event.action, event.review, event.pull_request
    if action not in ("submitted", "edited", "dismissed"):
        return Nothing(f"a review that was {printable(action)} needs nothing")
    if review.is_bot:
        return Nothing("the review is a bot's")
    approves = action == "submitted" and review.state.lower() == "approved"
    if not (approves or action == "dismissed" or event.concerns_approvals(review)):
        return Nothing("the review holds no command")
    if pull.state != "open":
        return Nothing("the pull request is not open")
    if _is_fork(pull.head.repo, around):
        return Nothing("a review of a fork's pull request gives no right to write; comments do")
    return CountApprovals(pull.number)


def _merge_group(event: Any, _: RunInfo) -> Activity:
    if event.action != "checks_requested":
        return Nothing("the merge queue asks for no checks")
    group = event.merge_group
    found = re.search(r"/pr-(\d{1,10})-[0-9a-f]+$", group.head_ref)
    return JudgeQueue(
        group.head_sha,
        group.base_sha,
        group.base_ref.removeprefix(_BRANCHES),
        event.repository.default_branch,
        int(found[1]) if found else 0,
    )


def _default_branch(event: Any, around: RunInfo) -> Activity:
    # Such a run may have the ref and the commit of the default branch.
    if event.deleted:
        return Nothing("the branch was deleted")
    branch = around.ref.removeprefix(_BRANCHES)
    # Schedules run on the default branch only, and their payload need not name it.
    default = event.repository.default_branch if event.repository else ""
    if default and branch != default:
        return Nothing(f"{printable(around.ref)} is not the default branch")
    return Refresh(branch, around.sha)


_EVENTS: Mapping[str, tuple[Callable[[Any, RunInfo], Activity], tuple[str, ...]]] = {
    "pull_request": (_pull_request, ("action", "pull_request")),
    "workflow_run": (_workflow_run, ("action", "workflow_run")),
    "issue_comment": (_issue_comment, ("action", "issue", "comment")),
    "pull_request_review": (_review, ("action", "pull_request", "review")),
    "merge_group": (_merge_group, ("action", "merge_group", "repository")),
    "push": (_default_branch, ("repository",)),
    "workflow_dispatch": (_default_branch, ("repository",)),
    "schedule": (_default_branch, ()),
}
"""What each event asks for, and the parts of the payload that it must have."""


def _is_fork(home: _Repository | None, around: RunInfo) -> bool:
    """Return True if a head lies elsewhere; one whose repository is gone lay in a fork."""
    return home is None or home.full_name.lower() != around.repository.lower()

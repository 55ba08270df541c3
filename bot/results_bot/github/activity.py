"""What there is to do, one class for each kind of work; `event` chooses, `commands` carries out."""

from __future__ import annotations

import msgspec


class Nothing(msgspec.Struct, frozen=True):
    """Nothing to do, and why."""

    reason: str


class JudgePull(msgspec.Struct, frozen=True):
    """Compare, judge and report on a pull request from a branch of this repository."""

    number: int
    head_branch: str
    head_sha: str
    base_branch: str


class CollectOnly(msgspec.Struct, frozen=True):
    """Collect and upload raw metrics, and write nothing: the token can only read."""

    number: int
    head_sha: str
    base_branch: str
    reason: str


class PublishRun(msgspec.Struct, frozen=True):
    """Judge and report on what a finished run uploaded; its pull request is for the API to say."""

    run_id: int
    conclusion: str
    head_repository: str | None
    """OWNER/NAME; None where the fork was deleted."""
    head_branch: str
    head_sha: str
    fork: bool
    read_only: bool
    """The run's own token could not write, so that nothing was published yet."""


class CountApprovals(msgspec.Struct, frozen=True):
    """Somebody approved, revoked, edited, deleted or dismissed: count again."""

    number: int
    cause: str
    """Such as `comment created`."""
    by: str
    """Login of who wrote the comment or review."""
    id: int
    """Of the comment or review."""


class JudgeQueue(msgspec.Struct, frozen=True):
    """Judge what the merge queue would merge."""

    head_sha: str
    base_sha: str
    base_branch: str
    default_branch: str
    last_pull: int | None
    """The pull request on top of the group; the commits between tell the others."""


class Refresh(msgspec.Struct, frozen=True):
    """Refresh the page of the default branch, and open or update one pull request."""

    branch: str
    sha: str
    cause: str


Activity = (
    Nothing | JudgePull | CollectOnly | PublishRun | CountApprovals | JudgeQueue | Refresh
)  # fmt: skip

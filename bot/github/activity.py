"""What there is to do, one class for each kind of work; `event` chooses, `commands` carries out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing to do, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class JudgePull:
    """Compare, judge and report on a pull request from a branch of this repository."""

    number: int
    head_branch: str
    head_sha: str
    base_branch: str


@dataclass(frozen=True, slots=True)
class CollectOnly:
    """Collect and upload raw metrics, and write nothing: the token can only read."""

    number: int
    head_sha: str
    base_branch: str
    reason: str


@dataclass(frozen=True, slots=True)
class PublishRun:
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


@dataclass(frozen=True, slots=True)
class CountApprovals:
    """Somebody approved, revoked, edited, deleted or dismissed: count again."""

    number: int
    cause: str
    """Such as `comment created`."""
    by: str
    """Login of who wrote the comment or review."""
    id: int
    """Of the comment or review."""


@dataclass(frozen=True, slots=True)
class JudgeQueue:
    """Judge what the merge queue would merge."""

    head_sha: str
    base_sha: str
    base_branch: str
    default_branch: str
    last_pull: int | None
    """The pull request on top of the group; the commits between tell the others."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """Refresh the page of the default branch, and open or update one pull request."""

    branch: str
    sha: str
    cause: str


Activity = (
    Nothing | JudgePull | CollectOnly | PublishRun | CountApprovals | JudgeQueue | Refresh
)  # fmt: skip

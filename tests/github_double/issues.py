"""Issues, pull requests, their comments and reviews, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tests.github_double.people import User

if TYPE_CHECKING:
    from tests.github_double.state import Repository


@dataclass(eq=False)
class Edit:
    """One edit of a comment: what stood there before."""

    editor: User
    at: str
    before: str


@dataclass(eq=False)
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    issue: Issue
    user: User
    body: str
    created_at: str
    edits: list[Edit] = field(default_factory=list)


@dataclass(eq=False)
class Review:
    """A submitted review of a pull request at one commit."""

    id: int
    user: User
    body: str
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED"]
    commit_id: str
    submitted_at: str
    edits: list[Edit] = field(default_factory=list)


@dataclass(eq=False)
class Issue:
    """What has a number and comments."""

    id: int
    repo: Repository = field(repr=False)
    number: int
    user: User
    title: str
    body: str | None
    created_at: str
    updated_at: str
    state: Literal["open", "closed"] = "open"


@dataclass(eq=False, kw_only=True)
class PullRequest(Issue):
    """A pull request; `head_repo` is None once the fork is deleted."""

    base_branch: str
    base_sha: str
    head_repo: Repository | None
    head_owner: User
    head_branch: str
    head_sha: str
    merge_commit: str | None = None
    reviews: list[Review] = field(default_factory=list)

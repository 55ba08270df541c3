"""Issues, pull requests, their comments and reviews, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tests.github_double.people import User

if TYPE_CHECKING:
    from tests.github_double.state import Repository

ReviewState = Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]


@dataclass(eq=False)
class Edit:
    """One edit of a text: what stood there before."""

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
    updated_at: str
    association: str
    edits: list[Edit] = field(default_factory=list)
    minimized: str | None = None
    """Why it is folded away (`outdated`), None where it is not."""
    app_id: int | None = None


@dataclass(eq=False)
class Review:
    """A review of a pull request at one commit."""

    id: int
    user: User
    body: str
    state: ReviewState
    commit_id: str
    submitted_at: str | None
    association: str
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
    association: str
    state: Literal["open", "closed"] = "open"
    closed_at: str | None = None


@dataclass(eq=False)
class PullRequest(Issue):
    """A pull request; `head_repo` is None once the fork is deleted."""

    base_branch: str = "main"
    base_sha: str = ""
    head_repo: Repository | None = None
    head_owner: User | None = None
    head_branch: str = ""
    head_sha: str = ""
    draft: bool = False
    merged_at: str | None = None
    merged_by: User | None = None
    merge_commit: str | None = None
    reviews: dict[int, Review] = field(default_factory=dict)

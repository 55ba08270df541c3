"""Everything on GitHub that is plain data: people, repositories, issues, checks, workflow runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

BRANCHES = "refs/heads/"
Access = Literal["read", "write"]

ACTIONS_APP_ID = 15368
ACTIONS_LOGIN = "github-actions[bot]"
GITHUB = "noreply@github.com"
WEB_FLOW = "web-flow"
"""The user that GitHub shows as the committer of commits made on its pages and by GraphQL."""
ALL_WRITE: dict[str, Access] = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "pull-requests": "write",
}
ALL_READ: dict[str, Access] = dict.fromkeys(ALL_WRITE, "read")


@dataclass(eq=False)
class User:
    """A person, an organisation or an app's bot."""

    login: str
    id: int

    @property
    def type(self) -> Literal["User", "Bot"]:
        return "Bot" if self.login.endswith("[bot]") else "User"

    @property
    def email(self) -> str:
        """The address that GitHub puts into commits made through it."""
        if self.login == WEB_FLOW:
            return GITHUB
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(eq=False)
class Token:
    """The token of an app's installation: what a client sends, and what it may do."""

    name: str
    secret: str = field(repr=False)
    user: User
    permissions: dict[str, Access]
    repository: str
    """Full name of the one repository that it may write to; all are public."""
    app_id: int = ACTIONS_APP_ID

    def may_write(self, repository: str, *permissions: str) -> bool:
        """Return True if the token has one of some permissions on a repository."""
        granted = [self.permissions.get(permission) for permission in permissions]
        return repository == self.repository and "write" in granted


@dataclass(eq=False, repr=False)
class Repository:
    """A public repository; its objects live in the store that all share."""

    id: int
    owner: User
    name: str
    default_branch: str = "main"
    parent: Repository | None = None
    refs: dict[str, str] = field(default_factory=dict)
    """Full names of references to hashes of commits."""
    roles: dict[str, str] = field(default_factory=dict)
    """Logins to roles: admin, maintain, write, triage or read."""
    protected: set[str] = field(default_factory=set)
    """Branches to which nothing may be pushed but by a merged pull request."""
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    runs: dict[int, WorkflowRun] = field(default_factory=dict)
    jobs: dict[int, Job] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Repository({self.full_name})"

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> list[PullRequest]:
        return [issue for issue in self.issues.values() if isinstance(issue, PullRequest)]

    def branch(self, name: str) -> str | None:
        return self.refs.get(BRANCHES + name)


@dataclass(eq=False)
class Edit:
    editor: User
    at: str
    before: str


@dataclass(eq=False)
class Comment:
    id: int
    issue: Issue
    user: User
    body: str
    created_at: str
    edits: list[Edit] = field(default_factory=list)
    minimized: bool = False


@dataclass(eq=False)
class Review:
    """A submitted review of a pull request at one commit."""

    id: int
    user: User
    body: str
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]
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


@dataclass(eq=False)
class CheckRun:
    id: int
    name: str
    head_sha: str
    app_id: int
    status: str = "queued"
    conclusion: str | None = None
    details_url: str | None = None
    external_id: str | None = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(eq=False)
class WorkflowRun:
    """One run of the workflow in `.github/workflows/NAME.yml`."""

    id: int
    repo: Repository = field(repr=False)
    name: str
    event: str
    head_sha: str
    head_branch: str
    head_repo: Repository | None
    """None once the fork is deleted."""
    actor: User
    status: str
    conclusion: str | None
    attempt: int = 1


@dataclass(eq=False)
class Job:
    """One job of one attempt of a run; one without a conclusion is still running."""

    id: int
    run: WorkflowRun
    name: str
    conclusion: str | None
    attempt: int


@dataclass(eq=False)
class Artifact:
    """An archive that a job uploaded; `archive` is the whole zip."""

    id: int
    run: WorkflowRun
    name: str
    archive: bytes
    digest: str | None
    created_at: str
    expired: bool

"""Everything the double remembers, as plain data; who may see or change it is decided elsewhere."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field

from tests.github_double.checks import CheckRun
from tests.github_double.clock import Clock
from tests.github_double.git_objects import Commit, ObjectStore
from tests.github_double.issues import Comment, Issue, PullRequest
from tests.github_double.people import ACTIONS_LOGIN, WEB_FLOW, Token, User
from tests.github_double.runs import Artifact, Job, WorkflowRun

BRANCHES = "refs/heads/"


@dataclass(eq=False, repr=False)
class Repository:
    """A repository; its objects live in the store that all share."""

    id: int
    owner: User
    name: str
    created_at: str
    default_branch: str = "main"
    private: bool = False
    parent: Repository | None = None
    refs: dict[str, str] = field(default_factory=dict)
    """Full names of references to hashes of commits."""
    roles: dict[str, str] = field(default_factory=dict)
    """Logins to roles; a name that is no built-in role is looked up in `custom_roles`."""
    custom_roles: dict[str, str] = field(default_factory=dict)
    """Names of an organisation's own roles to the built-in role they extend."""
    protected: set[str] = field(default_factory=set)
    """Branches to which nothing may be pushed but by a merged pull request."""
    actions_may_open_pulls: bool = True
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    runs: dict[int, WorkflowRun] = field(default_factory=dict)
    jobs: dict[int, Job] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __repr__(self) -> str:
        return f"Repository({self.full_name})"

    @property
    def full_name(self) -> str:
        """Owner and name."""
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> list[PullRequest]:
        """All pull requests, oldest first."""
        return [issue for issue in self.issues.values() if isinstance(issue, PullRequest)]

    def branch(self, name: str) -> str | None:
        """Return a branch's head."""
        return self.refs.get(BRANCHES + name)

    def role(self, login: str) -> str:
        """Return somebody's role: `none` for a stranger to a private repository, else `read`."""
        if login == self.owner.login:
            return "admin"
        return self.roles.get(login, "none" if self.private else "read")


class State:
    """The whole of the double's GitHub."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.store = ObjectStore()
        self.users: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}
        self.tokens: dict[str, Token] = {}
        self._ids = itertools.count(1001)
        self.actions_bot = User(ACTIONS_LOGIN, 41898282, "Bot")
        self.users[ACTIONS_LOGIN] = self.actions_bot
        self.users[WEB_FLOW] = User(WEB_FLOW, 19864447)

    def new_id(self) -> int:
        """Return an id that nothing else has."""
        return next(self._ids)

    def user(self, login: str) -> User:
        """Return a user, made at the first mention."""
        if login not in self.users:
            is_bot = login.endswith("[bot]")
            self.users[login] = User(login, self.new_id(), "Bot" if is_bot else "User")
        return self.users[login]

    def repository(self, full_name: str) -> Repository | None:
        """Find a repository, in whatever case it is written."""
        return self.repositories.get(full_name.lower())

    def resolve(self, repo: Repository, name: str) -> Commit | None:
        """Find a commit by branch, tag, reference, hash or the hash's beginning."""
        for prefix in ("", "refs/", BRANCHES, "refs/tags/"):
            if sha := repo.refs.get(prefix + name):
                return self.store.commits.get(sha)
        if found := self.pull_commit(repo, name):
            return found
        if name in self.store.commits:
            return self.store.commits[name]
        if len(name) >= 7:
            full = [sha for sha in self.store.commits if sha.startswith(name)]
            return self.store.commits[full[0]] if len(full) == 1 else None
        return None

    def pull_commit(self, repo: Repository, name: str) -> Commit | None:
        """Find what GitHub's own references mean, `pull/1/head` and `pull/1/merge`."""
        parts = name.removeprefix("refs/").split("/")
        if len(parts) != 3 or parts[0] != "pull" or not parts[1].isdigit():
            return None
        pull = repo.issues.get(int(parts[1]))
        if not isinstance(pull, PullRequest):
            return None
        if parts[2] == "merge":
            from tests.github_double.refs import merge_preview

            return merge_preview(self, repo, pull)
        return self.store.commits[self.head_sha(pull)]

    def head_sha(self, pull: PullRequest) -> str:
        """Return a pull request's head: its branch's while open, the last one afterwards."""
        if pull.state == "open" and pull.head_repo is not None:
            pull.head_sha = pull.head_repo.branch(pull.head_branch) or pull.head_sha
        return pull.head_sha

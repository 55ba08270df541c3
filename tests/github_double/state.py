"""Everything the double remembers; who may see or change it is decided elsewhere."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta

from tests.github_double import git_history
from tests.github_double.git_objects import Commit, ObjectStore, Signature
from tests.github_double.records import (
    ACTIONS_LOGIN,
    BRANCHES,
    GITHUB,
    WEB_FLOW,
    PullRequest,
    Repository,
    Token,
    User,
)


class Clock:
    """A clock that moves a second at every look, so that orders and edits show in the dates."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 5, 12, tzinfo=UTC)

    def tick(self) -> str:
        self._now += timedelta(seconds=1)
        return iso(self._now)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class State:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.store = ObjectStore()
        self.users: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}
        self.tokens: dict[str, Token] = {}
        self._ids = itertools.count(1001)
        for login in (ACTIONS_LOGIN, WEB_FLOW):
            self.user(login)

    def new_id(self) -> int:
        return next(self._ids)

    def user(self, login: str) -> User:
        """Return a user, made at the first mention; a bot where the login ends in `[bot]`."""
        if login not in self.users:
            self.users[login] = User(login, self.new_id())
        return self.users[login]

    def user_of(self, one: Signature) -> User | None:
        """Return the user that a commit's author or committer is, by the address."""
        return next((user for user in self.users.values() if user.email == one.email), None)

    def repository(self, full_name: str) -> Repository | None:
        """Find a repository, in whatever case it is written."""
        return self.repositories.get(full_name.lower())

    def resolve(self, repo: Repository, name: str) -> Commit | None:
        for prefix in ("", "refs/", BRANCHES):
            if sha := repo.refs.get(prefix + name):
                return self.store.commits[sha]
        return self.store.commits.get(name)

    def head_sha(self, pull: PullRequest) -> str:
        """Return a pull request's head: its branch's while open, the last one afterwards."""
        if pull.state == "open" and pull.head_repo is not None:
            pull.head_sha = pull.head_repo.branch(pull.head_branch) or pull.head_sha
        return pull.head_sha

    def commits_of(self, pull: PullRequest) -> list[Commit]:
        """Return the commits that a pull request brings, parents first."""
        base = pull.repo.branch(pull.base_branch) if pull.state == "open" else None
        return git_history.between(self.store, base or pull.base_sha, self.head_sha(pull))

    def move(self, repo: Repository, ref: str, sha: str) -> None:
        """Set a reference, and do to pull requests what GitHub does when their branches move."""
        repo.refs[ref] = sha
        branch = ref.removeprefix(BRANCHES)
        for other in self.repositories.values():
            for pull in other.pulls:
                if pull.state != "open":
                    continue
                if pull.head_repo is repo and pull.head_branch == branch:
                    pull.head_sha = sha
                    pull.base_sha = other.branch(pull.base_branch) or pull.base_sha
                    pull.updated_at = self.clock.tick()
                elif other is repo and pull.base_branch == branch:
                    head = self.head_sha(pull)
                    if head != pull.base_sha and head in git_history.ancestors(self.store, sha):
                        self.close(pull, sha)

    def close(self, pull: PullRequest, merge_commit: str | None = None) -> None:
        """Close a pull request, as merged by a commit or unmerged."""
        self.head_sha(pull)
        pull.state, pull.merge_commit = "closed", merge_commit
        pull.updated_at = self.clock.tick()

    def merge_preview(self, pull: PullRequest) -> Commit | None:
        """Return the merge that GitHub keeps at `refs/pull/N/merge`, None when it conflicts."""
        store, head = self.store, self.head_sha(pull)
        base = pull.repo.branch(pull.base_branch) or pull.base_sha
        if (base, head) not in store.merges:
            files = git_history.merged_files(store, base, head)
            date = max(store.commits[sha].committer.date for sha in (base, head))
            github, message = Signature("GitHub", GITHUB, date), f"Merge {head} into {base}"
            store.merges[base, head] = (
                None
                if files is None
                else store.put_commit(
                    store.put_files(files), (base, head), message, github, verified=True
                )
            )
        return store.merges[base, head]

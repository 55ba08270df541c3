"""Makes users, tokens, repositories and commits; asks nobody's permission."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from tests.github_double import refs
from tests.github_double.git_objects import FILE_MODE, Commit, Entry, Files, Signature
from tests.github_double.people import ACTIONS_APP_ID, ALL_WRITE, Access, Token, User
from tests.github_double.state import BRANCHES, Repository, State

Contents = Mapping[str, str | bytes | None]
"""Paths to text or bytes; None deletes."""


class RepositoryBuilders:
    """People, tokens, repositories, branches, commits."""

    def __init__(self, state: State) -> None:
        self.state = state
        nobody = User("", 0)
        self.anonymous = Token("anonymous", "", nobody, "anonymous", {})

    # People and tokens

    def user(self, login: str) -> User:
        """Return a user, a bot when the login ends in `[bot]`."""
        return self.state.user(login)

    def actions_token(
        self, repo: Repository, permissions: Mapping[str, Access] = ALL_WRITE, name: str = "actions"
    ) -> Token:
        """Make what `GITHUB_TOKEN` is: good for one repository, acts as `github-actions[bot]`.

        A fork's read-only one is made with `people.ALL_READ`.
        """
        return self._token(name, self.state.actions_bot, permissions, repo)

    def app_token(
        self,
        repo: Repository,
        slug: str,
        app_id: int = ACTIONS_APP_ID + 1,
        permissions: Mapping[str, Access] = ALL_WRITE,
    ) -> Token:
        """Make the token of another app's installation."""
        user = self.user(f"{slug}[bot]")
        token = self._token(slug, user, permissions, repo)
        token.app_id = app_id
        return token

    def _token(
        self,
        name: str,
        user: User,
        permissions: Mapping[str, Access],
        repo: Repository,
    ) -> Token:
        token = Token(
            name,
            f"ghs_{secrets.token_hex(18)}",
            user,
            "installation",
            dict(permissions),
            repo.full_name,
        )
        self.state.tokens[token.secret] = token
        return token

    # Repositories and commits

    def repository(
        self,
        full_name: str,
        files: Contents | None = None,
        *,
        roles: Mapping[str, str] | None = None,
        private: bool = False,
        default_branch: str = "main",
    ) -> Repository:
        """Make a repository with one commit of some files on its default branch."""
        owner, _, name = full_name.partition("/")
        repo = Repository(
            self.state.new_id(),
            self.user(owner),
            name,
            self.state.clock.tick(),
            default_branch=default_branch,
            private=private,
            roles=dict(roles or {}),
        )
        for login in repo.roles:
            self.user(login)
        self.state.repositories[full_name.lower()] = repo
        self.push(repo, default_branch, files or {"README.md": f"# {name}\n"}, "First commit")
        return repo

    def fork(self, repo: Repository, owner: str, name: str | None = None) -> Repository:
        """Fork a repository, with all its branches."""
        made = Repository(
            self.state.new_id(),
            self.user(owner),
            name or repo.name,
            self.state.clock.tick(),
            default_branch=repo.default_branch,
            private=repo.private,
            parent=repo,
            refs=dict(repo.refs),
        )
        self.state.repositories[made.full_name.lower()] = made
        return made

    def delete_repository(self, repo: Repository) -> None:
        """Delete a repository; pull requests that came from it lose their head's repository."""
        del self.state.repositories[repo.full_name.lower()]
        for other in self.state.repositories.values():
            for pull in other.pulls:
                if pull.head_repo is repo:
                    self.state.head_sha(pull)
                    pull.head_repo = None
            for run in other.runs.values():
                if run.head_repo is repo:
                    run.head_repo = None

    def branch(self, repo: Repository, name: str, at: str | None = None) -> str:
        """Make a branch, from the default one where nothing else is said; return its head."""
        start = self.state.resolve(repo, at or repo.default_branch)
        if start is None:
            raise LookupError(f"{repo.full_name} has no {at}")
        with self.state.lock:
            refs.move(self.state, repo, BRANCHES + name, start.sha)
        return start.sha

    def push(
        self,
        repo: Repository,
        branch: str,
        files: Contents,
        message: str = "Change files",
        *,
        author: str | None = None,
        parent: str | None = None,
        merge: str | None = None,
    ) -> str:
        """Commit changed files on a branch, made from the default one if need be; return the hash.

        With `parent` the branch is forced to a commit on top of that one; `merge` is a second
        parent.
        """
        with self.state.lock:
            head = parent or repo.branch(branch) or repo.branch(repo.default_branch)
            contents = self._applied(head, files)
            user = self.user(author) if author else repo.owner
            signature = Signature(user.login, user.email, self.state.clock.tick())
            parents = tuple(sha for sha in (head, merge) if sha)
            tree = self.state.store.put_files(contents)
            made = self.state.store.put_commit(tree, parents, message, signature)
            refs.move(self.state, repo, BRANCHES + branch, made.sha)
        return made.sha

    def _applied(self, head: str | None, files: Contents) -> Files:
        contents = dict(self.state.store.commit_files(head)) if head else {}
        for path, data in files.items():
            if data is None:
                contents.pop(path, None)
                continue
            sha = self.state.store.put_blob(data.encode() if isinstance(data, str) else data)
            contents[path] = Entry(FILE_MODE, sha)
        return contents

    def head(self, repo: Repository, name: str | None = None) -> Commit:
        """Return the commit that a branch or another name means."""
        commit = self.state.resolve(repo, name or repo.default_branch)
        if commit is None:
            raise LookupError(f"{repo.full_name} has no {name}")
        return commit

    def file(self, repo: Repository, path: str, at: str | None = None) -> bytes | None:
        """Return a file's bytes, None if there is none."""
        entry = self.state.store.commit_files(self.head(repo, at).sha).get(path)
        return self.state.store.blobs[entry.sha] if entry else None

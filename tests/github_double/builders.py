"""Makes what a scenario starts from, and what people do in its course; asks nobody's permission."""

from __future__ import annotations

import hashlib
import io
import secrets
import zipfile
from collections.abc import Mapping

from tests.github_double import refs, threads
from tests.github_double.git_objects import FILE_MODE, Commit, Entry, Files, Signature
from tests.github_double.issues import Comment, Issue, PullRequest, Review
from tests.github_double.people import ACTIONS_APP_ID, ALL_WRITE, Access, RateLimit, Token, User
from tests.github_double.runs import Artifact, Job, WorkflowRun
from tests.github_double.state import BRANCHES, Repository, State

Contents = Mapping[str, str | bytes | None]
"""Paths to text or bytes; None deletes."""


class Builders:
    """The half of the double that is called from tests, not over HTTP."""

    def __init__(self, state: State) -> None:
        self.state = state
        nobody = User("", 0)
        self.anonymous = Token(
            "anonymous", "", nobody, "anonymous", {}, rate=RateLimit(limit=60, remaining=60)
        )

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
        return self._token(name, self.state.actions_bot, "installation", permissions, repo)

    def app_token(
        self,
        repo: Repository,
        slug: str,
        app_id: int = ACTIONS_APP_ID + 1,
        permissions: Mapping[str, Access] = ALL_WRITE,
    ) -> Token:
        """Make the token of another app's installation."""
        user = self.user(f"{slug}[bot]")
        token = self._token(slug, user, "installation", permissions, repo)
        token.app_id = app_id
        return token

    def personal_token(self, login: str) -> Token:
        """Make a person's own token, which may do what the person may."""
        return self._token(login, self.user(login), "personal", {}, None)

    def _token(
        self,
        name: str,
        user: User,
        kind: str,
        permissions: Mapping[str, Access],
        repo: Repository | None,
    ) -> Token:
        token = Token(
            name,
            f"ghs_{secrets.token_hex(18)}",
            user,
            "personal" if kind == "personal" else "installation",
            dict(permissions),
            repo.full_name if repo else None,
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

    def fork(self, repo: Repository, owner: str) -> Repository:
        """Fork a repository, with all its branches."""
        made = Repository(
            self.state.new_id(),
            self.user(owner),
            repo.name,
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

    # Issues, pull requests and what is said there

    def open_issue(self, repo: Repository, login: str, title: str, body: str = "") -> Issue:
        """Open a plain issue."""
        with self.state.lock:
            return threads.open_issue(self.state, repo, self.user(login), title, body)

    def open_pull(
        self,
        repo: Repository,
        head: str,
        *,
        login: str | None = None,
        fork: Repository | None = None,
        base: str | None = None,
        title: str = "Change the model",
        draft: bool = False,
    ) -> PullRequest:
        """Open a pull request for a branch of the repository or of a fork, as its owner."""
        home = fork or repo
        with self.state.lock:
            return threads.open_pull(
                self.state,
                repo,
                self.user(login) if login else home.owner,
                title,
                base=base or repo.default_branch,
                head_repo=home,
                head=head,
                draft=draft,
            )

    def close_pull(self, pull: PullRequest) -> None:
        """Close a pull request without merging it."""
        with self.state.lock:
            self.state.head_sha(pull)
            pull.state = "closed"
            pull.closed_at = pull.updated_at = self.state.clock.tick()

    def merge_pull(self, pull: PullRequest, login: str) -> str:
        """Merge a pull request, and return the merge's hash."""
        with self.state.lock:
            message = f"Merge pull request #{pull.number}"
            user = self.user(login)
            return threads.merge(self.state, pull.repo, pull, user, message, "merge")

    def comment(self, issue: Issue, login: str, body: str) -> Comment:
        """Comment as somebody."""
        app_id = ACTIONS_APP_ID if login == self.state.actions_bot.login else None
        user = self.user(login)
        with self.state.lock:
            return threads.comment(self.state, issue.repo, issue, user, body, app_id)

    def edit_comment(self, comment: Comment, body: str, login: str | None = None) -> None:
        """Edit a comment, as its author where nobody else is named."""
        editor = self.user(login) if login else comment.user
        with self.state.lock:
            threads.edit_comment(self.state, comment, editor, body)

    def delete_comment(self, comment: Comment) -> None:
        """Delete a comment."""
        with self.state.lock:
            del comment.issue.repo.comments[comment.id]

    def comments(self, issue: Issue, login: str | None = None) -> list[Comment]:
        """Return the comments of an issue, perhaps those of one author only."""
        every = issue.repo.comments.values()
        return [one for one in every if one.issue is issue and login in (None, one.user.login)]

    def review(
        self, pull: PullRequest, login: str, event: str, body: str = "", commit: str | None = None
    ) -> Review:
        """Review as somebody: APPROVE, REQUEST_CHANGES or COMMENT."""
        user = self.user(login)
        with self.state.lock:
            return threads.review(self.state, pull.repo, pull, user, event, body, commit)

    # Workflow runs

    def run(
        self,
        repo: Repository,
        event: str = "pull_request",
        *,
        pull: PullRequest | None = None,
        branch: str | None = None,
        name: str = "train",
        conclusion: str | None = "success",
        login: str | None = None,
    ) -> WorkflowRun:
        """Record a workflow run, of a pull request's head or of a branch; None: still running."""
        branch = pull.head_branch if pull else branch or repo.default_branch
        sha = self.state.head_sha(pull) if pull else self.head(repo, branch).sha
        known = [run for run in repo.runs.values() if run.name == name]
        made = WorkflowRun(
            self.state.new_id(),
            repo,
            len(known) + 1,
            known[0].workflow_id if known else self.state.new_id(),
            name,
            f".github/workflows/{name}.yml",
            event,
            sha,
            branch,
            pull.head_repo if pull else repo,
            self.user(login) if login else pull.user if pull else repo.owner,
            self.state.clock.tick(),
            status="completed" if conclusion else "in_progress",
            conclusion=conclusion,
        )
        repo.runs[made.id] = made
        return made

    def job(self, run: WorkflowRun, name: str, conclusion: str | None = "success") -> Job:
        """Record a job of a run's present attempt; None: still running."""
        status = "completed" if conclusion else "in_progress"
        now = self.state.clock.tick()
        made = Job(self.state.new_id(), run, name, now, status, conclusion, run.attempt)
        run.repo.jobs[made.id] = made
        return made

    def artifact(
        self,
        run: WorkflowRun,
        name: str,
        files: Mapping[str, str | bytes] | bytes,
        *,
        expired: bool = False,
        digest: str | None = "right",
    ) -> Artifact:
        """Upload an artifact, of files or of bytes as they are (for what is no good archive)."""
        archive = files if isinstance(files, bytes) else zipped(files)
        if digest == "right":
            digest = f"sha256:{hashlib.sha256(archive).hexdigest()}"
        now, then = self.state.clock.tick(), self.state.clock.days_ago(-90)
        made = Artifact(self.state.new_id(), run, name, archive, digest, now, then, expired)
        run.repo.artifacts[made.id] = made
        return made


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Pack files as `upload-artifact` does."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()

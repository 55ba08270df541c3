"""What people, workflows and apps do: the half of the double that needs no HTTP.

It asks nobody's permission; a route that calls it has checked the token.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import zipfile
from collections.abc import Mapping
from typing import Literal

from tests.github_double import git_history
from tests.github_double.call import ApiError, invalid
from tests.github_double.git_objects import FILE_MODE, Commit, Entry, Signature
from tests.github_double.records import (
    ACTIONS_APP_ID,
    ACTIONS_LOGIN,
    ALL_WRITE,
    BRANCHES,
    Access,
    Artifact,
    Comment,
    Edit,
    Issue,
    Job,
    PullRequest,
    Repository,
    Review,
    Token,
    User,
    WorkflowRun,
)
from tests.github_double.state import State

Contents = Mapping[str, str | bytes | None]
"""Paths to text or bytes; None deletes."""
BODY_LIMIT = 65_536
REVIEWS: dict[str, Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]] = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}


class Builders:
    """Everything that happens on this GitHub, by the people's logins."""

    def __init__(self) -> None:
        self.state = State()

    # Tokens

    def actions_token(
        self, repo: Repository, permissions: Mapping[str, Access] = ALL_WRITE
    ) -> Token:
        """Make what `GITHUB_TOKEN` is: good for one repository, acts as `github-actions[bot]`.

        A fork's read-only one is made with `people.ALL_READ`.
        """
        return self._token("actions", self.state.user(ACTIONS_LOGIN), permissions, repo)

    def app_token(self, repo: Repository, slug: str) -> Token:
        token = self._token(slug, self.state.user(f"{slug}[bot]"), ALL_WRITE, repo)
        token.app_id = ACTIONS_APP_ID + 1
        return token

    def _token(
        self, name: str, user: User, permissions: Mapping[str, Access], repo: Repository
    ) -> Token:
        secret = f"ghs_{secrets.token_hex(18)}"
        token = Token(name, secret, user, dict(permissions), repo.full_name)
        self.state.tokens[secret] = token
        return token

    # Repositories and commits

    def repository(
        self,
        full_name: str,
        files: Contents | None = None,
        *,
        roles: Mapping[str, str] | None = None,
    ) -> Repository:
        """Make a repository with one commit of some files on its default branch."""
        owner, _, name = full_name.partition("/")
        state, roles = self.state, dict(roles or {})
        repo = Repository(state.new_id(), state.user(owner), name, roles=roles)
        for login in roles:
            state.user(login)
        state.repositories[full_name.lower()] = repo
        self.push(repo, "main", files or {"README.md": f"# {name}\n"}, "First commit")
        return repo

    def fork(self, repo: Repository, owner: str, name: str | None = None) -> Repository:
        """Fork a repository, with all its branches."""
        made = Repository(
            self.state.new_id(),
            self.state.user(owner),
            name or repo.name,
            parent=repo,
            refs=dict(repo.refs),
        )
        self.state.repositories[made.full_name.lower()] = made
        return made

    def delete_repository(self, repo: Repository) -> None:
        """Delete a repository; pull requests that came from it lose their head's repository."""
        del self.state.repositories[repo.full_name.lower()]
        for other in self.state.repositories.values():
            made: list[PullRequest | WorkflowRun] = [*other.pulls, *other.runs.values()]
            for one in made:
                if one.head_repo is repo:
                    one.head_repo = None

    def branch(self, repo: Repository, name: str, at: str | None = None) -> str:
        """Make or force a branch, from the default one where nothing else is named."""
        start = self.head(repo, at).sha
        with self.state.lock:
            self.state.move(repo, BRANCHES + name, start)
        return start

    def push(
        self,
        repo: Repository,
        branch: str,
        files: Contents,
        message: str = "Change files",
        *,
        author: str | None = None,
        committer: str | None = None,
        signed: bool = False,
    ) -> str:
        """Commit changed files on a branch, made from the default one if need be.

        With `signed`, by a key of the committer that GitHub knows.
        """
        state, store = self.state, self.state.store
        with state.lock:
            head = repo.branch(branch) or repo.branch(repo.default_branch)
            contents = dict(store.commit_files(head)) if head else {}
            for path, data in files.items():
                contents.pop(path, None)
                if data is not None:
                    sha = store.put_blob(data.encode() if isinstance(data, str) else data)
                    contents[path] = Entry(FILE_MODE, sha)
            author = author or repo.owner.login
            by = [
                Signature(user.login, user.email, state.clock.tick())
                for user in map(state.user, (author, committer or author))
            ]
            parents, tree = (head,) if head else (), store.put_files(contents)
            made = store.put_commit(tree, parents, message, *by, verified=signed)
            state.move(repo, BRANCHES + branch, made.sha)
        return made.sha

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

    # Issues and pull requests

    def open_issue(self, repo: Repository, login: str, title: str) -> Issue:
        state, number = self.state, len(repo.issues) + 1
        now = state.clock.tick()
        issue = Issue(state.new_id(), repo, number, state.user(login), title, None, now, now)
        repo.issues[number] = issue
        return issue

    def open_pull(
        self,
        repo: Repository,
        head: str,
        *,
        login: str | None = None,
        fork: Repository | None = None,
        base: str | None = None,
        title: str = "Change the model",
        body: str | None = None,
    ) -> PullRequest:
        """Open a pull request for a branch of the repository or of a fork, as its owner.

        Raises ApiError where GitHub would refuse it.
        """
        home, base, state = fork or repo, base or repo.default_branch, self.state
        with state.lock:
            check_length("PullRequest", body)
            base_sha, head_sha = repo.branch(base), home.branch(head)
            if base_sha is None or head_sha is None:
                raise invalid("PullRequest", "head" if base_sha else "base", "invalid")
            if head_sha in git_history.ancestors(state.store, base_sha):
                message = f"No commits between {base} and {head}"
                raise invalid("PullRequest", "base", "custom", message)
            for other in repo.pulls:
                same = (other.head_repo, other.head_branch, other.base_branch) == (home, head, base)
                if same and other.state == "open":
                    message = f"A pull request already exists for {home.owner.login}:{head}."
                    raise invalid("PullRequest", "head", "custom", message)
            now, number = state.clock.tick(), len(repo.issues) + 1
            pull = PullRequest(
                state.new_id(),
                repo,
                number,
                state.user(login) if login else home.owner,
                title,
                body,
                now,
                now,
                base_branch=base,
                base_sha=base_sha,
                head_repo=home,
                head_owner=home.owner,
                head_branch=head,
                head_sha=head_sha,
            )
            repo.issues[number] = pull
        return pull

    def close_pull(self, pull: PullRequest) -> None:
        with self.state.lock:
            self.state.close(pull)

    def merge_pull(self, pull: PullRequest, login: str) -> str:
        state, store = self.state, self.state.store
        with state.lock:
            preview = state.merge_preview(pull)
            if preview is None or pull.state != "open":
                raise ApiError(405, "Pull Request is not mergeable")
            user = state.user(login)
            author = Signature(user.login, user.email, state.clock.tick())
            message = f"Merge pull request #{pull.number}"
            made = store.put_commit(preview.tree, preview.parents, message, author, verified=True)
            state.close(pull, made.sha)
            state.move(pull.repo, BRANCHES + pull.base_branch, made.sha)
        return made.sha

    def comment(self, issue: Issue, login: str, body: str) -> Comment:
        check_comment(body)
        state = self.state
        with state.lock:
            now = state.clock.tick()
            made = Comment(state.new_id(), issue, state.user(login), body, now)
            issue.repo.comments[made.id] = made
            issue.updated_at = now
        return made

    def edit_comment(self, comment: Comment, body: str, login: str | None = None) -> None:
        """Edit a comment, as its author where nobody else is named."""
        check_comment(body)
        editor = self.state.user(login) if login else comment.user
        with self.state.lock:
            comment.edits.append(Edit(editor, self.state.clock.tick(), comment.body))
            comment.body = body

    def delete_comment(self, comment: Comment) -> None:
        with self.state.lock:
            del comment.issue.repo.comments[comment.id]

    def comments(self, issue: Issue, login: str | None = None) -> list[Comment]:
        """Return the comments of an issue, perhaps those of one author only."""
        every = list(issue.repo.comments.values())
        return [one for one in every if one.issue is issue and login in (None, one.user.login)]

    def review(self, pull: PullRequest, login: str, event: str, body: str = "") -> Review:
        """Review as somebody: APPROVE, REQUEST_CHANGES or COMMENT."""
        state = self.state
        with state.lock:
            head, now = state.head_sha(pull), state.clock.tick()
            made = Review(state.new_id(), state.user(login), body, REVIEWS[event], head, now)
            pull.reviews.append(made)
        return made

    # Workflow runs

    def run(
        self,
        repo: Repository,
        event: str = "pull_request",
        *,
        pull: PullRequest | None = None,
        name: str = "train",
        conclusion: str | None = "success",
    ) -> WorkflowRun:
        """Record a run for a pull request's head or the default branch; None: still running."""
        state = self.state
        made = WorkflowRun(
            state.new_id(),
            repo,
            name,
            event,
            state.head_sha(pull) if pull else self.head(repo).sha,
            pull.head_branch if pull else repo.default_branch,
            pull.head_repo if pull else repo,
            pull.user if pull else repo.owner,
            status="completed" if conclusion else "in_progress",
            conclusion=conclusion,
        )
        repo.runs[made.id] = made
        return made

    def job(self, run: WorkflowRun, name: str, conclusion: str | None = "success") -> Job:
        """Record a job of a run's present attempt; None: still running."""
        made = Job(self.state.new_id(), run, name, conclusion, run.attempt)
        run.repo.jobs[made.id] = made
        return made

    def artifact(
        self,
        run: WorkflowRun,
        name: str,
        files: Mapping[str, str | bytes] | bytes,
        *,
        expired: bool = False,
        digest: str = "",
    ) -> Artifact:
        """Upload an artifact, of files or of bytes as they are (for what is no good archive)."""
        archive = files if isinstance(files, bytes) else zipped(files)
        digest = digest or f"sha256:{hashlib.sha256(archive).hexdigest()}"
        now = self.state.clock.tick()
        made = Artifact(self.state.new_id(), run, name, archive, digest, now, expired)
        run.repo.artifacts[made.id] = made
        return made


def check_length(resource: str, body: str | None) -> None:
    if body is not None and len(body) > BODY_LIMIT:
        message = f"body is too long (maximum is {BODY_LIMIT} characters)"
        raise invalid(resource, "body", "custom", message)


def check_comment(body: str) -> None:
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field", "body can't be blank")
    check_length("IssueComment", body)


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()

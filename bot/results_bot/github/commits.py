"""The repository's commits: reads files of any commit, writes commits, branches and notes.

Writes go on top of the expected head or not at all, never by force.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec
from github.ContentFile import ContentFile
from github.GitCommit import GitCommit
from github.GitRef import GitRef
from github.InputGitTreeElement import InputGitTreeElement

from results_bot.collect.file import blob_hash
from results_bot.errors import GitHubError, NotFoundError, RefusedError, RepositoryError
from results_bot.github.client import Client

FILE, LINK, SUBMODULE = "100644", "120000", "160000"
"""Modes of tree entries."""
_STALE = "STALE_DATA"
_NOTES = "notes/results-bot"
_NOTE_TRIES = 5
_MOST_BLOBS = 400
"""Files read one by one; beyond, a deeper checkout is the better way."""


class Entry(msgspec.Struct, frozen=True):
    """One file of a commit."""

    mode: str
    sha: str
    size: int = 0


Tree = Mapping[str, Entry]
"""All files of a commit by path."""


class HeadMovedError(GitHubError):
    """A branch is not where it was expected."""

    def __init__(self, ref: str, actual: str) -> None:
        super().__init__(f"{ref} has moved on to {actual[:12]}")
        self.actual = actual
        """Where it is now."""


class Fork(msgspec.Struct, frozen=True):
    """Where two lines of commits parted."""

    merge_base: str
    tip: str
    """The newest commit of the base."""


def head_of(client: Client, branch: str) -> str | None:
    """Return the commit at a branch's head; None where there is no such branch."""
    return _target(client, f"heads/{branch}")


def _target(client: Client, ref: str) -> str | None:
    return client.find(lambda: client.repo.get_git_ref(ref).object.sha)


def compare(client: Client, base: str, head: str) -> Fork | None:
    """Return where `head` left `base`; None where they share no commit, or one does not exist.

    Never the event's `base.sha`, which stays behind. The two are branches or hashes.
    """

    def ask() -> Fork:
        found = client.repo.compare(base, head, comparison_commits_per_page=1)
        return Fork(found.merge_base_commit.sha, found.base_commit.sha)

    return client.find(ask)


def is_bots_own(client: Client, commit: str) -> bool:
    """Return True if this token's own app made a commit through the API. Raises NotFoundError.

    Anybody can write any author into a commit, and GitHub verifies the committer. An app's commits
    have GitHub itself (`web-flow`, by GraphQL) or the app (by REST) as committer.
    """
    found = client.repo.get_commit(commit)
    author, committer = found.author, found.committer
    verification = found.commit.verification
    return (
        author is not None
        and author.type == "Bot"
        and author.login == client.login
        and committer is not None
        and committer.login in ("web-flow", client.login)
        and verification is not None
        and verification.verified is True
    )


def last_change_is_bots_own(client: Client, path: str, commit: str) -> bool:
    """Return True if the last commit up to `commit` that changed a file is the bot's own."""
    found = client.repo.get_commits(path=path, sha=commit)
    last = next(iter(found), None)
    return last is not None and is_bots_own(client, last.sha)


def tree(client: Client, commit: str) -> dict[str, Entry]:
    """Return all files of a commit by path, submodules included."""
    found = client.repo.get_git_tree(commit, recursive=True)
    if found.truncated:
        raise GitHubError(f"GitHub: the tree of {commit[:12]} is too large to be listed whole")
    return {
        one.path: Entry(one.mode, one.sha, one.size or 0)
        for one in found.tree
        if one.type in ("blob", "commit")
    }


def blob(client: Client, sha: str) -> bytes:
    """Return the content of a blob, checked against its hash."""
    with suppress(ValueError):
        data = base64.b64decode(client.repo.get_git_blob(sha).content)
        if len(sha) != 40 or blob_hash(data) == sha:
            return data
    raise GitHubError(f"GitHub: blob {sha[:12]} arrived damaged")


def holds(client: Client, commit: str, path: str, data: bytes) -> bool:
    """Return True if a file of a commit has this content."""
    found = client.find(lambda: client.repo.get_contents(path, ref=commit))
    return isinstance(found, ContentFile) and found.sha == blob_hash(data)


class ApiObjects:
    """Commits that the checkout lacks, read through the API: `git_repo.RemoteObjects`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._blobs: dict[str, bytes] = {}
        self._trees: dict[str, Tree] = {}
        self._asked = 0

    def add(self, commit: str, files: Tree, blobs: Mapping[str, bytes]) -> None:
        """Add a commit that exists nowhere yet, to be judged before it is made."""
        self._trees[commit] = files
        self._blobs |= blobs

    def tree(self, commit: str) -> list[tuple[str, str, int]]:
        """Return path, hash and size of every file of a commit. Raises RepositoryError."""
        if commit not in self._trees:
            try:
                self._trees[commit] = tree(self._client, commit)
            except NotFoundError:
                what = f"commit {commit[:12]} is neither here nor on GitHub"
                raise RepositoryError(what) from None
        return [
            (path, one.sha, one.size)
            for path, one in self._trees[commit].items()
            if one.mode not in (LINK, SUBMODULE)
        ]

    def blob(self, sha: str) -> bytes:
        """Return a blob's content. Raises RepositoryError where too many would be needed."""
        if sha not in self._blobs:
            self._asked += 1
            if self._asked > _MOST_BLOBS:
                raise RepositoryError(
                    f"more than {_MOST_BLOBS} files are missing in this checkout; "
                    "give actions/checkout `fetch-depth: 0`"
                )
            self._blobs[sha] = blob(self._client, sha)
        return self._blobs[sha]


def commit_files(
    client: Client,
    branch: str,
    expected: str,
    message: str,
    additions: Mapping[str, bytes],
    deletions: Sequence[str] = (),
) -> str:
    """Commit files on top of the expected head and return the new head, signed by GitHub.

    Raises HeadMovedError, ProtectedError where the branch takes only pull requests, and
    RefusedError where it does not exist.
    """
    headline, _, body = message.partition("\n")
    text = {"headline": headline} | ({"body": body.strip("\n")} if body.strip() else {})
    added = [
        {"path": path, "contents": base64.b64encode(data).decode()}
        for path, data in additions.items()
    ]
    given = {
        "branch": {"repositoryNameWithOwner": client.repository, "branchName": branch},
        "expectedHeadOid": expected,
        "message": text,
        "fileChanges": {"additions": added, "deletions": [{"path": path} for path in deletions]},
    }

    def commit() -> str:
        _, made = client.requester.graphql_named_mutation(
            "createCommitOnBranch", given, "commit { oid }"
        )
        try:
            return msgspec.convert(made["commit"]["oid"], str)
        except (TypeError, KeyError, msgspec.ValidationError):
            raise GitHubError("GitHub: GraphQL createCommitOnBranch: names no commit") from None

    def look() -> str | None:
        """Return the branch's head if it is the commit that we tried to make."""
        head = head_of(client, branch)
        found = client.find(lambda: client.repo.get_git_commit(head)) if head else None
        ours = (
            found is not None
            and [one.sha for one in found.parents] == [expected]
            and found.message.partition("\n")[0] == headline
            and all(holds(client, found.sha, path, data) for path, data in additions.items())
        )
        return head if ours else None

    try:
        return client.once(commit, look)
    except RefusedError as error:
        now = head_of(client, branch) if error.kind == _STALE else None
        if now is None:
            raise
    raise HeadMovedError(branch, now)


def advance(client: Client, ref: str, old: str | None, sha: str) -> None:
    """Move a reference from `old`, which `sha` descends from; create it where `old` is None.

    Raises HeadMovedError where it is not at `old`.
    """

    def create() -> str:
        return client.repo.create_git_ref(f"refs/{ref}", sha).object.sha

    try:
        if old:
            client.known(GitRef, f"/git/refs/{ref}").edit(sha, force=False)
        elif (made := client.once(create, lambda: _target(client, ref))) != sha:
            raise HeadMovedError(ref, made)
    except RefusedError:
        now = _target(client, ref)
        if now in (old, None):
            raise
        raise HeadMovedError(ref, now) from None


def create_commit(
    client: Client,
    tree_of: str | None,
    parents: Sequence[str],
    message: str,
    additions: Mapping[str, str],
    taken: Mapping[str, Entry | None] | None = None,
) -> str:
    """Create a commit on no branch: the tree of a commit with some files replaced.

    `taken` are files that GitHub has already, by their paths, and None for those that go.
    """
    repo = client.repo
    entries = [
        InputGitTreeElement(path, FILE, "blob", content=text) for path, text in additions.items()
    ]
    for path, one in (taken or {}).items():
        mode, sha = (one.mode, one.sha) if one else (FILE, None)
        entries.append(InputGitTreeElement(path, mode, "blob", sha=sha))
    base = (repo.get_git_commit(tree_of).tree,) if tree_of else ()
    made = repo.create_git_tree(entries, *base)
    before = [client.known(GitCommit, f"/git/commits/{sha}", sha=sha) for sha in parents]
    return repo.create_git_commit(message, made, before).sha


def put_note(client: Client, commit: str, text: str) -> None:
    """Note a text on a commit, in `refs/notes/results-bot`, unless it is there.

    See https://git-scm.com/docs/git-notes: one file for each commit, named by its hash. Raises
    RefusedError.
    """
    for _ in range(_NOTE_TRIES):
        old = _target(client, _NOTES)
        if old and holds(client, old, commit, text.encode()):
            return
        parents = [old] if old else []
        made = create_commit(client, old, parents, "Notes added by results-bot", {commit: text})
        with suppress(HeadMovedError):
            advance(client, _NOTES, old, made)
            return
    raise RefusedError(f"GitHub: {_NOTES} moved {_NOTE_TRIES} times", "409")

"""Writes commits and branches: on the expected head or not at all, never by force."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from results_bot.errors import NotFoundError, RefusedError
from results_bot.github.api import Api
from results_bot.github.contents import Contents, TreeEntry, blob_sha
from results_bot.github.fields import Fields

_STALE = "STALE_DATA"
_MADE = "commit { oid }"


class Commit(msgspec.Struct, frozen=True):
    """One commit."""

    sha: str
    parents: tuple[str, ...]
    """The one that it was made on first."""
    message: str


class HeadMoved(msgspec.Struct, frozen=True):
    """Somebody else was there first: fetch, regenerate, and try again."""

    expected: str
    actual: str | None
    """Where the branch is now; None where it is gone."""


class Commits:
    """The branches of one repository, and how they grow."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._contents = Contents(api)

    def head(self, branch: str) -> str | None:
        """Return the commit at a branch's head; None where there is no such branch."""
        found = self._api.find(f"{self._api.root}/git/ref/heads/{quote(branch)}")
        return found.commit("object.sha") if found else None

    def get(self, sha: str) -> Commit:
        """Return a commit. Raises NotFoundError."""
        found = self._api.get(f"{self._api.root}/git/commits/{sha}")
        parents = tuple(one.commit("sha") for one in found.each("parents"))
        return Commit(found.commit("sha"), parents, found.text("message"))

    def by_bot(self, path: str, sha: str) -> bool:
        """Tell whether the last commit that changed a file, up to `sha`, is an app's by signature.

        Whoever pushes can claim any author; what GitHub signed for an app was made through its API.
        """
        found = self._api.pages(f"{self._api.root}/commits", path=path, sha=sha, per_page=1)
        last = next(iter(found), None)
        return last is not None and _signed_by_bot(last)

    def made_by_bot(self, sha: str) -> bool:
        """Tell whether a commit is an app's by signature. Raises NotFoundError."""
        return _signed_by_bot(self._api.get(f"{self._api.root}/commits/{sha}"))

    def commit_files(
        self,
        branch: str,
        expected: str,
        message: str,
        additions: Mapping[str, bytes],
        deletions: Sequence[str] = (),
    ) -> str | HeadMoved:
        """Commit files on top of the expected head and return the new head, signed by GitHub.

        Raises ProtectedError where the branch takes only pull requests, NotFoundError where it
        does not exist.
        """
        headline, _, body = message.partition("\n")
        text = {"headline": headline} | ({"body": body.strip("\n")} if body.strip() else {})
        given = {
            "branch": {"repositoryNameWithOwner": self._api.repository, "branchName": branch},
            "expectedHeadOid": expected,
            "message": text,
            "fileChanges": {
                "additions": [
                    {"path": path, "contents": base64.b64encode(data).decode()}
                    for path, data in additions.items()
                ],
                "deletions": [{"path": path} for path in deletions],
            },
        }

        def look() -> str | None:
            head = self.head(branch)
            ours = head is not None and self._is_ours(head, expected, text["headline"], additions)
            return head if ours else None

        try:
            return self._api.once(
                lambda: self._api.mutate("createCommitOnBranch", given, _MADE).commit("commit.oid"),
                look,
            )
        except RefusedError as error:
            if error.kind != _STALE:
                raise
        return HeadMoved(expected, self.head(branch))

    def create_branch(self, branch: str, sha: str) -> str:
        """Create a branch and return its head: where it was there before, that may be another."""
        wanted = {"ref": f"refs/heads/{branch}", "sha": sha}
        path = f"{self._api.root}/git/refs"
        try:
            return self._api.once(
                lambda: self._api.send("POST", path, wanted).commit("object.sha"),
                lambda: self.head(branch),
            )
        except RefusedError:
            head = self.head(branch)
            if head is None:
                raise
            return head

    def fast_forward(self, branch: str, sha: str) -> HeadMoved | None:
        """Move a branch forward to a commit that its head is an ancestor of."""
        path = f"{self._api.root}/git/refs/heads/{quote(branch)}"
        try:
            self._api.send("PATCH", path, {"sha": sha, "force": False}, repeat=True)
        except RefusedError as error:
            if "fast forward" not in str(error):
                raise
            return HeadMoved(sha, self.head(branch))
        return None

    def create_merge(
        self,
        tree_of: str,
        parents: Sequence[str],
        message: str,
        additions: Mapping[str, bytes],
        taken: Mapping[str, TreeEntry | None] | None = None,
    ) -> str:
        """Create a commit on no branch: the tree of a commit with some files put in.

        `taken` are files that GitHub has already, by their paths, and None for what goes.
        """
        entries: list[dict[str, Any]] = [
            {"path": path, "mode": "100644", "type": "blob", "sha": self._blob(data)}
            for path, data in additions.items()
        ]
        for path, one in (taken or {}).items():
            mode, sha = (one.mode, one.sha) if one else ("100644", None)
            entries.append({"path": path, "mode": mode, "type": "blob", "sha": sha})
        # What git keeps by its content may be sent twice.
        wanted = {"base_tree": self._tree(tree_of), "tree": entries}
        tree = self._api.send("POST", f"{self._api.root}/git/trees", wanted, repeat=True)
        commit = {"message": message, "tree": tree.text("sha"), "parents": list(parents)}
        path = f"{self._api.root}/git/commits"
        return self._api.send("POST", path, commit, repeat=True).commit("sha")

    def _tree(self, commit: str) -> str:
        return self._api.get(f"{self._api.root}/git/commits/{commit}").text("tree.sha")

    def _blob(self, data: bytes) -> str:
        wanted = {"content": base64.b64encode(data).decode(), "encoding": "base64"}
        return self._api.send("POST", f"{self._api.root}/git/blobs", wanted, repeat=True).text(
            "sha"
        )

    def _is_ours(
        self, head: str, parent: str, headline: str, additions: Mapping[str, bytes]
    ) -> bool:
        """Tell whether a head is the commit that we tried to make."""
        try:
            found = self._api.get(f"{self._api.root}/git/commits/{head}")
        except NotFoundError:
            return False
        parents = [one.text("sha") for one in found.each("parents")]
        same = parents == [parent] and found.text("message").partition("\n")[0] == headline
        return same and all(
            self._contents.file_sha(path, head) == blob_sha(data)
            for path, data in additions.items()
        )


def _signed_by_bot(found: Fields) -> bool:
    bot = found.text_or("author.type") == "Bot"
    return bot and found.flag_or("commit.verification.verified")

"""What lies in the repository's commits: files, trees, blobs. Only reads."""

from __future__ import annotations

import base64
import binascii
import hashlib
from urllib.parse import quote

import msgspec

from results_bot.errors import GitHubError
from results_bot.github.api import Api
from results_bot.github.fields import Fields


class TreeEntry(msgspec.Struct, frozen=True):
    """One file of a commit."""

    path: str
    mode: str
    """`100644`, `100755`, `120000` for a link, `160000` for a submodule."""
    sha: str
    size: int


class Contents:
    """The files of one repository."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def file(self, path: str, ref: str) -> bytes | None:
        """Return a file's bytes at a branch or commit; None where there is none."""
        found = self._found(path, ref)
        if found is None:
            return None
        if found.text_or("encoding") == "base64":
            return _decoded(found)
        # Beyond 1 MB the contents are left out, not the hash.
        return self.blob(found.text("sha"))

    def file_sha(self, path: str, ref: str) -> str | None:
        """Return the hash of a file's blob at a branch or commit; None where there is none."""
        found = self._found(path, ref)
        return found.text("sha") if found else None

    def tree(self, commit: str, *, submodules: bool = False) -> tuple[TreeEntry, ...]:
        """Return all files of a commit, its submodules where asked.

        Raises GitHubError where GitHub lists only a part.
        """
        found = self._api.get(f"{self._api.root}/git/trees/{commit}", recursive="1")
        if found.flag_or("truncated"):
            raise GitHubError(f"GitHub: the tree of {commit[:12]} is too large to be listed whole")
        return tuple(
            TreeEntry(one.text("path"), one.text("mode"), one.text("sha"), one.number_or("size"))
            for one in found.each("tree")
            if one.text("type") in (("blob", "commit") if submodules else ("blob",))
        )

    def blob(self, sha: str) -> bytes:
        """Return the bytes of a blob, and hold them to the hash."""
        data = _decoded(self._api.get(f"{self._api.root}/git/blobs/{sha}"))
        if len(sha) == 40 and blob_sha(data) != sha:
            raise GitHubError(f"GitHub: blob {sha[:12]} arrived damaged")
        return data

    def _found(self, path: str, ref: str) -> Fields | None:
        found = self._api.find(f"{self._api.root}/contents/{quote(path)}", ref=ref)
        if found is not None and (found.is_list or found.text("type") != "file"):
            raise found.wrong("", "is a folder or a submodule, not a file")
        return found


def blob_sha(data: bytes) -> str:
    """Return the hash that git has for a file of these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _decoded(found: Fields) -> bytes:
    if found.text("encoding") != "base64":
        raise found.wrong("encoding", "is not base64")
    try:
        return base64.b64decode("".join(found.text("content").split()), validate=True)
    except (binascii.Error, ValueError):
        raise found.wrong("content", "is no valid base64") from None

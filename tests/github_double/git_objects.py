"""Blobs, trees and commits with the hashes that git itself would give them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

FILE_MODE = "100644"
TREE_MODE = "040000"
SUBMODULE_MODE = "160000"


@dataclass(frozen=True)
class Entry:
    mode: str
    sha: str


@dataclass(frozen=True)
class Signature:
    """Who did something to a commit, and when (ISO 8601)."""

    name: str
    email: str
    date: str

    def git(self) -> str:
        seconds = int(datetime.fromisoformat(self.date).timestamp())
        return f"{self.name} <{self.email}> {seconds} +0000"


@dataclass(frozen=True)
class Commit:
    """One commit; `verified` is GitHub's word on it and no part of the hash."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: Signature
    committer: Signature
    verified: bool = False


Files = dict[str, Entry]
"""All files of a tree by path."""


class ObjectStore:
    """All objects of all repositories: forks share theirs, as on GitHub."""

    def __init__(self) -> None:
        self.raw: dict[str, tuple[str, bytes]] = {}
        self.blobs: dict[str, bytes] = {}
        self.trees: dict[str, Files] = {}
        """All files below each tree, by path."""
        self.commits: dict[str, Commit] = {}
        self.merges: dict[tuple[str, str], Commit | None] = {}
        """Merges of two commits once they were tried, None for conflicts."""

    def put_blob(self, data: bytes) -> str:
        sha = self._put("blob", data)
        self.blobs[sha] = data
        return sha

    def put_files(self, files: Mapping[str, Entry]) -> str:
        """Keep all directories of a set of files, and return the hash of the top one."""
        top: Files = {}
        below: dict[str, Files] = {}
        for path, entry in files.items():
            folder, _, rest = path.partition("/")
            if rest:
                below.setdefault(folder, {})[rest] = entry
            else:
                top[folder] = entry
        for folder, inner in below.items():
            top[folder] = Entry(TREE_MODE, self.put_files(inner))
        data = b"".join(
            f"{top[name].mode.lstrip('0')} {name}".encode() + b"\0" + bytes.fromhex(top[name].sha)
            # git sorts directories as if their names ended in a slash.
            for name in sorted(top, key=lambda n: n + "/" * (top[n].mode == TREE_MODE))
        )
        sha = self._put("tree", data)
        self.trees[sha] = dict(files)
        return sha

    def put_commit(
        self,
        tree: str,
        parents: tuple[str, ...],
        message: str,
        author: Signature,
        committer: Signature | None = None,
        *,
        verified: bool = False,
    ) -> Commit:
        committer = committer or author
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {author.git()}", f"committer {committer.git()}", "", message]
        sha = self._put("commit", "\n".join(lines).encode())
        self.commits[sha] = Commit(sha, tree, parents, message, author, committer, verified)
        return self.commits[sha]

    def files(self, tree: str) -> Files:
        """Return all files below a tree, by path; do not change what is returned."""
        return self.trees[tree]

    def commit_files(self, sha: str) -> Files:
        """Return all files of a commit, by path; do not change what is returned."""
        return self.files(self.commits[sha].tree)

    def _put(self, kind: str, data: bytes) -> str:
        sha = hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False)
        self.raw[sha.hexdigest()] = (kind, data)
        return sha.hexdigest()


def parents_of(path: str) -> set[str]:
    return {path[:at] for at, sign in enumerate(path) if sign == "/"}

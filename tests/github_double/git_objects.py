"""Blobs, trees and commits with the hashes that git itself would give them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from tests.github_double.clock import parse

FILE_MODE = "100644"
TREE_MODE = "040000"
SUBMODULE_MODE = "160000"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(frozen=True)
class Entry:
    """What a path of a tree holds."""

    mode: str
    sha: str


@dataclass(frozen=True)
class Signature:
    """Who did something to a commit, and when (ISO 8601)."""

    name: str
    email: str
    date: str

    def git(self) -> str:
        """Write it as a commit object does."""
        return f"{self.name} <{self.email}> {int(parse(self.date).timestamp())} +0000"


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


@dataclass(frozen=True)
class Patch:
    """The text of a change, None where GitHub shows none."""

    text: str | None
    additions: int
    deletions: int


Files = dict[str, Entry]
"""All files of a tree by path."""


class ObjectStore:
    """All objects of all repositories: forks share theirs, as on GitHub."""

    def __init__(self) -> None:
        self.raw: dict[str, tuple[str, bytes]] = {}
        self.blobs: dict[str, bytes] = {}
        self.trees: dict[str, Files] = {}
        self.commits: dict[str, Commit] = {}
        self.patches: dict[tuple[str | None, str | None], Patch] = {}
        """Differences of two blobs once they were worked out."""
        self.merges: dict[tuple[str, str], Commit | None] = {}
        """Merges of two commits once they were tried, None for conflicts."""
        self._flat: dict[str, Files] = {}
        self.put_files({})

    def put_blob(self, data: bytes) -> str:
        """Keep some bytes, and return their hash."""
        sha = self._put("blob", data)
        self.blobs[sha] = data
        return sha

    def put_tree(self, entries: Files) -> str:
        """Keep one directory of names without slashes, and return its hash."""
        # git sorts directories as if their names ended in a slash.
        ordered = sorted(entries, key=lambda n: n + "/" * (entries[n].mode == TREE_MODE))
        data = b"".join(
            f"{entries[name].mode.lstrip('0')} {name}".encode()
            + b"\0"
            + bytes.fromhex(entries[name].sha)
            for name in ordered
        )
        sha = self._put("tree", data)
        self.trees[sha] = {name: entries[name] for name in ordered}
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
        return self.put_tree(top)

    def put_commit(  # a commit has this many parts
        self,
        tree: str,
        parents: tuple[str, ...],
        message: str,
        author: Signature,
        committer: Signature | None = None,
        *,
        verified: bool = False,
    ) -> Commit:
        """Keep a commit."""
        committer = committer or author
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {author.git()}", f"committer {committer.git()}", "", message]
        sha = self._put("commit", "\n".join(lines).encode())
        self.commits[sha] = Commit(sha, tree, parents, message, author, committer, verified)
        return self.commits[sha]

    def files(self, tree: str) -> Files:
        """Return all files below a tree, by path; do not change what is returned."""
        if tree not in self._flat:
            flat: Files = {}
            for name, entry in self.trees[tree].items():
                if entry.mode == TREE_MODE:
                    flat |= {f"{name}/{path}": e for path, e in self.files(entry.sha).items()}
                else:
                    flat[name] = entry
            self._flat[tree] = flat
        return self._flat[tree]

    def commit_files(self, sha: str) -> Files:
        """Return all files of a commit, by path; do not change what is returned."""
        return self.files(self.commits[sha].tree)

    def _put(self, kind: str, data: bytes) -> str:
        sha = hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False)
        self.raw[sha.hexdigest()] = (kind, data)
        return sha.hexdigest()


def parents_of(path: str) -> set[str]:
    """Return all folders that a path lies in."""
    return {path[:at] for at, sign in enumerate(path) if sign == "/"}

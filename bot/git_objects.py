"""What git keeps under a hash: a few objects by a question each, many by GitPython's database.

GitPython's import takes as long as twenty questions, so it is left for those who need more.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from bot import git_command

_FEW = 16
"""Blobs that are asked for one by one."""


class Objects:
    """The object database of one repository."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._asked = 0

    def blob(self, sha: str) -> bytes:
        """Return a blob's content. Raises ValueError where it is not here."""
        self._asked += 1
        if self._asked > _FEW:
            return bytes(self._database.stream(bytes.fromhex(sha)).read())
        done = git_command.run(self._root, "cat-file", "blob", sha)
        if done.returncode:
            raise ValueError(f"{sha} is not in this repository: {git_command.reason(done)}")
        return done.stdout

    def files(self, revision: str, paths: Sequence[str]) -> list[bytes | None] | None:
        """Return the content of files at a commit, None for each that it does not have.

        None for all where the commit is not here. One question; no path may hold a line break.
        """
        names = [f"{revision}^{{commit}}", *(f"{revision}:{path}" for path in paths)]
        given = "\n".join(names).encode("utf-8", "surrogateescape")
        said = git_command.ask(self._root, "cat-file", "--batch", given=given)
        commit, *found = _taken_apart(said, len(names))
        return None if commit is None else found

    def add(self, content: bytes) -> str:
        """Keep a blob, and return its hash."""
        said = git_command.ask(self._root, "hash-object", "-w", "--stdin", given=content)
        return said.decode().strip()

    def has(self, name: str) -> bool:
        """Tell whether there is an object of this name."""
        return not git_command.run(self._root, "cat-file", "-e", name).returncode

    @cached_property
    def _database(self) -> Any:
        import git

        return git.Repo(self._root).odb


def _taken_apart(said: bytes, count: int) -> list[bytes | None]:
    """Return each object that `cat-file --batch` was asked for; None for a folder or nothing."""
    out: list[bytes | None] = []
    at = 0
    for _ in range(count):
        end = said.index(b"\n", at)
        header = said[at:end].split(b" ")
        at = end + 1
        if len(header) != 3 or not header[2].isdigit():
            out.append(None)  # `NAME missing`, whatever the name holds.
            continue
        _, kind, size = header
        out.append(None if kind == b"tree" else said[at : at + int(size)])
        at += int(size) + 1
    return out

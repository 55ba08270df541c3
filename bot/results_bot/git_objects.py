"""What git keeps under a hash. One process of git tells it all, from the first question on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from results_bot import git_command

if TYPE_CHECKING:
    from subprocess import Popen


class Objects:
    """The object database of one repository."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._git: Popen[bytes] | None = None
        self._asker = 0

    def blob(self, sha: str) -> bytes:
        """Return a blob's content. Raises ValueError where it is not here."""
        found = self._content(sha)
        if found is None:
            raise ValueError(f"{sha} is not in this repository")
        return found

    def files(self, revision: str, paths: Sequence[str]) -> list[bytes | None] | None:
        """Return the content of files at a commit, None for each that it does not have.

        None for all where the commit is not here. No path may hold a line break.
        """
        if self._content(f"{revision}^{{commit}}") is None:
            return None
        return [self._content(f"{revision}:{path}") for path in paths]

    def add(self, content: bytes) -> str:
        """Keep a blob, and return its hash."""
        said = git_command.ask(self._root, "hash-object", "-w", "--stdin", given=content)
        return said.decode().strip()

    def has(self, name: str) -> bool:
        """Tell whether there is an object of this name."""
        return not git_command.run(self._root, "cat-file", "-e", name).returncode

    def _content(self, name: str) -> bytes | None:
        """Return what is called `name`, None for a folder or nothing. Raises RepositoryError."""
        question = name.encode("utf-8", "surrogateescape") + b"\n"
        git = self._process()
        asked, told = cast("IO[bytes]", git.stdin), cast("IO[bytes]", git.stdout)
        with suppress(BrokenPipeError):
            asked.write(question)
            asked.flush()
        answer = told.readline()
        if not answer:
            self._end()  # It died, and will say why.
            git_command.ask(self._root, "cat-file", "--batch", given=question)
            return self._content(name)
        header = answer.split()
        if len(header) != 3 or not header[2].isdigit():
            return None  # `NAME missing`, whatever the name holds.
        content = told.read(int(header[2]) + 1)[:-1]
        return None if header[1] == b"tree" else content

    def _process(self) -> Popen[bytes]:
        """Return the process that answers us: one forked off us has its own."""
        if self._git is None or self._asker != os.getpid():
            self._git = git_command.start(self._root, "cat-file", "--batch")
            self._asker = os.getpid()
        return self._git

    def _end(self) -> None:
        if self._git is not None and self._asker == os.getpid():
            self._git.communicate()
        self._git = None

    def __del__(self) -> None:
        with suppress(Exception):  # At the end of Python there may be nothing left to end it with.
            self._end()

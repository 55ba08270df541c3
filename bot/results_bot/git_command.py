"""Git outside of a repository: run commands, hide its variables, merge texts, create repositories.

All use of git goes through this module and `git`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # Without git, importing it would raise.
import git

from results_bot.errors import RepositoryError

_LOCAL = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
)
"""What git exports to its hooks about their repository."""


def run(
    command: git.Git, *arguments: str, index: Path | None = None, given: IO[bytes] | None = None
) -> tuple[int, str, str]:
    """Run git; return its exit code and what it printed, in any case. Names may be any bytes."""
    try:
        return cast(
            "tuple[int, str, str]",
            command.execute(
                ["git", *arguments],
                istream=given,  # type: ignore[arg-type] # Any file with a descriptor does.
                with_extended_output=True,
                with_exceptions=False,
                strip_newline_in_stdout=False,
                env={"GIT_INDEX_FILE": str(index)} if index else None,
            ),
        )
    except git.GitCommandNotFound:
        raise RepositoryError("git is not installed, or not on the PATH") from None


@contextmanager
def elsewhere() -> Iterator[None]:
    """Hide what git exported about the hook's repository, to work on another one."""
    hidden = {name: os.environ.pop(name) for name in _LOCAL if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


def merge_texts(base: str, ours: str, theirs: str) -> tuple[str, bool]:
    """Merge three texts as git merges files; the second value is True if conflicts are marked."""
    with tempfile.TemporaryDirectory(prefix="results-bot-merge-") as folder:
        paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
        for path, text in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        labels = [part for name in ("ours", "base", "theirs") for part in ("-L", name)]
        merged = ("merge-file", "-p", *labels, *map(str, paths))
        code, out, error = run(git.Git(folder), *merged)
    if not 0 <= code <= 127:
        raise RepositoryError(f"git merge-file failed: {error.strip()}")
    return out, code > 0


def merged_heads() -> list[str]:
    """Return the commits that `git merge` names to its drivers."""
    return [name.removeprefix("GITHEAD_") for name in os.environ if name.startswith("GITHEAD_")]


def create(folder: Path) -> git.Repo:
    """Make a repository whose commits need none of the user's configuration."""
    repo = git.Repo.init(folder, initial_branch="main")
    with repo.config_writer() as config:
        config.set_value("user", "name", "results-bot example")
        config.set_value("user", "email", "example@results-bot.invalid")
        config.set_value("commit", "gpgsign", "false")
        config.set_value("core", "hooksPath", "/dev/null")
    return repo

"""The walk over the work tree: only folders that a pattern allows, only files for a reader."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from bot.collect.choice import NEVER, allowed, enters
from bot.collect.files import Listed
from bot.collect.registry import claimed
from bot.globs import literal_prefix
from bot.model import Problem


def walk(root: Path, patterns: Sequence[str]) -> Iterator[Listed | Problem]:
    """Yield the artifacts under `root` that `patterns` allow, in the order of their paths.

    A pattern is a run's folder; everything below it is the run's. Links are not followed, since
    what they name is found under its own name, or lies outside.
    """
    for start in _starts(patterns):
        folder = root / start if start else root
        if folder.is_dir():
            yield from _walk(str(folder), start, patterns, root)


def _starts(patterns: Sequence[str]) -> list[str]:
    """Return the folders to start from, none of them below another."""
    prefixes = sorted({literal_prefix(pattern) for pattern in patterns})
    return [
        prefix
        for prefix in prefixes
        if not any(
            prefix != other and (not other or prefix.startswith(other + "/")) for other in prefixes
        )
    ]


def _walk(
    folder: str, relative: str, patterns: Sequence[str], root: Path
) -> Iterator[Listed | Problem]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        yield Problem(relative, f"cannot be listed ({error.strerror})")
        return
    for entry in entries:
        path = f"{relative}/{entry.name}" if relative else entry.name
        if entry.is_symlink():
            yield from _link(entry, path, root)
        elif entry.is_dir(follow_symlinks=False):
            if enters(relative, entry.name) and allowed(path, patterns):
                yield from _walk(entry.path, path, patterns, root)
        elif claimed(path):
            yield from _file(entry, path)


def _file(entry: os.DirEntry[str], path: str) -> Iterator[Listed | Problem]:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return  # Deleted while we looked, as a training job may.
    if not stat.S_ISREG(status.st_mode):
        yield Problem(path, "is not a regular file")
        return
    version = f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}"
    yield Listed(path, status.st_size, partial(_read, entry.path), version)


def _link(entry: os.DirEntry[str], path: str, root: Path) -> Iterator[Problem]:
    """Name a dead link or one to a file elsewhere; one to an artifact of the tree is that one."""
    if not claimed(path) or Path(entry.path).is_dir():
        return
    base, target = root.resolve(), Path(entry.path).resolve()
    if not target.exists():
        yield Problem(path, "is a symbolic link to nothing")
    elif not target.is_relative_to(base):
        yield Problem(path, "is a symbolic link out of the repository; it is not followed")
    elif not _is_artifact(target.relative_to(base).as_posix()):
        yield Problem(path, "is a symbolic link to a file that is no artifact; it is not followed")


def _is_artifact(path: str) -> bool:
    return NEVER.isdisjoint(path.split("/")) and claimed(path)


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a third the time of Path.read_bytes
        return file.readall()

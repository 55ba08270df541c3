"""The walk over the work tree: only folders that a pattern allows, only files for a reader."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from bot.collect.files import Listed
from bot.collect.registry import claimed
from bot.globs import enterable, literal_prefix
from bot.model import Problem

_NEVER = frozenset(
    ".git node_modules .venv venv __pycache__ .tox .mypy_cache .pytest_cache "
    ".ipynb_checkpoints site-packages .neptune".split()
)
_SHALLOW = frozenset({".aim"})
"""Stores that cannot be read: that they are there is worth a word, what is below them is not."""

DEFAULT_FOLDERS = (
    "experiments", "runs", "results", "outputs", "multirun", "mlruns", "lightning_logs", "wandb",
)  # fmt: skip
"""Where training jobs commonly write; the first that is there is taken without configuration."""


def walk(root: Path, patterns: Sequence[str]) -> Iterator[Listed | Problem]:
    """Yield the artifacts under `root` that `patterns` allow, in the order of their paths.

    A pattern is a run's folder; everything below it is the run's. Links are not followed, since
    what they name is found under its own name, or lies outside.
    """
    for start in _starts(patterns):
        folder = root / start if start else root
        if folder.is_dir():
            yield from _walk(str(folder), start, patterns, root)


def tracked(paths: Iterable[str], patterns: Sequence[str]) -> Iterator[str]:
    """Yield those of `paths` that the walk would have found: the same choice, from a list."""
    for path in paths:
        folder, _, _ = path.rpartition("/")
        above = folder.split("/")
        entered = _NEVER.isdisjoint(above) and _SHALLOW.isdisjoint(above[:-1])
        if entered and claimed(path) and _allowed(folder, patterns):
            yield path


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


def _allowed(folder: str, patterns: Sequence[str]) -> bool:
    return any(enterable(pattern, folder) for pattern in patterns)


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
            if _enters(relative, entry.name) and _allowed(path, patterns):
                yield from _walk(entry.path, path, patterns, root)
        elif claimed(path):
            yield from _file(entry, path)


def _enters(folder: str, name: str) -> bool:
    return name not in _NEVER and folder.rpartition("/")[2] not in _SHALLOW


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
    return _NEVER.isdisjoint(path.split("/")) and claimed(path)


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a third the time of Path.read_bytes
        return file.readall()

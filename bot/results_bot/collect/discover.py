"""The walk over the work tree: only folders that a pattern allows, only files for a reader."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec

from results_bot.collect.choice import gate, wanted
from results_bot.collect.file import Listed
from results_bot.collect.survey import Survey, size_and_time, survey
from results_bot.globs import literal_prefix
from results_bot.model import Problem


class Seen(msgspec.Struct, frozen=True):
    """The folders that hold runs as they were at one moment."""

    root: str
    starts: tuple[str, ...]
    survey: Survey
    trouble: Mapping[str, str]
    """Paths that cannot be used, with the reason; an empty one is nothing to tell."""
    began: int = 0
    """When the look began, by the clock that stamps files; 0 where there is none."""

    def files(self) -> Iterator[str]:
        """Yield the paths of the artifacts, in no order."""
        for folder, entries in self.survey.items():
            prefix = f"{folder}/" if folder else ""
            for name, entry in entries.items():
                if isinstance(entry, bytes):
                    yield prefix + name


def look(root: Path, patterns: Sequence[str], began: int = 0) -> Seen:
    """Look at everything under `root` that `patterns` allow; no file is opened.

    A pattern is a run's folder; everything below it is the run's. Links are not followed, since
    what they name is found under its own name, or lies outside.
    """
    return _seen(root, starts(patterns), patterns, began)


def look_at(root: Path, folders: Sequence[str], patterns: Sequence[str]) -> Seen:
    """Look at some of the folders themselves, and at nothing below them."""
    return _seen(root, folders, patterns, deep=False)


def look_below(root: Path, folders: Sequence[str], patterns: Sequence[str], began: int) -> Seen:
    """Look at everything in some of the folders that `patterns` allow, in this process alone."""
    return _seen(root, folders, patterns, began, alone=True)


def _seen(
    root: Path,
    begin: Sequence[str],
    patterns: Sequence[str],
    began: int = 0,
    *,
    alone: bool = False,
    deep: bool = True,
) -> Seen:
    found, trouble = survey(
        str(root),
        begin,
        partial(wanted, patterns),
        gate(patterns),
        alone=alone,
        deep=deep,
    )
    return Seen(str(root), tuple(begin), found, trouble, began)


def listed(seen: Seen) -> Iterator[Listed | Problem]:
    """Yield the artifacts that were seen, in the order of their paths."""
    root, folders, trouble = seen.root, seen.survey, seen.trouble
    pending: list[str | Listed | Problem] = [*reversed(seen.starts)]
    while pending:
        item = pending.pop()
        if not isinstance(item, str):
            yield item
            continue
        if trouble.get(item):
            yield Problem(item, trouble[item])
        entries = folders[item]
        prefix = f"{item}/" if item else ""
        for name in sorted(entries, reverse=True) if len(entries) > 1 else entries:
            entry = entries[name]
            path = prefix + name
            if isinstance(entry, bytes):
                size, touched = size_and_time(entry)
                read = partial(_read, root, path, size)
                pending.append(Listed(path, size, read, entry, touched))
            elif entry:
                pending.append(path)
            elif trouble.get(path):
                pending.append(Problem(path, trouble[path]))


def walk(root: Path, patterns: Sequence[str]) -> Iterator[Listed | Problem]:
    """Yield the artifacts under `root` that `patterns` allow, in the order of their paths."""
    return listed(look(root, patterns))


def starts(patterns: Sequence[str]) -> list[str]:
    """Return the folders to start from, none of them below another."""
    prefixes = sorted({literal_prefix(pattern) for pattern in patterns})
    return [
        prefix
        for prefix in prefixes
        if not any(
            prefix != other and (not other or prefix.startswith(other + "/")) for other in prefixes
        )
    ]


def _read(root: str, path: str, size: int) -> bytes:
    """Return a file's bytes, `size` when it was listed: three system calls where open has seven."""
    descriptor = os.open(f"{root}/{path}", os.O_RDONLY)
    try:
        data = os.read(descriptor, size + 1)
        if len(data) == size:
            return data
        parts = [data]  # It grew or shrank meanwhile, or cannot be read at once.
        while data:
            data = os.read(descriptor, 1 << 20)
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(descriptor)

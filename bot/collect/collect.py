"""Artifacts in, runs out: each file to its reader, then all together. No file can stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.collect.combine import combine
from bot.collect.files import File, Listed, UnreadableError
from bot.collect.found import Found, Reader
from bot.collect.registry import readers
from bot.hostile import printable
from bot.model import Collection, Problem


def collect(
    listed: Iterable[Listed | Problem],
    bases: Sequence[str],
    max_size: int,
    progress: Callable[[], None] = lambda: None,
    patterns: Sequence[str] = (),
) -> Collection:
    """Read every listed file and put the numbers together.

    `bases` are the folders that hold runs, `patterns` the runs' own; `max_size` is in bytes;
    `progress` is called for each file.
    """
    found: dict[str, Sequence[Found]] = {}
    problems: list[Problem] = []
    for item in listed:
        progress()
        if isinstance(item, Problem):
            problems.append(Problem(printable(item.file), item.reason))
            continue
        try:
            found[item.path] = read(File(item, max_size))
        except UnreadableError as error:
            problems.append(Problem(printable(item.path), str(error)))
            found[item.path] = ()
        except Exception as error:  # A reader's bug, or a plug-in's, must not stop the rest.
            reason = f"stopped its reader, which is a bug: {type(error).__name__}: {error}"
            problems.append(Problem(printable(item.path), printable(reason)))
            found[item.path] = ()
    runs, remarks = combine(found, bases, patterns)
    return Collection(tuple(runs), tuple(problems), tuple(remarks))


def read(file: File) -> list[Found]:
    """Return what the first fitting reader finds in `file`. Raises UnreadableError."""
    return read_by(file)[1]


def read_by(file: File) -> tuple[Reader | None, list[Found]]:
    """Return the reader too; None where no reader knows what the file is."""
    for reader in readers():
        if reader.claims(file.path):
            found = reader.read(file)
            if found is not None:
                return reader, found
    return None, []

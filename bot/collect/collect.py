"""Artifacts in, runs out: each file to its reader, then all together. No file can stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bot.collect.combine import combine, titles
from bot.collect.files import File, Listed, UnreadableError, UnsupportedError
from bot.collect.flatten import MAX_NAME
from bot.collect.found import Found, Reader
from bot.collect.registry import readers
from bot.hostile import printable
from bot.model import Collection, Problem


def collect(
    listed: Iterable[Listed | Problem],
    bases: Sequence[str],
    max_size: int,
    progress: Callable[[], None] = lambda: None,
) -> Collection:
    """Read every listed file and put the numbers together.

    `bases` are the folders that hold runs; `max_size` is in bytes; `progress` is called for each
    file.
    """
    found: dict[str, Sequence[Found]] = {}
    problems: list[Problem] = []
    unsupported: list[Problem] = []
    for item in listed:
        progress()
        if isinstance(item, Problem):
            problems.append(item)
            continue
        try:
            pieces = read(File(item, max_size))
        except UnsupportedError as error:
            unsupported.append(Problem(printable(item.path), str(error)))
        except UnreadableError as error:
            problems.append(Problem(printable(item.path), str(error)))
            found[item.path] = ()
        else:
            if pieces:
                found[item.path] = pieces
    runs, remarks = combine(found, bases)
    return Collection(
        tuple(runs), tuple(problems), (*unsupported, *remarks), titles(found.values())
    )


def read(file: File) -> list[Found]:
    """Return what the first fitting reader finds in `file`. Raises UnreadableError."""
    return read_by(file)[1]


def read_by(file: File) -> tuple[Reader | None, list[Found]]:
    """Return the reader too; None where no reader knows what the file is."""
    for reader in readers():
        if reader.claims(file.path):
            found = reader.read(file)
            if found is not None:
                return reader, _with_doubled_keys(file, found)
    return None, []


def _with_doubled_keys(file: File, found: list[Found]) -> list[Found]:
    """Add a word for each key that a JSON object has twice, where a reader parsed one."""
    if "json" not in file.__dict__ or not found or not file.doubled_keys:
        return found
    said = tuple(
        (printable(key)[:MAX_NAME], "is there more than once in one object; the last one counts")
        for key in file.doubled_keys
    )
    return [replace(found[0], left_out=found[0].left_out + said), *found[1:]]

"""Artifacts in, runs out: each file to its reader, then all together. No file can stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from msgspec import structs

from results_bot.collect.combine import combine, titles, told_to_unfinished
from results_bot.collect.extracted import Artifact, Extracted, Reader, State
from results_bot.collect.file import File, Listed, UnreadableError, UnsupportedError
from results_bot.collect.flatten import MAX_NAME
from results_bot.collect.kept import Kept
from results_bot.collect.readers import claimants
from results_bot.hostile import printable
from results_bot.model import Collection, Problem, Run


def collect(
    listed: Iterable[Listed | Problem],
    bases: Sequence[str],
    max_size: int,
    progress: Callable[[], None] = lambda: None,
    patterns: Sequence[str] = (),
    kept: Kept | None = None,
) -> Collection:
    """Read every listed file and put the numbers together.

    `bases` are the folders that hold runs, `patterns` the runs' own; `max_size` is in bytes;
    `progress` is called for each file; `kept` spares reading what did not change.
    """
    return put_together(artifacts(listed, max_size, progress, kept), bases, patterns)


def artifacts(
    listed: Iterable[Listed | Problem],
    max_size: int,
    progress: Callable[[], None] = lambda: None,
    kept: Kept | None = None,
) -> Iterator[Artifact]:
    """Read every listed file by itself: what one machine of many can do of the work."""
    look = partial(read_one, max_size=max_size)
    for item in listed:
        progress()
        if isinstance(item, Problem) or kept is None:
            yield look(item)
        else:
            yield kept.ask(item, look)
    if kept is not None:
        kept.save()


def read_one(item: Listed | Problem, max_size: int) -> Artifact:
    """Return what one file says, or why it says nothing. Never raises."""
    if isinstance(item, Problem):
        return Artifact(item.file, State.NOT_LISTED, printable(item.reason))
    try:
        return Artifact(item.path, pieces=tuple(read(File(item, max_size))))
    except UnsupportedError as error:
        return Artifact(item.path, State.UNSUPPORTED, printable(str(error)))
    except UnreadableError as error:
        return Artifact(item.path, State.UNREADABLE, printable(str(error)))
    except Exception as error:  # A reader's bug, or a plug-in's, must not stop the rest.
        reason = f"stopped its reader, which is a bug: {type(error).__name__}: {error}"
        return Artifact(item.path, State.UNREADABLE, printable(reason))


def put_together(
    read: Iterable[Artifact],
    bases: Sequence[str],
    patterns: Sequence[str] = (),
    told: Callable[[Sequence[Run]], set[str]] = told_to_unfinished,
) -> Collection:
    """Return the runs that the artifacts, in the order of the walk, are of.

    `told` is for `combine`.
    """
    found: dict[str, Sequence[Extracted]] = {}
    problems: list[Problem] = []
    unsupported: list[Problem] = []
    for one in read:
        if one.state is not State.READ:
            unusable = unsupported if one.state is State.UNSUPPORTED else problems
            unusable.append(Problem(printable(one.path), one.reason))
        if one.pieces or one.state is State.UNREADABLE:
            found[one.path] = one.pieces
    runs, remarks = combine(found, bases, patterns, told)
    return Collection(
        tuple(runs), tuple(problems), (*unsupported, *remarks), titles(found.values())
    )


def read(file: File) -> list[Extracted]:
    """Return what the first fitting reader finds in `file`. Raises UnreadableError."""
    return read_by(file)[1]


def read_by(file: File) -> tuple[Reader | None, list[Extracted]]:
    """Return the reader too; None where no reader knows what the file is."""
    for reader in claimants(file.path):
        found = reader.read(file)
        if found is not None:
            return reader, _with_remarks(found, file.doubled_keys() if file.was_parsed else ())
    return None, []


def _with_remarks(found: Sequence[Extracted], doubled_keys: Sequence[str]) -> list[Extracted]:
    """Add a remark for each key that a JSON object has twice."""
    if not doubled_keys or not found:
        return [*found]
    doubled = tuple(
        (printable(key)[:MAX_NAME], "is there more than once in one object; the last one counts")
        for key in doubled_keys
    )
    return [structs.replace(found[0], left_out=found[0].left_out + doubled), *found[1:]]

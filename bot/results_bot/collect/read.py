"""Read files: each by the first reader that recognises it. No file can stop the others."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial

from msgspec import structs

from results_bot.collect.cache import Cache
from results_bot.collect.extracted import Artifact, Extracted, FileState, Reader
from results_bot.collect.file import File, Listed, UnreadableError, UnsupportedError
from results_bot.collect.flatten import label
from results_bot.collect.readers import claimants, plug_in_readers
from results_bot.escape import printable
from results_bot.model import Problem


def read_all(
    listed: Iterable[Listed | Problem],
    max_size: int,
    progress: Callable[[], None] = lambda: None,
    cache: Cache | None = None,
    *,
    began: int = 0,
    never: Container[str] = (),
) -> Iterator[Artifact]:
    """Yield what each listed file holds; `progress` is called for each.

    `began` and `never` say which files the `cache` must not keep.
    """
    read = partial(read_one, max_size=max_size)
    for item in listed:
        progress()
        if (
            isinstance(item, Problem)
            or cache is None
            or any(reader.claims(item.path) for reader in plug_in_readers())
        ):
            yield read(item)
        else:
            yield cache.ask(item, read, began, never)
    if cache is not None:
        cache.save()


def read_one(item: Listed | Problem, max_size: int) -> Artifact:
    """Return what one file holds, or why it cannot be used. Never raises."""
    return read_one_by(item, max_size)[1]


def read_one_by(item: Listed | Problem, max_size: int) -> tuple[Reader | None, Artifact]:
    """Return the reader as well; None if no reader recognises the file or it cannot be used."""
    if isinstance(item, Problem):
        return None, Artifact(item.file, FileState.NOT_LISTED, printable(item.reason))
    try:
        reader, pieces = read_by(File(item, max_size))
        return reader, Artifact(item.path, pieces=tuple(pieces))
    except UnsupportedError as error:
        return None, Artifact(item.path, FileState.UNSUPPORTED, printable(str(error)))
    except UnreadableError as error:
        return None, Artifact(item.path, FileState.UNREADABLE, printable(str(error)))
    except Exception as error:  # A bug in a reader, ours or a third party's.
        reason = f"stopped its reader, which is a bug: {type(error).__name__}: {error}"
        return None, Artifact(item.path, FileState.UNREADABLE, printable(reason))


def read(file: File) -> list[Extracted]:
    """Return what the first fitting reader extracts from `file`. Raises UnreadableError."""
    return read_by(file)[1]


def read_by(file: File) -> tuple[Reader | None, list[Extracted]]:
    """Return the reader as well; None if no reader recognises the file."""
    for reader in claimants(file.path):
        found = reader.read(file)
        if found is not None:
            for key in file.doubled_keys() if file.was_parsed else ():
                file.remark(f"`{label(key)}` is more than once in one object; the last one counts")
            if found and (file.remarks or file.left_out):
                first = structs.replace(
                    found[0],
                    left_out=(*found[0].left_out, *file.left_out),
                    remarks=tuple(map(printable, file.remarks)),
                )
                found = [first, *found[1:]]
            return reader, [*found]
    return None, []

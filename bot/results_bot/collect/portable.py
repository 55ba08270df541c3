"""What one artifact said as a row of a table, to be put together elsewhere; nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha1

import msgspec
from msgspec import structs

from results_bot.collect.collect import read_one
from results_bot.collect.extracted import Artifact, Extracted
from results_bot.collect.file import Listed
from results_bot.model import Problem

_LONGEST_PATH = 4096


class Row(msgspec.Struct, frozen=True):
    """An artifact with what judging will ask for."""

    artifact: Artifact
    digest: str = ""
    """Of the content, as git names a blob; of a file that was not opened, its size."""
    samples: bytes | None = None
    """The whole file, where it has a line for each sample."""


def rows(
    listed: Iterable[Listed | Problem], max_size: int, progress: Callable[[], None]
) -> Iterator[Row]:
    """Read every file once, and keep what the other side cannot read again."""
    for item in listed:
        progress()
        yield Row(read_one(item, max_size)) if isinstance(item, Problem) else _row(item, max_size)


def _row(item: Listed, max_size: int) -> Row:
    taken: list[bytes] = []

    def read() -> bytes:
        taken.append(item.read())
        return taken[-1]

    said = read_one(structs.replace(item, read=read), max_size)
    if not taken:
        return Row(said, f"{item.size} bytes")
    evidence = any(piece.predictions for piece in said.pieces)
    return Row(said, blob_hash(taken[-1]), taken[-1] if evidence else None)


def blob_hash(data: bytes) -> str:
    """Return git's hash of a file with this content."""
    return sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def text_of(pieces: Sequence[Extracted]) -> str:
    """Return JSON, ASCII only, from which `pieces_of` makes the same again.

    With NaN and Infinity, as Python writes them; what is not said is left out.
    """
    return json.dumps(
        [_said(msgspec.to_builtins(piece)) for piece in pieces], separators=(",", ":")
    )


def pieces_of(text: str) -> tuple[Extracted, ...]:
    """Return what `text_of` wrote. Raises ValueError where it is anything else."""
    try:
        pieces = msgspec.convert(json.loads(text), tuple[Extracted, ...])
    except (ValueError, RecursionError, TypeError) as error:  # ValidationError is a ValueError.
        raise ValueError("holds what no reader says") from error
    if any(piece.root is not None and not is_inside(piece.root or "a") for piece in pieces):
        raise ValueError("names a folder outside of the repository")
    return pieces


def is_inside(path: str) -> bool:
    """Tell whether a path of another machine's stays in the repository, or is an address."""
    parts = path.split("/")
    return 0 < len(path) <= _LONGEST_PATH and ".." not in parts and path[0] != "/"


def _said(piece: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in piece.items() if value != _NOTHING[name]}


_NOTHING: dict[str, object] = msgspec.to_builtins(Extracted())

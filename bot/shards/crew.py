"""All processors at the shards of a tree: whoever is free takes the next one."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Sequence
from functools import partial
from typing import BinaryIO

from bot.collect.forked import Forked, Pieces, close, helpers
from bot.shards.cut import Shard
from bot.shards.work import Result, Task, result

_LENGTH = 8


def results(
    task: Task, shards: Sequence[Shard], progress: Callable[[int], None] = lambda _: None
) -> list[Result]:
    """Return what comes of each shard. A process that dies takes nothing with it.

    `progress` is called with the number of shards that were done. Raises UnicodeEncodeError as
    `result` does.
    """
    pieces = Pieces(shards)
    crew = [Forked(partial(_help, task, pieces)) for _ in range(helpers())] if shards[1:] else []
    found: dict[int, list[Result]] = {}
    try:
        for number, some in pieces:
            found[number] = [result(task, shard) for shard in some]
            progress(len(some))
        for child in crew:
            theirs = _received(child.pipe.read())
            found |= theirs
            progress(sum(map(len, theirs.values())))
    finally:
        close(pieces, *crew)
    for number, some in enumerate(pieces.all):
        if number not in found:
            found[number] = [result(task, shard) for shard in some]
    return [one for number in range(len(pieces.all)) for one in found[number]]


def _help(task: Task, pieces: Pieces, pipe: BinaryIO) -> None:
    done = [(number, [tuple(result(task, one)) for one in some]) for number, some in pieces]
    # Names of files may be any bytes, which other formats do not write.
    data = marshal.dumps(done)
    pipe.write(len(data).to_bytes(_LENGTH, "big") + data)


def _received(data: bytes) -> dict[int, list[Result]]:
    """Return what a child did, nothing if it was killed."""
    if len(data) < _LENGTH or len(data) - _LENGTH != int.from_bytes(data[:_LENGTH], "big"):
        return {}
    done: list[tuple[int, list[tuple[bytes, bytes, bytes]]]]
    done = marshal.loads(memoryview(data)[_LENGTH:])  # noqa: S302 - our own
    return {number: [Result(*one) for one in some] for number, some in done}

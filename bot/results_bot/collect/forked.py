"""Processes that are forked to share work: whoever is free takes the next piece of it.

Nobody may depend on a child: it may be killed, out of memory, at any time. Imports nothing of the
project, so that the question whether anything changed costs no more than the look at it.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial

TYPE_CHECKING = False  # As typing says, whose import takes longer than a small tree.
if TYPE_CHECKING:
    from typing import Any, BinaryIO

_MOST_CHILDREN = 7
_MOST_PIECES = 128
_LENGTH = 8


def helpers() -> int:
    """Return how many processes may be forked; one that has threads is not."""
    threading = sys.modules.get("threading")
    if sys.platform != "linux" or (threading is not None and threading.active_count() > 1):
        return 0
    return min(len(os.sched_getaffinity(0)) - 1, _MOST_CHILDREN)


class Forked:
    """A process that does some work and writes into `pipe`; nothing of the parent's is flushed."""

    def __init__(self, work: Callable[[BinaryIO], None]) -> None:
        receive, send = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            code = 1
            try:
                os.close(receive)
                with open(send, "wb") as pipe:  # noqa: PTH123 - it has no path
                    work(pipe)
                code = 0
            finally:
                os._exit(code)
        os.close(send)
        self.pipe = open(receive, "rb")  # noqa: SIM115, PTH123 - closed by `close`

    def close(self) -> None:
        """Wait for the process, which ends when nobody reads what it writes."""
        self.pipe.close()
        os.waitpid(self._process, 0)


class Pieces:
    """Work in pieces: of the processes that go through them, each piece comes to one."""

    def __init__(self, work: Sequence[Any]) -> None:
        size = max(1, -(-len(work) // _MOST_PIECES))
        self.all = [work[at : at + size] for at in range(0, len(work), size)]
        self._next, numbers = os.pipe()
        os.write(numbers, bytes(range(len(self.all))))
        os.close(numbers)

    def __iter__(self) -> Iterator[tuple[int, Sequence[Any]]]:
        """Yield the number and the work of the pieces that nobody has taken yet."""
        while number := os.read(self._next, 1):
            yield number[0], self.all[number[0]]

    def close(self) -> None:
        """Leave no work to anybody."""
        while os.read(self._next, _MOST_PIECES):
            pass
        os.close(self._next)


def close(pieces: Pieces, *crew: Forked) -> None:
    """End the work and wait for all who do it."""
    pieces.close()
    for child in crew:
        child.close()


def shared(
    work: Sequence[Any],
    do: Callable[[Sequence[Any]], Any],
    done: Callable[[Any], None] = lambda _: None,
) -> list[Any]:
    """Return what `do` makes of each piece of the work, in order; whoever is free takes the next.

    `do` returns what marshal writes, and `done` is called with it as soon as it is known here. What
    a process that died was at is done here.
    """
    pieces = Pieces(work)
    count = helpers() if len(pieces.all) > 1 else 0
    crew = [Forked(partial(_help, pieces, do)) for _ in range(count)]
    found: dict[int, Any] = {}
    try:
        for number, some in pieces:
            found[number] = do(some)
            done(found[number])
        for child in crew:
            theirs = _received(child.pipe.read())
            found |= theirs
            for made in theirs.values():
                done(made)
    finally:
        close(pieces, *crew)
    for number, some in enumerate(pieces.all):
        if number not in found:
            found[number] = do(some)
            done(found[number])
    return [found[number] for number in range(len(pieces.all))]


def _help(pieces: Pieces, do: Callable[[Sequence[Any]], Any], pipe: BinaryIO) -> None:
    # Names of files may be any bytes, which other formats do not write.
    data = marshal.dumps([(number, do(some)) for number, some in pieces])
    pipe.write(len(data).to_bytes(_LENGTH, "big") + data)


def _received(data: bytes) -> dict[int, Any]:
    """Return what a child did, nothing if it was killed."""
    if len(data) < _LENGTH or len(data) - _LENGTH != int.from_bytes(data[:_LENGTH], "big"):
        return {}
    return dict(marshal.loads(memoryview(data)[_LENGTH:]))  # noqa: S302 - our own

"""Processes that are forked to share work: whoever is free takes the next piece of it.

Nobody may depend on a child: it may be killed, out of memory, at any time. Imports nothing of the
project, so that the question whether anything changed costs no more than the look at it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence

TYPE_CHECKING = False  # As typing says, whose import takes longer than a small tree.
if TYPE_CHECKING:
    from typing import Any, BinaryIO

_MOST_CHILDREN = 7
_MOST_PIECES = 128


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

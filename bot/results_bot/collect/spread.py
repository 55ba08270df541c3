"""Reading the files of the work tree with all processors: forked processes read a share each.

A child has the listing of its parent, and sends what every second block of files says (of three
processes, every third) as records through a pipe. Nothing is lost with a child: what it does not
send, the parent reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import BinaryIO

import msgspec

from results_bot.collect.collect import artifacts, look_into, read_one
from results_bot.collect.files import Listed
from results_bot.collect.forked import Forked, helpers
from results_bot.collect.found import Said, Shape
from results_bot.collect.kept import Kept
from results_bot.collect.records import Record, Shapes
from results_bot.model import Problem

FEWEST = 2_000
"""Files below which the second process costs more than it saves."""
BLOCK = 256
"""Files that one process reads before it is the next one's turn."""
_LENGTH = 8

Item = Listed | Problem
Look = Callable[[Listed], Said]


class _Block(msgspec.Struct, array_like=True):
    """What a child says of one block: its new shapes, and a record a file where there is one."""

    shapes: list[Shape]
    records: list[Record | None]


def spread(
    listed: Iterable[Item],
    max_size: int,
    progress: Callable[[], None] = lambda: None,
    kept: Kept | None = None,
) -> Iterator[Said]:
    """Do what `artifacts` does, with more processes where that is quicker; same order, same result.

    Only for files that any process can read: their `read` must share nothing with other files.
    """
    blocks = [*_blocks(iter(listed))]
    many = sum(map(len, blocks)) >= FEWEST
    children = helpers() if many and (kept is None or kept.empty) else 0
    if not children:
        yield from artifacts(chain.from_iterable(blocks), max_size, progress, kept)
        return
    for said in _shared(blocks, max_size, kept, children):
        progress()
        yield said
    if kept is not None:
        kept.save()


def _shared(
    blocks: list[list[Item]], max_size: int, kept: Kept | None, children: int
) -> Iterator[Said]:
    look = partial(look_into, max_size=max_size)

    def own(item: Item) -> Said:
        if isinstance(item, Problem):
            return read_one(item, max_size)
        return look(item) if kept is None else kept.ask(item, look)

    crew: list[_Child] = []
    try:
        for turn in range(1, children + 1):
            crew.append(_Child(blocks, look, turn, children + 1))
        for number, block in enumerate(blocks):
            blocks[number] = []  # What was read need not be held until all is.
            turn = number % (children + 1)
            yield from crew[turn - 1].said(block, own, kept) if turn else map(own, block)
    finally:
        for child in crew:
            child.close()


def _blocks(items: Iterator[Item]) -> Iterator[list[Item]]:
    while block := list(islice(items, BLOCK)):
        yield block


class _Child:
    """A forked process that reads every `of`-th block, and the end of the pipe that it fills."""

    def __init__(self, blocks: list[list[Item]], look: Look, turn: int, of: int) -> None:
        self._process = Forked(partial(_work, blocks[turn::of], look))
        self._pipe = self._process.pipe
        self._shapes = Shapes()
        self._numbers: list[int] = []
        """The numbers that the memory gives to the child's shapes."""
        self._lives = True

    def said(
        self, block: list[Item], own: Callable[[Item], Said], kept: Kept | None
    ) -> Iterator[Said]:
        """Yield what the child says of one block; what it does not, `own` reads."""
        records = self._received(len(block), kept)
        for item, record in zip(block, records, strict=True):
            if record is None or isinstance(item, Problem):
                yield own(item)
            else:
                yield self._shapes.said(record, item.path) or own(item)
                self._keep(item, record, kept)

    def _keep(self, item: Listed, record: Record, kept: Kept | None) -> None:
        if kept is not None:
            if record.shape >= 0:
                record.shape = self._numbers[record.shape]
            kept.add(item, record)

    def close(self) -> None:
        """Wait for the child, which ends when nobody reads what it writes."""
        self._process.close()

    def _received(self, count: int, kept: Kept | None) -> list[Record | None]:
        """Return the records of the next block; Nones where there are none to be had any more."""
        size = self._pipe.read(_LENGTH) if self._lives else b""
        data = self._pipe.read(int.from_bytes(size, "big"))
        try:
            block = msgspec.msgpack.decode(data, type=_Block)
        except msgspec.MsgspecError:
            self._lives = False  # It was killed: out of memory, or by a reader's library.
            return [None] * count
        for shape in block.shapes:
            self._shapes.number(shape)
            if kept is not None:
                self._numbers.append(kept.shapes.number(shape))
        return block.records


def _work(blocks: list[list[Item]], look: Look, pipe: BinaryIO) -> None:
    """Read and send `blocks`."""
    shapes, told = Shapes(), 0
    for block in blocks:
        records = [_record(shapes, item, look) for item in block]
        data = msgspec.msgpack.encode(_Block(shapes.by_number[told:], records))
        told = len(shapes.by_number)
        pipe.write(len(data).to_bytes(_LENGTH, "big") + data)
        pipe.flush()


def _record(shapes: Shapes, item: Item, look: Look) -> Record | None:
    return shapes.record(item, look(item)) if isinstance(item, Listed) else None

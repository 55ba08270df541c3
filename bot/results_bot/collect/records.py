"""What artifacts say as small records: to be kept on disk, and sent from process to process.

Most files of a tree have the same names in the same order; a record has the values alone, and the
number of the shape that has the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from results_bot.collect.files import Listed
from results_bot.collect.found import Artifact, Found, Plain, Said, Shape, State
from results_bot.model import Direction, Kind, Scalar

_FINAL = {(Kind.FINAL, None, Direction.UNKNOWN)}


class Record(msgspec.Struct, array_like=True, gc=False):
    """What one file says."""

    version: Any
    """A `Version`; msgspec knows no unions of text and bytes."""
    shape: int
    """-1 where the file says more than final numbers of its own; then `whole` has it."""
    values: tuple[float, ...] = ()
    params: tuple[Scalar, ...] = ()
    whole: bytes = b""


class Shapes:
    """The shapes of one set of records, by number."""

    def __init__(self, known: Iterable[Shape] = ()) -> None:
        self.by_number: list[Shape] = []
        self._numbers: dict[Shape, int] = {}
        for shape in known:
            self.number(shape)

    def number(self, shape: Shape) -> int:
        """Return the number of a shape, a new one where it is new."""
        number = self._numbers.setdefault(shape, len(self.by_number))
        if number == len(self.by_number):
            self.by_number.append(shape)
        return number

    def record(self, item: Listed, said: Said) -> Record | None:
        """Return what to keep of `said`; None for what would not come back as it went."""
        if not _encodable(item.path):
            return None
        plain = said if isinstance(said, Plain) else _plain(said)
        if plain is None or not _storable(plain.params):
            whole = _whole(said if isinstance(said, Artifact) else said.artifact())
            return None if whole is None else Record(item.version, -1, whole=whole)
        number = self._numbers.get(plain.shape)
        if number is None:
            if not all(map(_encodable, _texts(plain.shape))):
                return None
            number = self.number(plain.shape)
        return Record(item.version, number, plain.values, plain.params)

    def said(self, record: Record, path: str) -> Said | None:
        """Return what a record of the file at `path` says; None where it is not one of ours."""
        if record.shape < 0:
            return msgspec.msgpack.decode(record.whole, type=Artifact)
        if record.shape >= len(self.by_number):
            return None
        shape = self.by_number[record.shape]
        if (len(shape.names), len(shape.params)) != (len(record.values), len(record.params)):
            return None
        return Plain(path, shape, record.values, record.params)


def _texts(shape: Shape) -> Iterable[str]:
    """Yield every text in a shape."""
    yield from shape.names
    yield from shape.params
    yield from (text for pair in shape.left_out for text in pair)


def _plain(said: Artifact) -> Plain | None:
    """Return the same in short, where it is numbers and settings of one run and nothing else."""
    if said.state is not State.READ or len(said.pieces) != 1:
        return None
    (found,) = said.pieces
    if found != Found(found.readings, found.params, left_out=found.left_out):
        return None
    if not all(type(one.value) is float and one.file == said.path for one in found.readings):
        return None
    names = tuple([one.name for one in found.readings])
    kinds = tuple([(one.kind, one.step, one.direction) for one in found.readings])
    shape = Shape(names, tuple(found.params), found.left_out, kinds if set(kinds) - _FINAL else ())
    values = tuple([one.value for one in found.readings])
    return Plain(said.path, shape, values, tuple(found.params.values()))


def _storable(values: Iterable[Scalar]) -> bool:
    """Tell whether settings come back as they are; integers of many digits would not."""
    for value in values:
        if isinstance(value, str):
            if not _encodable(value):
                return False
        elif isinstance(value, int) and not -(2**63) < value < 2**63:
            return False
    return True


def _whole(said: Artifact) -> bytes | None:
    """Return all of it as bytes, where the same comes back; a number of many digits would not."""
    try:
        data = msgspec.msgpack.encode(said)
        back = msgspec.msgpack.decode(data, type=Artifact)
    except (msgspec.MsgspecError, OverflowError, TypeError, ValueError):
        return None
    return data if repr(back) == repr(said) else None


def _encodable(text: str) -> bool:
    """Tell whether `text` is Unicode; names of files may be any bytes."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

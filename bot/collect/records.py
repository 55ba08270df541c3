"""What artifacts say as small records: to be kept on disk, and sent from process to process.

Most files of a tree have the same names in the same order; a record has the values alone, and the
number of the shape that has the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bot.collect.files import Listed
from bot.collect.found import Artifact, Found, State
from bot.model import Direction, Kind, Reading, Scalar


class Shape(msgspec.Struct, array_like=True, frozen=True):
    """All that files of one layout have in common: names and kinds, and what was left out."""

    readings: tuple[tuple[str, Kind, int | None, Direction], ...]
    params: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]

    def texts(self) -> Iterable[str]:
        """Yield every text in it."""
        yield from (name for name, *_ in self.readings)
        yield from self.params
        yield from (text for pair in self.left_out for text in pair)


class Record(msgspec.Struct, array_like=True, gc=False):
    """What one file says."""

    version: str
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
        self._plain: dict[tuple[object, ...], int] = {}
        """The numbers by all that tells a shape whose readings are plain final numbers."""
        for shape in known:
            self.number(shape)

    def number(self, shape: Shape) -> int:
        """Return the number of a shape, a new one where it is new."""
        number = self._numbers.setdefault(shape, len(self.by_number))
        if number == len(self.by_number):
            self.by_number.append(shape)
        return number

    def record(self, item: Listed, said: Artifact) -> Record | None:
        """Return what to keep of `said`; None for what would not come back as it went."""
        if not _encodable(item.path):
            return None
        if not _is_plain(said, item.path):
            whole = _whole(said)
            return None if whole is None else Record(item.version, -1, whole=whole)
        (found,) = said.pieces
        number = self._number_of(found)
        if number is None:
            return None
        values = tuple([one.value for one in found.readings])
        return Record(item.version, number, values, tuple(found.params.values()))

    def said(self, record: Record, path: str) -> Artifact | None:
        """Return what a record of the file at `path` says; None where it is not one of ours."""
        if record.shape < 0:
            return msgspec.msgpack.decode(record.whole, type=Artifact)
        if record.shape >= len(self.by_number):
            return None
        shape = self.by_number[record.shape]
        if (len(shape.readings), len(shape.params)) != (len(record.values), len(record.params)):
            return None
        readings = tuple(
            [
                Reading(name, value, path, kind, step, way)
                for (name, kind, step, way), value in zip(shape.readings, record.values)  # noqa: B905
            ]
        )
        params = dict(zip(shape.params, record.params, strict=True))
        return Artifact(path, pieces=(Found(readings, params, left_out=shape.left_out),))

    def _number_of(self, found: Found) -> int | None:
        """Return the number of the file's shape; None where it cannot be written."""
        names = tuple([one.name for one in found.readings])
        plain = all(map(_is_final, found.readings))
        key = (names, tuple(found.params), found.left_out) if plain else ()
        number = self._plain.get(key) if plain else None
        if number is None:
            readings = tuple(
                (one.name, one.kind, one.step, one.direction) for one in found.readings
            )
            shape = Shape(readings, tuple(found.params), found.left_out)
            if shape not in self._numbers and not all(map(_encodable, shape.texts())):
                return None
            number = self.number(shape)
            if plain:
                self._plain[key] = number
        return number


def _is_final(one: Reading) -> bool:
    usual = one.kind is Kind.FINAL and one.direction is Direction.UNKNOWN
    return usual and one.step is None


def _is_plain(said: Artifact, path: str) -> bool:
    """Tell whether the file holds numbers and settings of one run and nothing else."""
    if said.state is not State.READ or len(said.pieces) != 1:
        return False
    (found,) = said.pieces
    return (
        found == Found(found.readings, found.params, left_out=found.left_out)
        and all(type(one.value) is float and one.file == path for one in found.readings)
        and all(map(_storable, found.params.values()))
    )


def _storable(value: Scalar) -> bool:
    if isinstance(value, str):
        return _encodable(value)
    return not isinstance(value, int) or abs(value) < 2**63


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
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

"""What each artifact said when it was last read, so that only what changed is read again.

An artifact is known by its path and version: stat data in the work tree, git's hash elsewhere. What
was touched after the look at it began may differ from what is then read, and is not kept (git calls
such entries racy). The file may be deleted, shared or damaged at any time: what is not whole, or is
another program's, is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from pathlib import Path

import msgspec

from bot import sealed
from bot.collect.files import Listed
from bot.collect.found import Artifact, Found, State
from bot.model import Direction, Kind, Reading, Scalar

Read = Callable[[Listed], Artifact]


class _Shape(msgspec.Struct, array_like=True, frozen=True):
    """All that files of one layout have in common: names and kinds, and what was left out."""

    readings: tuple[tuple[str, Kind, int | None, Direction], ...]
    params: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]

    def texts(self) -> Iterable[str]:
        yield from (name for name, *_ in self.readings)
        yield from self.params
        yield from (text for pair in self.left_out for text in pair)


class _Record(msgspec.Struct, array_like=True, gc=False):
    version: str
    shape: int
    """-1 where the file says more than final numbers of its own; then `whole` has it."""
    values: tuple[float, ...] = ()
    params: tuple[Scalar, ...] = ()
    whole: bytes = b""


class _Document(msgspec.Struct, array_like=True):
    stamp: bytes
    shapes: list[_Shape]
    records: dict[str, _Record]


class Kept:
    """The memory of one place; `file` is where it lies between two commands."""

    def __init__(
        self,
        file: Path,
        stamp: bytes,
        began: int | None,
        *,
        spare: int = 0,
        never: Container[str] = (),
    ) -> None:
        """Open the memory.

        `stamp` tells the program and its settings, `began` when the look at the artifacts began,
        in nanoseconds by the clock that stamps files; None where versions are hashes. `spare` is
        how many records stay that nobody asked for; what `never` holds is read each time.
        """
        self._file, self._stamp, self._began = file, stamp, began
        self._spare, self._never = spare, never
        old = _opened(file, stamp)
        self._shapes: dict[_Shape, int] = {shape: at for at, shape in enumerate(old.shapes)}
        self._by_number = list(old.shapes)
        self._old = old.records
        self._new: dict[str, _Record] = {}
        self._changed = False

    def knows(self, item: Listed) -> bool:
        """Tell whether `ask` will likely not read `item`."""
        record = self._old.get(item.path)
        return record is not None and record.version == item.version

    def ask(self, item: Listed, read: Read) -> Artifact:
        """Return what `item` says: from memory where it is the same file, else by `read`."""
        record = self._old.get(item.path)
        if record is not None and record.version == item.version:
            said = self._said(record, item.path)
            if said is not None:
                self._new[item.path] = record
                return said
        said = read(item)
        racy = self._began is not None and item.touched >= self._began
        if item.version and not racy and item.path not in self._never:
            made = self._record(item, said)
            if made is not None:
                self._new[item.path] = made
                self._changed = True
        return said

    def save(self) -> None:
        """Write the memory, where it is another than before."""
        unasked = [path for path in self._old if path not in self._new]
        if not self._changed and len(unasked) <= self._spare:
            return
        records = {path: self._old[path] for path in unasked[: self._spare]} | self._new
        document = _Document(self._stamp, self._by_number, records)
        sealed.write(self._file, msgspec.msgpack.encode(document))

    def _record(self, item: Listed, said: Artifact) -> _Record | None:
        """Return what to keep; None for what would not come back as it went."""
        if not _encodable(item.path):
            return None
        if not _is_plain(said, item.path):
            whole = _whole(said)
            return None if whole is None else _Record(item.version, -1, whole=whole)
        (found,) = said.pieces
        names = tuple((one.name, one.kind, one.step, one.direction) for one in found.readings)
        shape = _Shape(names, tuple(found.params), found.left_out)
        number = self._shapes.get(shape)
        if number is None:
            if not all(map(_encodable, shape.texts())):
                return None
            number = self._shapes[shape] = len(self._by_number)
            self._by_number.append(shape)
        values = tuple(one.value for one in found.readings)
        return _Record(item.version, number, values, tuple(found.params.values()))

    def _said(self, record: _Record, path: str) -> Artifact | None:
        if record.shape < 0:
            return msgspec.msgpack.decode(record.whole, type=Artifact)
        if record.shape >= len(self._by_number):
            return None
        shape = self._by_number[record.shape]
        if (len(shape.readings), len(shape.params)) != (len(record.values), len(record.params)):
            return None
        readings = tuple(
            Reading(name, value, path, kind, step, way)
            for (name, kind, step, way), value in zip(shape.readings, record.values, strict=True)
        )
        params = dict(zip(shape.params, record.params, strict=True))
        return Artifact(path, pieces=(Found(readings, params, left_out=shape.left_out),))


def _opened(file: Path, stamp: bytes) -> _Document:
    payload = sealed.read(file)
    if payload is not None:
        try:
            document = msgspec.msgpack.decode(payload, type=_Document)
        except msgspec.MsgspecError:
            pass
        else:
            if document.stamp == stamp:
                return document
    return _Document(stamp, [], {})


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

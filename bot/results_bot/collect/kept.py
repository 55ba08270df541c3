"""What each artifact said when it was last read, so that only what changed is read again.

An artifact is known by its path and version: stat data in the work tree, git's hash elsewhere. What
was touched after the look at it began may differ from what is then read, and is not kept (git calls
such entries racy). The file may be deleted, shared or damaged at any time: what is not whole, or is
another program's, is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from pathlib import Path

import msgspec

from results_bot import sealed
from results_bot.collect.files import Listed
from results_bot.collect.found import Said, Shape
from results_bot.collect.records import Record, Shapes

Look = Callable[[Listed], Said]


class _Document(msgspec.Struct, array_like=True):
    stamp: bytes
    shapes: list[Shape]
    records: dict[str, Record]


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
        again: int = 0,
    ) -> None:
        """Open the memory.

        `stamp` tells the program and its settings, `began` when the look at the artifacts began,
        in nanoseconds by the clock that stamps files; None where versions are hashes. `spare` is
        how many records stay that nobody asked for; what `never` holds is read each time, and JSON
        of fewer bytes than `again`.
        """
        self._file, self._stamp, self._began = file, stamp, began
        self._spare, self._never, self._again = spare, never, again
        old = _opened(file, stamp)
        self.shapes = Shapes(old.shapes)
        self._old = old.records
        self._new: dict[str, Record] = {}
        self._changed = False

    @property
    def empty(self) -> bool:
        """Tell whether every file will be read."""
        return not self._old

    def knows(self, item: Listed) -> bool:
        """Tell whether `ask` will likely not read `item`."""
        record = self._old.get(item.path)
        return record is not None and record.version == item.version

    def ask(self, item: Listed, look: Look) -> Said:
        """Return what `item` says: from memory where it is the same file, else by `look`."""
        record = self._old.get(item.path)
        if record is not None and record.version == item.version:
            known = self.shapes.said(record, item.path)
            if known is not None:
                self._new[item.path] = record
                return known
        said = look(item)
        if self._may_keep(item):
            made = self.shapes.record(item, said)
            if made is not None:
                self._put(item, made)
        return said

    def add(self, item: Listed, record: Record) -> None:
        """Keep what another process found `item` to say; its shape is one of `shapes`."""
        if self._may_keep(item):
            self._put(item, record)

    def _may_keep(self, item: Listed) -> bool:
        if item.size < self._again and item.path.endswith(".json"):
            return False
        racy = self._began is not None and item.touched >= self._began
        return bool(item.version) and not racy and item.path not in self._never

    def _put(self, item: Listed, record: Record) -> None:
        self._new[item.path] = record
        self._changed = True

    def save(self) -> None:
        """Write the memory, where it is another than before."""
        unasked = [path for path in self._old if path not in self._new]
        if not self._changed and len(unasked) <= self._spare:
            return
        records = {path: self._old[path] for path in unasked[: self._spare]} | self._new
        document = _Document(self._stamp, self.shapes.by_number, records)
        sealed.write(self._file, msgspec.msgpack.encode(document))


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

"""What each artifact said when it was last read, so that only what changed is read again.

An artifact is known by its path and version: stat data in the work tree, git's hash elsewhere. What
was touched after the look at it began may differ from what is then read, and is not kept (git calls
such entries racy). The file may be deleted, shared or damaged at any time: what is not whole, or is
another program's, is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

import msgspec

from results_bot import sealed
from results_bot.collect.extracted import Artifact
from results_bot.collect.file import Listed

Look = Callable[[Listed], Artifact]


class _Record(msgspec.Struct, array_like=True, gc=False):
    version: Any
    """A `Version`; msgspec has no unions of text and bytes."""
    artifact: bytes


class _Document(msgspec.Struct, array_like=True):
    stamp: bytes
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
        self._old = _opened(file, stamp)
        self._new: dict[str, _Record] = {}
        self._changed = False

    @property
    def empty(self) -> bool:
        """Tell whether every file will be read."""
        return not self._old

    def knows(self, item: Listed) -> bool:
        """Tell whether `ask` will likely not read `item`."""
        record = self._old.get(item.path)
        return record is not None and record.version == item.version

    def ask(self, item: Listed, look: Look) -> Artifact:
        """Return what `item` says: from memory where it is the same file, else by `look`."""
        record = self._old.get(item.path)
        if record is not None and record.version == item.version:
            self._new[item.path] = record
            return _decoder.decode(record.artifact)
        artifact = look(item)
        racy = self._began is not None and item.touched >= self._began
        if item.version and not racy and item.path not in self._never:
            try:
                record = _Record(item.version, msgspec.msgpack.encode(artifact))
            except (OverflowError, UnicodeEncodeError):
                return artifact  # It holds what msgpack cannot: a huge integer, an odd file name.
            self._new[item.path] = record
            self._changed = True
        return artifact

    def save(self) -> None:
        """Write the memory, where it is another than before."""
        unasked = [path for path in self._old if path not in self._new]
        if not self._changed and len(unasked) <= self._spare:
            return
        records = {path: self._old[path] for path in unasked[: self._spare]} | self._new
        document = _Document(self._stamp, records)
        sealed.write(self._file, msgspec.msgpack.encode(document))


_decoder = msgspec.msgpack.Decoder(Artifact)


def _opened(file: Path, stamp: bytes) -> dict[str, _Record]:
    payload = sealed.read(file)
    if payload is not None:
        try:
            document = msgspec.msgpack.decode(payload, type=_Document)
        except msgspec.MsgspecError:
            return {}
        if document.stamp == stamp:
            return document.records
    return {}

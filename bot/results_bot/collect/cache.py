"""The cache: what each file held when it was last read, so that only changed files are read again.

A file is known by its path and version: size, times and inode in the work tree, git's hash for a
blob, the storage's own tag under an address. What was read in the work tree is known by git's hash
too, so that it is not read again once it is staged or committed. All share one file in the git
folder, which may be deleted, shared or damaged at any time: it is believed only where it is whole,
this user's, and written by this version of the program.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from binascii import crc32
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec.structs import replace

from results_bot import __version__
from results_bot.collect.extracted import Artifact
from results_bot.collect.file import Listed, blob_hash

Read = Callable[[Listed], Artifact]

_MAGIC = b"results-bot cache 6\n"
_LEFT = 3600
"""Seconds after which a temporary file belongs to no command that still runs."""
_SPARE = 50_000
"""Records that are kept although nobody asked for them: the blobs of other commits."""
_decoder = msgspec.msgpack.Decoder(Artifact)
_encoder = msgspec.msgpack.Encoder()


class _Document(msgspec.Struct, array_like=True):
    stamp: str
    records: dict[str, msgspec.Raw]
    """What each file held, by its path and version."""


class Cache:
    """What files held, kept in one file between commands."""

    def __init__(self, path: Path, max_size: int) -> None:
        """Open the cache at `path`; `max_size` is the cap on artifacts, in bytes."""
        self._path = path
        self._began = _now(path.parent)
        self._stamp = f"{__version__} {sys.version} {max_size}"
        self._old: dict[str, msgspec.Raw] = {}
        self._new: dict[str, msgspec.Raw] = {}
        self._changed = False
        with suppress(msgspec.MsgspecError):
            document = msgspec.msgpack.decode(read(path) or b"", type=_Document)
            self._old = document.records if document.stamp == self._stamp else {}

    def knows(self, item: Listed) -> bool:
        """Return True if `ask` will not read `item`."""
        return bool(item.version) and _key(item.path, item.version) in self._old

    def ask(self, item: Listed, read: Read) -> Artifact:
        """Return what `item` held when it had this version, or else read it.

        A file that was touched after the cache was opened may have changed since it was listed, and
        is kept by its content alone (git calls such entries racy).
        """
        if not item.version:
            return read(item)
        key = _key(item.path, item.version)
        known = self._old.get(key)
        if known is not None:
            with suppress(msgspec.MsgspecError):  # Whole, and yet not ours.
                artifact = _decoder.decode(known)
                self._new[key] = known
                return artifact
        hashes = []

        def content() -> bytes:
            data = item.read()
            hashes.append(blob_hash(data))
            return data

        artifact = read(replace(item, read=content))
        racy = item.touched and item.touched >= self._began
        # A huge integer or an odd file name is read each time.
        with suppress(OverflowError, UnicodeEncodeError):
            record = msgspec.Raw(_encoder.encode(artifact))
            for version in (*hashes, *([] if racy else [item.version])):
                self._new[_key(item.path, version)] = record
                self._changed = True
        return artifact

    def save(self) -> None:
        """Write the cache if it holds anything new."""
        if not self._changed:
            return
        spare = [(key, record) for key, record in self._old.items() if key not in self._new]
        kept = dict(spare[-_SPARE:]) | self._new
        write(self._path, _encoder.encode(_Document(self._stamp, kept)))
        self._changed = False


def _key(path: str, version: str) -> str:
    return f"{path}\0{version}"


@contextmanager
def replacing(path: Path, mode: int | None = None) -> Iterator[Path]:
    """Yield a temporary file beside `path`, and rename it to `path` where nothing went wrong.

    Clears those that killed commands left there. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(".results-bot-*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT:
                left.unlink()
    handle, name = tempfile.mkstemp(path.suffix, ".results-bot-", path.parent)
    os.close(handle)
    try:
        if mode is not None:
            os.chmod(name, mode)  # noqa: PTH101
        yield Path(name)
        os.replace(name, path)  # noqa: PTH105
    finally:
        Path(name).unlink(missing_ok=True)  # Still there only where it was not renamed.


def write(path: Path, payload: bytes) -> None:
    """Replace a private file at once, with a checksum; a disk that is full or read-only is fine."""
    with suppress(OSError), replacing(path) as new:
        new.write_bytes(_head(payload) + payload)


def read(path: Path) -> bytes | None:
    """Return what `write` wrote; None where it is missing, damaged or another user's."""
    try:
        with path.open("rb") as file:
            if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
                return None
            data = file.read()
    except OSError:
        return None
    payload = data[len(_head(b"")) :]
    return payload if data.startswith(_head(payload)) else None


def _head(payload: bytes) -> bytes:
    return _MAGIC + crc32(payload).to_bytes(4, "big")


def _now(folder: Path) -> int:
    """Return the time by the clock of the file system, in nanoseconds; 0 if it has none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="clock") as file:
            return os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return 0


def user_folder(root: Path) -> Path:
    """Return the folder for private files of a place without a git folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    name = blake2b(os.fsencode(root), digest_size=16).hexdigest()
    return Path(cache) / "results-bot" / name

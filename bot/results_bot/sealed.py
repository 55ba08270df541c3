"""Small private files that may vanish, be shared or be damaged: believed whole or not at all.

A sealed file opens with what wrote it and a checksum of the rest. Nothing here is ever needed:
whoever opens one that is missing, cut off, another version's or another user's gets None.
"""

from __future__ import annotations

import os
from binascii import crc32
from os.path import dirname, join

try:
    # hashlib loads OpenSSL first, which takes longer than all that is digested here.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

Place = str | os.PathLike[str]

_MAGIC = b"results-bot cache 2\n"
_HEAD = len(_MAGIC) + 4
_SIZE = 16


def write(path: Place, payload: bytes) -> bool:
    """Replace the file at once; of two writers one wins. Tell whether it worked."""
    new = f"{os.fspath(path)}.{os.getpid()}.new"
    try:
        os.makedirs(dirname(path), exist_ok=True)
        with open(new, "wb") as file:
            file.write(_head(payload))
            file.write(payload)
        os.replace(new, path)
    except OSError:
        return False  # A read-only or full disk; the next run works without.
    return True


def read(path: Place) -> bytes | None:
    """Return the payload, or None where there is none to believe."""
    try:
        with open(path, "rb", buffering=0) as file:
            if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
                return None
            data = file.readall()
    except OSError:
        return None
    payload = data[_HEAD:]
    return payload if data[:_HEAD] == _head(payload) else None


def _head(payload: bytes) -> bytes:
    return _MAGIC + crc32(payload).to_bytes(_HEAD - len(_MAGIC), "big")


def digest(data: bytes) -> bytes:
    """Return what tells `data` from any other."""
    return blake2b(data, digest_size=_SIZE).digest()


def now(folder: Place) -> int:
    """Return the time by the clock that stamps files in `folder`, in nanoseconds; 0 without one."""
    clock = join(folder, "clock")
    try:
        os.makedirs(folder, exist_ok=True)
        with open(clock, "wb"):
            pass
        os.utime(clock)
        return os.stat(clock).st_mtime_ns
    except OSError:
        return 0


def user_folder(root: Place) -> str:
    """Return the folder for what belongs to a place without a git folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or join(os.path.expanduser("~"), ".cache")
    return join(cache, "results-bot", digest(os.fsencode(root)).hex())

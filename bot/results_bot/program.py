"""Which program this is: what its answers depend on besides the input. Nothing is imported for it.

Whatever is installed or removed touches the folder that it goes to; own code is looked at file by
file, since it may be a work tree.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache

from results_bot import __version__


def fingerprint(modules: Iterable[str] = ()) -> tuple[object, ...]:
    """Return what changes whenever the program does; `modules` are files of plug-ins."""
    here = os.getcwd()
    installed = [path for path in sys.path if path and os.path.abspath(path) != here]
    return (
        (__version__, sys.version, sys.prefix),
        [(path, _stat(path)) for path in (*installed, *modules)],
        list(_code(os.path.dirname(__file__))),
    )


@cache
def at_first(modules: tuple[str, ...] = ()) -> tuple[object, ...]:
    """Return what the fingerprint was when this process first asked: of the code that it runs."""
    return fingerprint(modules)


def _code(folder: str) -> Iterator[tuple[str, tuple[int, ...] | None]]:
    with os.scandir(folder) as scan:
        for entry in sorted(scan, key=lambda one: one.name):
            if entry.name.endswith(".py"):
                yield entry.path, _stat(entry.path)
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _code(entry.path)


def _stat(path: str) -> tuple[int, ...] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)

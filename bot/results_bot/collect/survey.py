"""What lies under the folders that hold runs: names and stat data, nothing opened.

Both the walk that lists artifacts and the question whether anything changed since the last time
start here. Imports nearly nothing, so that the question costs no more than the walk.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, compress
from stat import S_ISREG
from sys import intern

from results_bot.collect.forked import Forked, Pieces, close, helpers, shared

TYPE_CHECKING = False  # As typing says, whose import takes longer than a small tree.
if TYPE_CHECKING:
    from typing import BinaryIO

Stat = bytes
"""Size, mtime and ctime in nanoseconds, inode, packed: what tells a file from its earlier self.

Whoever rewrites a file in place and sets mtime back is found out by ctime. There is one of it for
each file: numbers would take three times the memory.
"""
Entry = Stat | bool | None
"""A file for a reader by its stat data; True a folder that was entered, False one that was not;
None for anything else."""
Survey = Mapping[str, Mapping[str, Entry]]
"""For each folder below the root, its entries by name; a folder that is not there has none."""
FEWEST = 2_000
"""Folders below which a second process costs more than it saves."""
_PLAIN = 2
"""The version of marshal that writes the same value as the same bytes."""
_YES = b"same"


def survey(
    root: str,
    starts: Iterable[str],
    wanted: Callable[[str, str], bool],
    enter: Callable[[str, str], bool],
    *,
    alone: bool = False,
    deep: bool = True,
) -> tuple[dict[str, dict[str, Entry]], dict[str, str]]:
    """Look at everything under `starts`, folders below `root` (`""` is the root itself).

    Other processes help with many folders, but where this one is to do it `alone`. Where it is not
    `deep`, nothing below `starts` is looked at.

    `wanted` tells from a path and its last part whether a reader takes the file, `enter` whether a
    folder can hold runs. Returns the survey, and the paths that are no files of ours to read, each
    with the reason; it is empty for a link to what is found elsewhere.
    """
    look = _Look(root, wanted, enter)
    pending = list(starts)
    if not deep:
        for start in starts:
            look.below([start], len(look.seen) + 1)
        return look.seen, look.trouble
    if not alone:
        look.below(pending, FEWEST)
        if pending and helpers():
            look.share(pending)
    look.below(pending)
    return look.seen, look.trouble


class _Look:
    """A survey under way."""

    def __init__(
        self, root: str, wanted: Callable[[str, str], bool], enter: Callable[[str, str], bool]
    ) -> None:
        self._root, self._wanted, self._enter = root, wanted, enter
        self.seen: dict[str, dict[str, Entry]] = {}
        self.trouble: dict[str, str] = {}

    def below(self, pending: list[str], most: int = sys.maxsize) -> None:
        """Empty `pending`, folders to look at with all below them, until `most` were seen."""
        while pending and len(self.seen) < most:
            folder = pending.pop()
            self.seen[folder] = {}
            try:
                with os.scandir(f"{self._root}/{folder}") as scan:
                    self._take(scan, folder, pending)
            except (FileNotFoundError, NotADirectoryError):
                pass  # No runs yet, or deleted while we looked.
            except OSError as error:
                self.trouble[folder] = f"cannot be listed ({error.strerror})"

    def share(self, pending: list[str]) -> None:
        """Do the same together with forked processes."""
        for seen, trouble in shared(pending, self._beside):
            self.seen.update(seen)
            self.trouble.update(trouble)
        pending.clear()

    def _beside(self, folders: Sequence[str]) -> tuple[dict[str, dict[str, Entry]], dict[str, str]]:
        """Look at some of the folders in a survey of its own."""
        look = _Look(self._root, self._wanted, self._enter)
        look.below([*folders])
        return look.seen, look.trouble

    def _take(self, scan: Iterable[os.DirEntry[str]], folder: str, pending: list[str]) -> None:
        """Add what lies in one folder."""
        wanted, enter = self._wanted, self._enter
        entries = self.seen[folder]
        prefix = f"{folder}/" if folder else ""
        for entry in scan:
            name = entry.name
            path = prefix + name
            if entry.is_dir(follow_symlinks=False):
                entries[name] = entered = enter(path, name)
                if entered:
                    pending.append(path)
                continue
            known = None
            if wanted(path, name):
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    self.trouble[path] = ""  # Deleted while we looked, as a training job may.
                else:
                    if S_ISREG(status.st_mode):
                        known = stat_of(status)
                    else:
                        self.trouble[path] = _odd(entry, self._root, wanted)
            entries[intern(name)] = known  # The files of all runs have the same few names.


def same(root: str, before: Survey) -> bool:
    """Tell whether a survey would find what it found `before`; nothing else is computed."""
    if len(before) < FEWEST or not helpers():
        return unchanged(root, before)

    def are_same(folders: Sequence[str]) -> bool:
        return all(_same_folder(f"{root}/{folder}", before[folder]) for folder in folders)

    def answer(pipe: BinaryIO) -> None:
        if all(are_same(folders) for _, folders in pieces):
            pipe.write(_YES)

    pieces = Pieces([*before])
    crew = [Forked(answer) for _ in range(helpers())]
    try:
        mine = all(are_same(folders) for _, folders in pieces)
        return mine and all(child.pipe.read() == _YES for child in crew)
    finally:
        close(pieces, *crew)


def still_true(root: str, before: Sequence[bytes]) -> list[bytes]:
    """Return those of several surveys, `dumped`, that would find the same."""

    def are_same(some: Sequence[bytes]) -> list[bool]:
        return [unchanged(root, marshal.loads(one)) for one in some]  # noqa: S302 - our own

    return [*compress(before, chain.from_iterable(shared(before, are_same)))]


def unchanged(root: str, before: Survey) -> bool:
    """Tell the same in this process alone."""
    return all(_same_folder(f"{root}/{folder}", known) for folder, known in before.items())


def _same_folder(path: str, before: Mapping[str, Entry]) -> bool:
    """Tell whether a folder has the entries that it had."""
    count = 0
    try:
        with os.scandir(path) as scan:
            for entry in scan:
                known = before.get(entry.name, ())
                if known and known is not True:
                    status = entry.stat(follow_symlinks=False)
                    if known != stat_of(status) or not S_ISREG(status.st_mode):
                        return False
                elif known == () or entry.is_dir(follow_symlinks=False) is (known is None):
                    return False
                count += 1
    except (FileNotFoundError, NotADirectoryError):
        return not before
    except OSError:
        return False
    return count == len(before)


def stat_of(status: os.stat_result) -> Stat:
    """Return what is kept of a file's stat data."""
    known = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    return marshal.dumps(known, _PLAIN)


def size_and_time(known: Stat) -> tuple[int, int]:
    """Return a file's size, and when it was last written or changed, in nanoseconds."""
    size, mtime, ctime, _ = marshal.loads(known)  # noqa: S302 - our own
    return size, mtime if mtime > ctime else ctime


def dumped(seen: Survey) -> bytes:
    """Return a survey as bytes, for `marshal.loads`."""
    return marshal.dumps(seen)  # type: ignore[arg-type]


def newest(seen: Survey) -> int:
    """Return the latest time at which any surveyed file was touched, in nanoseconds."""
    touched = [
        size_and_time(entry)[1]
        for entries in seen.values()
        for entry in entries.values()
        if isinstance(entry, bytes)
    ]
    return max(touched, default=0)


def _odd(entry: os.DirEntry[str], root: str, wanted: Callable[[str, str], bool]) -> str:
    """Say why what is no file of its own cannot be read."""
    return _link(entry.path, root, wanted) if entry.is_symlink() else "is not a regular file"


def _link(path: str, root: str, wanted: Callable[[str, str], bool]) -> str:
    """Name a dead link or one to a file elsewhere; one to an artifact of the tree is that one."""
    target = os.path.realpath(path)
    if not os.path.exists(target):
        return "is a symbolic link to nothing"
    if os.path.isdir(target):
        return ""
    base = os.path.realpath(root).rstrip("/") + "/"
    if not target.startswith(base):
        return "is a symbolic link out of the repository; it is not followed"
    if not wanted(target.removeprefix(base), os.path.basename(target)):
        return "is a symbolic link to a file that is no artifact; it is not followed"
    return ""

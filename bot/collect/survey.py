"""What lies under the folders that hold runs: names and stat data, nothing opened.

Both the walk that lists artifacts and the question whether anything changed since the last time
start here. Imports nothing of the project, so that the question costs no more than the walk.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from sys import intern

Stat = tuple[int, int, int, int]
"""Size, mtime and ctime in nanoseconds, inode: what tells a file from its earlier self.

Whoever rewrites a file in place and sets mtime back is found out by ctime.
"""
Entry = Stat | bool | None
"""A file for a reader by its stat data; True a folder that was entered, False one that was not;
None for anything else."""
Survey = Mapping[str, Mapping[str, Entry]]
"""For each folder below the root, its entries by name; a folder that is not there has none."""
_ODD = "is not a regular file"


def survey(
    root: str,
    starts: Iterable[str],
    wanted: Callable[[str], bool],
    enter: Callable[[str, str], bool],
) -> tuple[dict[str, dict[str, Entry]], dict[str, str]]:
    """Look at everything under `starts`, folders below `root` (`""` is the root itself).

    `wanted` tells from a path whether a reader takes the file, `enter` from a path and its last
    part whether a folder can hold runs. Returns the survey, and the paths that are no files of
    ours to read, each with the reason; it is empty for a link to what is found elsewhere.
    """
    seen: dict[str, dict[str, Entry]] = {}
    trouble: dict[str, str] = {}
    pending = list(starts)
    while pending:
        folder = pending.pop()
        entries: dict[str, Entry] = {}
        prefix = f"{folder}/" if folder else ""
        try:
            with os.scandir(f"{root}/{folder}") as scan:
                for entry in scan:
                    name = intern(entry.name)  # The files of all runs have the same few names.
                    path = prefix + name
                    if entry.is_dir(follow_symlinks=False):
                        entries[name] = entered = enter(path, name)
                        if entered:
                            pending.append(path)
                    elif not wanted(path):
                        entries[name] = None
                    elif entry.is_file(follow_symlinks=False):
                        entries[name] = _file(entry, path, trouble)
                    else:
                        trouble[path] = _no_file(entry, root, wanted)
                        entries[name] = None
        except (FileNotFoundError, NotADirectoryError):
            pass  # No runs yet, or deleted while we looked.
        except OSError as error:
            trouble[folder] = f"cannot be listed ({error.strerror})"
        seen[folder] = entries
    return seen, trouble


def same(root: str, starts: Iterable[str], before: Survey) -> bool:
    """Tell whether a survey would find what it found `before`; nothing else is computed."""
    pending = list(starts)
    count = 0
    while pending:
        folder = pending.pop()
        entries = before.get(folder)
        try:
            inside = None if entries is None else _same_folder(f"{root}/{folder}", entries)
        except (FileNotFoundError, NotADirectoryError):
            inside = None if entries else []
        except OSError:
            return False
        if inside is None:
            return False
        count += 1
        prefix = f"{folder}/" if folder else ""
        pending += [prefix + name for name in inside]
    return count == len(before)


def _same_folder(path: str, before: Mapping[str, Entry]) -> list[str] | None:
    """Return the folders to go on with, or None where something in this one is new."""
    inside: list[str] = []
    count = 0
    with os.scandir(path) as scan:
        for entry in scan:
            known = before.get(entry.name, ())
            if known and known is not True:
                status = entry.stat(follow_symlinks=False)
                if known != stat_of(status) or not stat.S_ISREG(status.st_mode):
                    return None
            elif known == () or entry.is_dir(follow_symlinks=False) is (known is None):
                return None
            elif known:
                inside.append(entry.name)
            count += 1
    return inside if count == len(before) else None


def stat_of(status: os.stat_result) -> Stat:
    """Return what is kept of a file's stat data."""
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def newest(seen: Survey) -> int:
    """Return the latest time at which any surveyed file was touched, in nanoseconds."""
    return max(
        (
            max(entry[1], entry[2])
            for entries in seen.values()
            for entry in entries.values()
            if isinstance(entry, tuple)
        ),
        default=0,
    )


def _file(entry: os.DirEntry[str], path: str, trouble: dict[str, str]) -> Entry:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        trouble[path] = ""  # Deleted while we looked, as a training job may.
        return None
    if stat.S_ISREG(status.st_mode):
        return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    trouble[path] = _ODD
    return None


def _no_file(entry: os.DirEntry[str], root: str, wanted: Callable[[str], bool]) -> str:
    """Say why what is no file of its own cannot be read."""
    if entry.is_symlink():
        return _link(entry.path, root, wanted)
    try:
        entry.stat(follow_symlinks=False)
    except OSError:
        return ""  # Deleted while we looked, where the folder does not tell what its entries are.
    return _ODD


def _link(path: str, root: str, wanted: Callable[[str], bool]) -> str:
    """Name a dead link or one to a file elsewhere; one to an artifact of the tree is that one."""
    target = os.path.realpath(path)
    if not os.path.exists(target):  # noqa: PTH110 - pathlib would cost the quick way its import
        return "is a symbolic link to nothing"
    if os.path.isdir(target):  # noqa: PTH112
        return ""
    base = os.path.realpath(root).rstrip("/") + "/"
    if not target.startswith(base):
        return "is a symbolic link out of the repository; it is not followed"
    if not wanted(target.removeprefix(base)):
        return "is a symbolic link to a file that is no artifact; it is not followed"
    return ""

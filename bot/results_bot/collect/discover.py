"""Find artifacts: the walk over the work tree. Only listed files are opened, by `read_bytes`."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from results_bot.collect.file import Listed
from results_bot.collect.paths import enterable_by, is_artifact, starts
from results_bot.model import Problem

_DVC_CACHE = ".dvc/cache"
"""DVC links files to it: these links are followed."""


def walk(root: Path, patterns: Sequence[str]) -> Iterator[Listed | Problem]:
    """Yield the artifacts under `root` that `patterns` allow, in the order of their paths.

    A pattern names a run's folder; everything below it belongs to the run. Links are not followed:
    their targets are found under their own names, or lie outside.
    """
    enters = enterable_by(patterns)
    base = str(root)
    pending: list[str | Listed | Problem] = [*reversed(starts(patterns))]
    while pending:
        item = pending.pop()
        if not isinstance(item, str):
            yield item
            continue
        try:
            with os.scandir(f"{base}/{item}") as scan:
                entries = sorted(scan, key=lambda entry: entry.name, reverse=True)
        except (FileNotFoundError, NotADirectoryError):
            continue  # There are no runs yet, or the folder was deleted meanwhile.
        except OSError as error:
            yield Problem(item, f"cannot be listed ({error.strerror})")
            continue
        prefix = f"{item}/" if item else ""
        for entry in entries:
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if enters(path):
                    pending.append(path)
            else:
                found = _listed(entry, path, base, patterns)
                if found is not None:
                    pending.append(found)


def may_exist(root: Path, path: str) -> bool:
    """Return False only if there is certainly no file at `path`: a folder may be unreadable."""
    try:
        return stat.S_ISREG((root / path).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def read_bytes(path: str | Path) -> bytes:
    """Return the content of a regular file; a pipe or a device is never waited for.

    Raises OSError.
    """
    with open(path, "rb", buffering=0, opener=_open_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "is not a regular file")
        return file.read()


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _listed(
    entry: os.DirEntry[str], path: str, root: str, patterns: Sequence[str]
) -> Listed | Problem | None:
    """Return an artifact, or a problem if it cannot be read.

    None for any other file, and for a link to what the walk finds under its own name.
    """
    is_link = entry.is_symlink()
    is_folder = is_link and entry.is_dir()
    if not (enterable_by(patterns)(path) if is_folder else is_artifact(path, patterns)):
        return None
    if is_link:
        target, base = Path(os.path.realpath(entry.path)), os.path.realpath(root)
        is_cached = target.is_relative_to(f"{base}/{_DVC_CACHE}") and target.is_file()
        if not is_cached:
            reason = _reason_not_to_follow(entry.path, target, base, patterns)
            return Problem(path, reason) if reason else None
    try:
        status = entry.stat()
    except OSError:
        return None  # Deleted meanwhile, as a training job may do.
    if not stat.S_ISREG(status.st_mode):
        return Problem(path, "is not a regular file")
    # Whoever rewrites a file in place and sets its time back cannot set back ctime.
    version = f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}"
    touched = max(status.st_mtime_ns, status.st_ctime_ns)
    return Listed(path, status.st_size, partial(read_bytes, entry.path), version, touched)


def _reason_not_to_follow(path: str, target: Path, base: str, patterns: Sequence[str]) -> str:
    """Return why the link at `path` is not followed; "" if the walk finds its target anyway."""
    if not target.exists():
        return "is a symbolic link to nothing"
    if not target.is_relative_to(base):
        return "is a symbolic link out of the repository; it is not followed"
    below = target.relative_to(base).as_posix()
    if target.is_dir():
        is_loop = Path(path).parent.resolve().is_relative_to(target)
        is_found = is_loop or enterable_by(patterns)(below)
        return "" if is_found else "is a symbolic link to a folder that is not searched"
    if is_artifact(below, patterns):
        return ""
    return "is a symbolic link to a file that is no artifact; it is not followed"

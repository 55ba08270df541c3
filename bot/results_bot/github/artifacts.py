"""Artifacts of CI jobs as files of the repository: from a run, or from a downloaded folder.

Nothing here believes what an artifact says; one that cannot be used is a problem with its name,
and the others go on.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
from msgspec.structs import replace

from results_bot.collect.choice import tracked
from results_bot.collect.file import Listed
from results_bot.collect.readers import is_claimed
from results_bot.errors import ConfigError, NotFoundError
from results_bot.github.archives import ArchiveError, Caps, check_path, listed
from results_bot.github.client import TooLargeError
from results_bot.github.placing import Placing
from results_bot.github.runs import Artifact, DamagedError, Runs
from results_bot.hostile import printable
from results_bot.model import Problem


class ExpiredError(ArchiveError):
    """The archive was there once."""


class Bundle(msgspec.Struct, frozen=True):
    """The files of one artifact, by their paths in the repository."""

    name: str
    """Empty where several artifacts were merged before we saw them."""
    files: tuple[Listed, ...]


class Gathered(msgspec.Struct, frozen=True):
    """What several artifacts hold together."""

    bundles: tuple[Bundle, ...] = ()
    problems: tuple[Problem, ...] = ()
    expired: tuple[str, ...] = ()
    """Artifacts that were there and are no longer kept; each is a problem too."""

    @property
    def only_expired(self) -> bool:
        """Tell whether all that cannot be used is what GitHub no longer keeps."""
        return bool(self.expired) and len(self.expired) == len(self.problems)

    @property
    def names(self) -> tuple[str, ...]:
        """The artifacts that could be used."""
        return tuple(bundle.name for bundle in self.bundles if bundle.name)

    @property
    def paths(self) -> list[str]:
        """Where the files of all artifacts belong in the repository."""
        return [file.path for bundle in self.bundles for file in bundle.files]

    def within(self, patterns: Sequence[str]) -> list[Listed | Problem]:
        """Return what `collect` takes: the files that the sections' patterns allow, by path.

        A path that two artifacts fill differently is a problem, and neither is used; so is an
        artifact none of whose metrics lies in a section.
        """
        found: dict[str, tuple[str, Listed]] = {}
        problems = list(self.problems)
        clashing: dict[str, Problem] = {}
        for bundle in self.bundles:
            files = {one.path: one for one in bundle.files}
            wanted = list(tracked(files, patterns))
            if not wanted and (lost := [path for path in files if is_claimed(path)]):
                problems.append(_misplaced(bundle.name, min(lost)))
            for path in wanted:
                before, other = found.setdefault(path, (bundle.name, files[path]))
                if other is not files[path] and not _same(other, files[path]):
                    clashing[path] = _clash(path, before, bundle.name)
        kept = [found[path][1] for path in sorted(found.keys() - clashing.keys())]
        return [*kept, *problems, *(clashing[path] for path in sorted(clashing))]


def from_run(
    runs: Runs,
    run_id: int,
    placing: Placing,
    caps: Caps | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Gathered:
    """Download the artifacts of a run whose names match, into memory. Raises GitHubError."""
    caps = caps or Caps()
    bundles: list[Bundle] = []
    problems: list[Problem] = []
    expired: list[str] = []
    left, members = caps.together, caps.members
    for artifact in runs.artifacts(run_id):
        if not placing.matches(artifact.name):
            continue
        progress()
        try:
            data = _download(runs, artifact, min(caps.archive, left))
            bundle = unpacked(artifact.name, data, placing, replace(caps, members=members))
        except ArchiveError as error:
            problems.append(Problem(_called(artifact.name), str(error)))
            expired += [artifact.name] if isinstance(error, ExpiredError) else []
            continue
        left -= len(data)
        members -= len(bundle.files)
        bundles.append(bundle)
    return Gathered(tuple(bundles), tuple(problems), tuple(expired))


def unpacked(name: str, data: bytes, placing: Placing, caps: Caps) -> Bundle:
    """Return an artifact's files where they belong. Raises ArchiveError."""
    folder = placing.folder(name)
    return Bundle(name, tuple(_placed(one, folder) for one in listed(data, caps)))


def from_folder(folder: Path, placing: Placing, caps: Caps | None = None) -> Gathered:
    """Take what `download-artifact` left in a folder; nothing where there is no folder.

    With a pattern and folders of matching names only, each is one artifact; otherwise the folder
    holds the files of all (`merge-multiple`, or one artifact by its name).
    """
    caps = caps or Caps()
    try:
        tops = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return Gathered()
    except OSError as error:
        return Gathered(
            (), (Problem(printable(folder.name), f"cannot be listed ({error.strerror})"),)
        )
    each = placing.pattern != "*" and all(
        one.is_dir(follow_symlinks=False) and placing.matches(one.name) for one in tops
    )
    if not each and placing.by_name:
        raise ConfigError(
            "the artifacts' prefix asks for their names, but the downloaded folder does not tell "
            "them: give a pattern, and download without merge-multiple"
        )
    sources = [(one.name, Path(one.path)) for one in tops] if each else [("", folder)]
    bundles: list[Bundle] = []
    problems: list[Problem] = []
    for name, place in sources:
        try:
            found, faults = _walked(place, placing.folder(name), caps)
        except ArchiveError as error:
            problems.append(Problem(_called(name), str(error)))
            continue
        bundles.append(Bundle(name, found))
        problems += faults
    return Gathered(tuple(bundles), tuple(problems))


def _download(runs: Runs, artifact: Artifact, cap: int) -> bytes:
    if artifact.expired:
        raise ExpiredError("has expired: GitHub no longer keeps it; run its job again")
    if artifact.size > cap:
        raise ArchiveError(f"is {artifact.size:,} bytes, of which {cap:,} may still be taken")
    try:
        return runs.download(artifact, cap)
    except NotFoundError:
        raise ExpiredError("has expired, or was deleted; run its job again") from None
    except (TooLargeError, DamagedError) as error:
        raise ArchiveError(str(error)) from None


def _walked(start: Path, folder: str, caps: Caps) -> tuple[tuple[Listed, ...], list[Problem]]:
    files: list[Listed] = []
    problems: list[Problem] = []
    for path, entry in _entries(start, ""):
        if entry.is_symlink():
            problems.append(Problem(printable(path), "is a symbolic link; it is not followed"))
            continue
        check_path(path, caps)
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            read = partial(_read, entry.path)
            files.append(_placed(Listed(path, status.st_size, read), folder))
        if len(files) > caps.members:
            raise ArchiveError(f"holds more than {caps.members:,} files")
    return tuple(files), problems


def _entries(folder: Path, below: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        path = f"{below}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(Path(entry.path), f"{path}/")
        else:
            yield path, entry


def _read(path: str) -> bytes:
    return Path(path).read_bytes()


def _placed(one: Listed, folder: str) -> Listed:
    return replace(one, path=f"{folder}/{one.path}") if folder else one


def _same(one: Listed, other: Listed) -> bool:
    if one.size != other.size or one.version != other.version:
        return False
    try:
        return one.read() == other.read()
    except OSError:
        return False


def _clash(path: str, one: str, other: str) -> Problem:
    pair = f"{printable(one)} and {printable(other)}"
    return Problem(printable(path), f"differs in the artifacts {pair}; neither is used")


def _misplaced(name: str, example: str) -> Problem:
    where = printable(example)
    reason = f"none of its files lies in a section's folder (as {where}); set the artifacts' prefix"
    return Problem(_called(name), reason)


def _called(name: str) -> str:
    return f"artifact {printable(name)}" if name else "the downloaded artifacts"

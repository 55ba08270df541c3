"""Artifacts that CI jobs uploaded, as files of the repository: from a run, or a downloaded folder.

Nothing that an artifact claims about itself is believed. One that cannot be used is a problem with
its name, and the others are still read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

import msgspec
from github.Artifact import Artifact
from github.WorkflowRun import WorkflowRun
from msgspec.structs import replace

from results_bot.collect.discover import walk
from results_bot.collect.file import Listed
from results_bot.collect.paths import select
from results_bot.collect.readers import is_claimed
from results_bot.errors import ConfigError, NotFoundError
from results_bot.escape import printable
from results_bot.github.archives import ArchiveError, Caps, check_path, listed
from results_bot.github.client import Client, TooLargeError
from results_bot.model import Problem

_FIELD = re.compile(r"\{(name|match)\}")


class Placing(msgspec.Struct, frozen=True, dict=True):
    """Which artifacts count, and the folder that their files belong in.

    `upload-artifact` strips the folders that all its files share: a job that uploads `runs/a/`
    leaves `metrics.json`. The prefix puts them back; in it `{name}` stands for the artifact's
    name and `{match}` for what the pattern's wildcards matched. With `metrics-*` and
    `runs/{match}`, the file `metrics.json` of `metrics-a` is `runs/a/metrics.json`.
    """

    pattern: str = "*"
    """`*` for any text, `?` for one character."""
    prefix: str = ""

    def __post_init__(self) -> None:
        plain = _FIELD.sub("x", self.prefix)
        if "{" in plain or "}" in plain:
            raise ConfigError("the artifacts' prefix knows {name} and {match}, no other braces")
        try:
            check_path(plain.strip("/") or "x", Caps())
        except ArchiveError as error:
            raise ConfigError(f"the artifacts' prefix {error}") from None

    @property
    def by_name(self) -> bool:
        """Return True if the folder depends on the artifact's name."""
        return _FIELD.search(self.prefix) is not None

    def matches(self, name: str) -> bool:
        """Return True if an artifact of this name counts."""
        return self._wildcards.fullmatch(name) is not None

    def folder(self, name: str) -> str:
        """Return the folder for an artifact's files, empty for the repository's root.

        Raises ArchiveError where the name makes no folder, as hostile ones do not.
        """
        found = self._wildcards.fullmatch(name)
        match = "-".join(filter(None, found.groups())) if found else name
        known = {"name": name, "match": match or name}
        if self.by_name and "/" in name:
            raise ArchiveError("has a name that makes no folder")
        placed = _FIELD.sub(lambda field: known[field[1]], self.prefix).strip("/")
        if placed:
            check_path(placed, Caps())
        return placed

    @cached_property
    def _wildcards(self) -> re.Pattern[str]:
        parts = re.split(r"([*?])", self.pattern)
        kinds = {"*": "(.*)", "?": "(.)"}
        return re.compile("".join(kinds.get(one, re.escape(one)) for one in parts), re.DOTALL)


class ExpiredError(ArchiveError):
    """GitHub no longer keeps the archive."""


class Bundle(msgspec.Struct, frozen=True):
    """The files of one artifact, by their paths in the repository."""

    name: str
    """Empty where several artifacts were merged before we saw them."""
    files: tuple[Listed, ...]


class Gathered(msgspec.Struct, frozen=True):
    """The files of several artifacts."""

    bundles: tuple[Bundle, ...] = ()
    problems: tuple[Problem, ...] = ()
    expired: tuple[str, ...] = ()
    """Artifacts that GitHub no longer keeps; each is a problem too."""

    @property
    def only_expired(self) -> bool:
        """Return True if every artifact that cannot be used has expired."""
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
            wanted = list(select(files, patterns))
            if not wanted and (lost := [path for path in files if is_claimed(path)]):
                where = printable(min(lost))
                reason = f"none of its files lies in a section's folder (as {where}); "
                problems.append(Problem(_title(bundle.name), reason + "set the artifacts' prefix"))
            for path in wanted:
                before, other = found.setdefault(path, (bundle.name, files[path]))
                if other is not files[path] and not _same(other, files[path]):
                    pair = f"{printable(before)} and {printable(bundle.name)}"
                    reason = f"differs in the artifacts {pair}; neither is used"
                    clashing[path] = Problem(printable(path), reason)
        kept = [found[path][1] for path in sorted(found.keys() - clashing.keys())]
        return [*kept, *problems, *(clashing[path] for path in sorted(clashing))]


def from_run(client: Client, run: WorkflowRun, placing: Placing) -> Gathered:
    """Download the artifacts of a run whose names match, into memory. Raises GitHubError."""
    caps = Caps()
    bundles: list[Bundle] = []
    problems: list[Problem] = []
    expired: list[str] = []
    left, members = caps.together, caps.members
    # A job that was run again uploads under the same name; ids need not grow with attempts.
    listing = sorted(run.get_artifacts(), key=lambda one: (one.created_at, one.id))
    latest = {one.name: one for one in listing if placing.matches(one.name)}
    for name in sorted(latest):
        try:
            data = _download(client, latest[name], min(caps.archive, left))
            folder = placing.folder(name)
            files = listed(data, replace(caps, members=members))
        except ArchiveError as error:
            problems.append(Problem(_title(name), str(error)))
            expired += [name] if isinstance(error, ExpiredError) else []
            continue
        left -= len(data)
        members -= len(files)
        bundles.append(Bundle(name, tuple(_placed(one, folder) for one in files)))
    return Gathered(tuple(bundles), tuple(problems), tuple(expired))


def from_folder(folder: Path, placing: Placing) -> Gathered:
    """Take what `download-artifact` left in a folder; nothing where there is no folder.

    With a pattern and folders of matching names only, each is one artifact; otherwise the folder
    holds the files of all (`merge-multiple`, or one artifact by its name).
    """
    try:
        tops = sorted(folder.iterdir())
    except OSError:
        tops = []  # Where there is a reason, `walk` names it.
    each = (
        bool(tops)
        and placing.pattern != "*"
        and all(one.is_dir() and not one.is_symlink() and placing.matches(one.name) for one in tops)
    )
    if tops and not each and placing.by_name:
        raise ConfigError(
            "the artifacts' prefix asks for their names, but the downloaded folder does not have "
            "them: give a pattern, and download without merge-multiple"
        )
    bundles: list[Bundle] = []
    problems: list[Problem] = []
    for place in tops if each else [folder]:
        name = place.name if each else ""
        files: list[Listed] = []
        caps = Caps()
        try:
            into = placing.folder(name)
            for found in walk(place, ["**"]):
                if isinstance(found, Listed):
                    check_path(found.path, caps)
                    # Without a version, which is the file's and not of its content.
                    files.append(_placed(Listed(found.path, found.size, found.read), into))
                else:
                    where = PurePosixPath(place.name, found.file)
                    problems.append(replace(found, file=printable(str(where))))
            if len(files) > caps.members:
                raise ArchiveError(f"holds more than {caps.members:,} files")
            if files or each:
                bundles.append(Bundle(name, tuple(files)))
        except ArchiveError as error:
            problems.append(Problem(_title(name), str(error)))
    return Gathered(tuple(bundles), tuple(problems))


def _download(client: Client, artifact: Artifact, cap: int) -> bytes:
    if artifact.expired:
        raise ExpiredError("has expired: GitHub no longer keeps it; run its job again")
    try:
        data = client.download(f"/actions/artifacts/{artifact.id}/zip", cap)
    except NotFoundError:
        raise ExpiredError("has expired, or was deleted; run its job again") from None
    except TooLargeError as error:
        raise ArchiveError(str(error)) from None
    if artifact.digest and artifact.digest != f"sha256:{hashlib.sha256(data).hexdigest()}":
        raise ArchiveError("is not what was uploaded: its digest differs")
    return data


def _placed(one: Listed, folder: str) -> Listed:
    return replace(one, path=f"{folder}/{one.path}") if folder else one


def _same(one: Listed, other: Listed) -> bool:
    try:
        return one.size == other.size and one.read() == other.read()
    except OSError:
        return False


def _title(name: str) -> str:
    return f"artifact {printable(name)}" if name else "the downloaded artifacts"

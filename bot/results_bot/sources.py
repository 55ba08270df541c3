"""The artifacts of a page: in the work tree, in git, under addresses, on a cluster, in parts.

What a configuration does not mention is neither opened nor imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec.structs import replace

from results_bot.collect.cache import Cache
from results_bot.collect.discover import may_exist, read_bytes, walk
from results_bot.collect.extracted import Artifact
from results_bot.collect.file import IN_LFS, Listed
from results_bot.collect.paths import (
    DEFAULT_FOLDERS,
    in_walk_order,
    is_below,
    path_of,
    select,
    starts,
)
from results_bot.collect.readers import read_all, read_one
from results_bot.collect.runs import group, is_judged
from results_bot.collect.samples import Samples, samples_within
from results_bot.config import Config
from results_bot.console import Progress
from results_bot.errors import BotError
from results_bot.escape import printable
from results_bot.git import GitRepo
from results_bot.globs import elsewhere, enterable, local, scheme
from results_bot.model import Collection, Problem, Run
from results_bot.page.plan import Touched, bases, patterns, places

if TYPE_CHECKING:
    from results_bot.collect.cluster import Cluster
    from results_bot.collect.parts import Parts
    from results_bot.collect.remote import Remote

SCHEDULER = "RESULTS_BOT_SCHEDULER"
_READING = "Reading artifacts"
_A_FEW = 50
"""Files that are read of folders outside of the configuration."""


class Earlier(NamedTuple):
    """What the artifacts of a commit hold."""

    config: Config
    versions: Mapping[str, str]
    """The artifacts' paths and git's hashes of them."""
    collection: Collection
    places: set[tuple[str, ...]]
    """The commits that have them, each with the folders that were looked in."""


class Sources(msgspec.Struct, frozen=True, dict=True):
    """All places that the artifacts of one page come from."""

    root: Path
    repo: GitRepo | None
    config: Config
    """With the sections spelled out."""
    private: Path
    """The folder of the cache."""
    progress: Progress
    parts: Parts | None = None
    """Artifacts collected on other machines; they win over the work tree."""
    folder: str = ""
    """The folder that the configuration is for, below the root."""
    earlier: list[Earlier] = msgspec.field(default_factory=list)
    """What commits held that were read before."""

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of all sections."""
        return patterns(self.config.sections)

    @cached_property
    def folders(self) -> list[str]:
        """The folders and files below the root that hold artifacts; `.` for the root itself."""
        return [place or "." for place in local(places(self.config.sections))]

    @cached_property
    def cache(self) -> Cache:
        """What files held, kept between commands."""
        return Cache(self.private / "cache", self.config.max_file_size)

    @property
    def scheduler(self) -> str:
        """The address of the Dask cluster that lists and reads; empty for this process.

        Only the environment names it: a worker's answer is unpickled, and so trusted.
        """
        return "" if self.parts is not None else os.environ.get(SCHEDULER, "")

    def look(self, *, always: bool = False) -> list[Listed | Problem]:
        """List the artifacts in the work tree, in the order of the walk, without opening any.

        Where a cluster lists them the result is empty, unless `always` is set.
        """
        if self.scheduler and not always:
            return []
        self.progress.phase("Looking for artifacts")
        _ = self.cache  # Opened before the walk: what is touched from now on is not kept in it.
        return list(walk(self.root, local(self.patterns)))

    def collect(self, seen: Sequence[Listed | Problem] | None = None) -> Collection:
        """Read the artifacts here, under addresses and in parts; `seen` is a result of `look`."""
        seen = self.look() if seen is None else seen
        self.progress.phase(_READING, len(seen))
        found: Iterable[Artifact]
        if self.parts is not None:
            here = [one for one in seen if path_of(one) not in self.parts.paths]
            both = chain(self._read(here), self.parts.artifacts(self.patterns))
            found = in_walk_order(both, self.patterns)
        elif self.scheduler:
            read = self._cluster.artifacts(self.config.max_remote_files)
            found = in_walk_order(read, self.patterns)
        else:
            found = chain(self._read(seen), *map(self._fetched, self._remotes))
        collection = self._grouped(found)
        return replace(collection, remarks=(*collection.remarks, *self._outside()))

    def _read(self, listed: Iterable[Listed | Problem]) -> Iterator[Artifact]:
        return read_all(listed, self.config.max_file_size, self.progress.step, self.cache)

    def _grouped(self, found: Iterable[Artifact]) -> Collection:
        return group(found, bases(self.config.sections), self.patterns)

    def _outside(self) -> list[Problem]:
        """Return a remark where a usual folder holds runs that no section's pattern allows."""
        covered = starts(local(self.patterns))
        folders = [
            folder
            for folder in (f"{self.folder}/{one}".lstrip("/") for one in DEFAULT_FOLDERS)
            if not any(is_below(one, folder) or is_below(folder, one) for one in covered)
            and (self.root / folder).is_dir()
        ]
        if not folders:
            return []
        wanted = [f"{folder}/**" for folder in folders]
        few = islice(walk(self.root, wanted), _A_FEW)
        runs = group(
            read_all(few, self.config.max_file_size, cache=self.cache), folders, wanted
        ).runs
        path = next((run.path for run in runs if any(map(is_judged, run.readings))), None)
        if path is None:
            return []
        folder = next(one for one in folders if is_below(path, one)).removeprefix(f"{self.folder}/")
        reason = f'is a run in no section; `runs = ["{folder}/**"]` under [[sections]] adds it'
        return [Problem(printable(path), printable(reason))]

    def collect_staged(self) -> Collection:
        """Read tracked artifacts as they are staged, and ignored ones from the work tree.

        Files that are neither are not part of the commit, and so not of its page.
        """
        repo = self.repo
        if repo is None:
            return self.collect()
        staged = {file.path: file for file in repo.staged(self.folders)}
        ignored = repo.ignored(self.folders)
        here = [one for one in self.look() if path_of(one) in ignored] if ignored else []
        self.progress.phase(_READING, len(staged))

        def content(read: Artifact) -> Artifact:
            """Read the file of a Git LFS pointer in the work tree, where the content is."""
            if read.reason != IN_LFS or read.path not in staged:
                return read
            file = replace(staged[read.path], read=partial(read_bytes, self.root / read.path))
            return read_one(file, self.config.max_file_size)

        listed = (*(staged[path] for path in select(staged, self.patterns)), *here)
        return self._grouped(map(content, self._read(listed)))

    def listed_at(self, commit: str, folders: Sequence[str]) -> dict[str, Listed]:
        """Return the artifacts of a commit below `folders`, by path."""
        files = {one.path: one for one in self.repo.tree(commit, folders)} if self.repo else {}
        return {path: files[path] for path in select(files, self.patterns)}

    def collect_at(self, commit: str, folders: Sequence[str]) -> Collection:
        """Read the artifacts of a commit below `folders`, once for commits that have the same."""
        place = (commit, *folders)
        known = [one for one in self.earlier if one.config == self.config]
        found = next((one for one in known if place in one.places), None)
        if found is None:
            listed = self.listed_at(commit, folders)
            versions = {path: one.version for path, one in listed.items()}
            found = next((one for one in known if one.versions == versions), None)
            if found is None:
                found = Earlier(self.config, versions, self.collect_listed(listed, commit), set())
                self.earlier.append(found)
            found.places.add(place)
        return found.collection

    def collect_listed(
        self, listed: Mapping[str, Listed], commit: str, problems: Iterable[Problem] = ()
    ) -> Collection:
        """Read listed artifacts of a commit; `problems` are those that could not be listed."""
        self.progress.phase(f"{_READING} of {commit[:8]}", len(listed))
        return self._grouped(self._read([*(listed[path] for path in sorted(listed)), *problems]))

    def touched(
        self,
        seen: Iterable[Listed | Problem] | None,
        collection: Collection,
        base: str | None = None,
    ) -> tuple[list[str], Touched]:
        """Return the former commits, and what became of their files.

        The commits are HEAD, the last one that changed the page, and `base`. Files that are here
        are those that `seen` lists or, without it, those of the index; `collection` is what they
        hold.
        """
        repo, folders = self.repo, self.folders
        head = repo.head if repo else None
        if repo is None or head is None:
            return [], Touched()
        since = repo.last_change(self.config.page, head) or head
        commits = [*dict.fromkeys([head, since, base or head])]
        before = {path for one in {head, base or head} for path in repo.tree_paths(one, folders)}
        if since != head:
            before.update(repo.deleted(since, head, folders))
        parts = self.parts.paths if self.parts else set()
        if seen is None:
            present = {file.path for file in repo.staged(folders)}
        else:
            present = {one.path for one in seen if isinstance(one, Listed)} | parts
            present.update(path for path in before - present if may_exist(self.root, path))
            if not before <= present:
                present |= repo.sparse(folders)
        changed = {*parts}
        for one in commits:
            changed |= repo.changed(one, folders, staged=seen is None)
        return commits, Touched.since(before, present, changed, collection)

    def samples(self, run: Run) -> Samples | None:
        """Read a run's predictions where it was collected; None where they cannot be read."""
        if self.scheduler:
            return _first(run, self._cluster.samples)
        return _first(run, lambda path: samples_within(self.read(path), self.config.max_file_size))

    def samples_at(self, commit: str, run: Run) -> Samples | None:
        """Read a run's predictions at a commit."""
        listed = self.listed_at(commit, run.predictions) if run.predictions else {}
        return self.samples_of(run, listed)

    def samples_of(self, run: Run, listed: Mapping[str, Listed]) -> Samples | None:
        """Read a run's predictions from listed files."""
        most = self.config.max_file_size
        return _first(run, lambda path: samples_within(listed[path].read(), most))

    def read(self, path: str) -> bytes:
        """Return the content of an artifact. Raises OSError."""
        if self.parts is not None and path in self.parts.paths:
            return self.parts.read(path)
        if not (kind := scheme(path)):
            return read_bytes(self.root / path)
        for remote in self._remotes:
            if remote.scheme == kind:
                return remote.read(path)
        raise OSError(0, "is under no configured address")

    def below(self, only: Sequence[str]) -> Iterator[Listed | Problem]:
        """Yield all there is, or what lies below the places `only`, also under addresses.

        Raises BotError for a place that no pattern allows.
        """
        for place in only:
            if not any(
                bool(scheme(pattern)) == bool(scheme(place)) and enterable(pattern, place)
                for pattern in self.patterns
            ):
                raise BotError(f"{place}: no section's pattern allows anything here")
        for one in self.look(always=True):
            if not only or any(is_below(path_of(one), place) for place in only):
                yield one
        for remote in self._remotes:
            narrow = replace(remote, only=elsewhere(only))
            if narrow.only or not only:
                yield from narrow.fetched(narrow.listing(self.config.max_remote_files))

    def _fetched(self, remote: Remote) -> Iterator[Artifact]:
        """Read what lies under the addresses of one scheme."""
        self.progress.phase(f"Listing {remote.scheme}://")
        found = remote.listing(self.config.max_remote_files)
        self.progress.phase(f"Reading {remote.scheme}://", len(found))
        yield from self._read(remote.fetched(found, self.cache.knows))

    @cached_property
    def _remotes(self) -> list[Remote]:
        if not elsewhere(self.patterns):
            return []
        from results_bot.collect.remote import remotes

        return remotes(self.patterns, self.config.max_file_size)

    @cached_property
    def _cluster(self) -> Cluster:
        from results_bot.collect.cluster import Cluster, Folder

        here = local(self.patterns)
        known = tuple(one for one in starts(here) if (self.root / one).is_dir())
        folder = Folder(str(self.root), here, self.config.max_file_size, known)
        places: list[Folder | Remote] = [*([folder] if here else []), *self._remotes]
        return Cluster(self.scheduler, places, self.progress)


def _first(run: Run, read: Callable[[str], Samples | None]) -> Samples | None:
    """Return what the first readable file of a run's predictions holds."""
    for path in run.predictions:
        try:
            found = read(path)
        except (OSError, KeyError):
            continue
        if found is not None:
            return found
    return None

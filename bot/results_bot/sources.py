"""The artifacts of a page: in the work tree, in git, under addresses, on a cluster, in parts.

What a configuration does not mention is neither opened nor imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from results_bot.collect.cache import Cache, now
from results_bot.collect.discover import Listing, may_exist, read_bytes, walk
from results_bot.collect.extracted import Artifact, FileState
from results_bot.collect.file import Listed
from results_bot.collect.paths import DEFAULT_FOLDERS, in_walk_order, is_below, select, starts
from results_bot.collect.read import read_all
from results_bot.collect.runs import group, is_judged
from results_bot.collect.samples import Samples, samples_within
from results_bot.config import Config
from results_bot.console import Progress
from results_bot.errors import BotError
from results_bot.escape import printable
from results_bot.git import GitRepo
from results_bot.globs import elsewhere, enterable, local, scheme
from results_bot.model import Collection, Problem, Run
from results_bot.page.plan import bases, gone, patterns, places

if TYPE_CHECKING:
    from results_bot.collect.cluster import Cluster, Folder
    from results_bot.collect.parts import PartRow, Parts
    from results_bot.collect.remote import Remote

SCHEDULER = "RESULTS_BOT_SCHEDULER"
_READING = "Reading artifacts"
_A_FEW = 50
"""Files that are read of folders outside of the configuration."""
_LFS = b"version https://git-lfs.github.com/spec/"


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

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of all sections."""
        return patterns(self.config.sections)

    @cached_property
    def folders(self) -> list[str]:
        """The folders and files below the root that hold artifacts; `.` for the root itself."""
        return [place or "." for place in local(places(self.config.sections))]

    @property
    def scheduler(self) -> str:
        """The address of the Dask cluster that lists and reads; empty for this process.

        Only the environment names it: a worker's answer is unpickled, and so trusted.
        """
        return os.environ.get(SCHEDULER, "")

    def cache(self) -> Cache:
        """Open the cache of what files held."""
        return Cache(self.private / "cache", self.config.max_file_size)

    def look(self, *, always: bool = False) -> Listing:
        """List the artifacts in the work tree, without opening any.

        Where a cluster lists them the result is empty, unless `always` is set.
        """
        if not always and self.scheduler and self.parts is None:
            return Listing()
        self.progress.phase("Looking for artifacts")
        began = now(self.private)
        return Listing(tuple(walk(self.root, local(self.patterns))), began)

    def collect(self, seen: Listing | None = None) -> Collection:
        """Read the artifacts here, under addresses and in parts; `seen` is a result of `look`."""
        seen = seen or self.look()
        self.progress.phase(_READING, len(seen.items))
        size, step, cache = self.config.max_file_size, self.progress.step, self.cache()
        found: Iterable[Artifact]
        if self.parts is not None:
            from results_bot.collect.remote import path_of

            here = (one for one in seen.items if path_of(one) not in self.parts)
            read = read_all(here, size, step, cache, began=seen.began)
            both = chain(read, self.parts.artifacts(self.patterns))
            found = in_walk_order(both, self.patterns, lambda one: one.path)
        elif self.scheduler:
            found = in_walk_order(self._spread(), self.patterns, lambda one: one.path)
        else:
            there = (self._remote(remote, cache) for remote in self._remotes)
            found = chain(read_all(seen.items, size, step, cache, began=seen.began), *there)
        collection = group(found, bases(self.config.sections), self.patterns)
        outside = self._outside(cache, seen.began)
        return replace(collection, remarks=(*collection.remarks, *outside))

    def _outside(self, cache: Cache, began: int) -> list[Problem]:
        """Return a remark where a usual folder holds runs that no section's pattern allows."""
        covered = starts(local(self.patterns))
        folders = [
            folder
            for folder in DEFAULT_FOLDERS
            if not any(is_below(one, folder) or is_below(folder, one) for one in covered)
            and (self.root / folder).is_dir()
        ]
        if not folders:
            return []
        wanted = [f"{folder}/**" for folder in folders]
        few = islice(walk(self.root, wanted), _A_FEW)
        read = read_all(few, self.config.max_file_size, cache=cache, began=began)
        runs = group(read, folders, wanted).runs
        path = next((run.path for run in runs if any(map(is_judged, run.readings))), None)
        if path is None:
            return []
        folder = path.partition("/")[0]
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
        self.progress.phase(_READING, len(staged))
        in_lfs: set[str] = set()

        def read(file: Listed) -> bytes:
            data = file.read()
            if data.startswith(_LFS):
                # Git LFS keeps only a pointer in git; the content is in the work tree, where
                # git's hash proves nothing.
                in_lfs.add(file.path)
                return read_bytes(self.root / file.path)
            return data

        files = [staged[path] for path in select(staged, self.patterns)]
        listed: list[Listed | Problem] = [replace(one, read=partial(read, one)) for one in files]
        for item in self.look().items if ignored else ():
            if (item.path if isinstance(item, Listed) else item.file) in ignored:
                listed.append(item)
        return self._grouped(listed, in_lfs)

    def collect_at(self, commit: str, folders: Sequence[str]) -> Collection:
        """Read the artifacts of a commit below `folders`."""
        if self.repo is None:
            return Collection()
        listed = {one.path: one for one in self.repo.tree(commit, folders)}
        found = [listed[path] for path in select(listed, self.patterns)]
        self.progress.phase(f"{_READING} of {commit[:8]}", len(found))
        return self._grouped(found)

    def gone(
        self, seen: Listing | None = None, *, staged: bool = False
    ) -> dict[str, dict[str, bool]]:
        """Return the runs whose tracked artifacts were deleted since the page was last changed.

        Files that are here are those that `seen` lists or, where `staged`, those of the index.
        """
        repo, folders = self.repo, self.folders
        head = repo.head if repo else None
        if repo is None or head is None:
            return {}
        before = set(repo.tree_paths(head, folders))
        since = repo.last_change(self.config.page, head)
        if since and since != head:
            before.update(repo.deleted(since, head, folders))
        if staged:
            present = {file.path for file in repo.staged(folders)}
        else:
            present = set(seen.files()) if seen else set()
            present |= self.parts.paths if self.parts else set()
            present.update(path for path in before - present if may_exist(self.root, path))
            if not before <= present:
                present |= repo.sparse(folders)
        if before <= present:
            return {}

        def held(paths: Sequence[str]) -> list[Run]:
            commits = dict.fromkeys([head, since or head])
            return [run for commit in commits for run in self.collect_at(commit, paths).runs]

        return gone(before, present, self.config.sections, held)

    def samples(self, run: Run) -> Samples | None:
        """Read a run's predictions where it was collected; None where they cannot be read."""
        most = self.config.max_file_size
        if self.scheduler and self.parts is None:
            cluster = self._cluster
            return _first(run, lambda path: cluster.samples(self._source(path), path, most))
        return _first(run, lambda path: samples_within(self.read(path), most))

    def samples_at(self, commit: str, run: Run) -> Samples | None:
        """Read a run's predictions at a commit."""
        if self.repo is None or not run.predictions:
            return None
        listed = {one.path: one for one in self.repo.tree(commit, run.predictions)}
        most = self.config.max_file_size
        return _first(run, lambda path: samples_within(listed[path].read(), most))

    def read(self, path: str) -> bytes:
        """Return the content of an artifact. Raises OSError."""
        if self.parts is not None and path in self.parts:
            return self.parts.read(path)
        if not scheme(path):
            return read_bytes(self.root / path)
        return self._source(path).read(path)

    def rows(self, seen: Listing, only: Sequence[str]) -> Iterator[PartRow]:
        """Read what lies below `only`, or everything, in the form that travels.

        Raises BotError for a place that no pattern allows.
        """
        from results_bot.collect.parts import rows
        from results_bot.collect.remote import path_of

        for place in only:
            if not any(
                bool(scheme(pattern)) == bool(scheme(place)) and enterable(pattern, place)
                for pattern in self.patterns
            ):
                raise BotError(f"{place}: no section's pattern allows anything here")
        size, step = self.config.max_file_size, self.progress.step
        here = (
            one
            for one in seen.items
            if not only or any(is_below(path_of(one), place) for place in only)
        )
        yield from rows(here, size, step)
        for remote in self._remotes:
            narrow = replace(remote, only=elsewhere(only))
            if not only or (narrow.only and narrow.starts()):
                found = narrow.listing(self.config.max_remote_files)
                yield from rows((one for one in found if isinstance(one, Problem)), size, step)
                files = (one for one in found if isinstance(one, Listed))
                yield from rows(narrow.fetched(files), size, step)

    def _grouped(
        self, listed: Iterable[Listed | Problem], never: Container[str] = ()
    ) -> Collection:
        size, step = self.config.max_file_size, self.progress.step
        read = read_all(listed, size, step, self.cache(), never=never)
        return group(read, bases(self.config.sections), self.patterns)

    def _remote(self, remote: Remote, cache: Cache) -> Iterator[Artifact]:
        """Read what lies under the addresses of one scheme."""
        self.progress.phase(f"Listing {remote.scheme}://")
        found = remote.listing(self.config.max_remote_files)
        self.progress.phase(f"Reading {remote.scheme}://", len(found))
        problems = (one for one in found if isinstance(one, Problem))
        yield from read_all(problems, remote.max_size, self.progress.step)
        files = [one for one in found if isinstance(one, Listed)]
        fetched = remote.fetched(files, needed=lambda one: not cache.knows(one))
        yield from read_all(fetched, remote.max_size, self.progress.step, cache)

    def _spread(self) -> list[Artifact]:
        """Read everything on the workers of a cluster."""
        from results_bot.collect.cluster import LostError

        size, most = self.config.max_file_size, self.config.max_remote_files
        here = [self._folder] if local(self.patterns) else []
        places: list[Folder | Remote] = [*here, *self._remotes]
        try:
            read = [self._cluster.artifacts(one, size, most) for one in places]
        except LostError as error:
            return [
                Artifact(self._cluster.address, FileState.NOT_LISTED, f"{error}; nothing was read")
            ]
        return [one for some in read for one in some]

    @cached_property
    def _remotes(self) -> list[Remote]:
        if not elsewhere(self.patterns):
            return []
        from results_bot.collect.remote import remotes

        return remotes(self.patterns, self.config.max_file_size)

    @cached_property
    def _folder(self) -> Folder:
        from results_bot.collect.cluster import Folder

        known = [one for one in starts(local(self.patterns)) if (self.root / one).is_dir()]
        return Folder(str(self.root), self.patterns, self.config.max_file_size, tuple(known))

    @cached_property
    def _cluster(self) -> Cluster:
        from results_bot.collect.cluster import Cluster

        return Cluster(self.scheduler, self.progress)

    def _source(self, path: str) -> Folder | Remote:
        kind = scheme(path)
        found = next((one for one in self._remotes if one.scheme == kind), None)
        if kind and found is None:
            raise OSError(0, "is under no configured address")
        return found or self._folder


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

"""Where artifacts come from besides the work tree: addresses, a cluster, parts of other machines.

`Workspace` asks here; without any of these nothing of theirs is opened or imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from results_bot.collect.cache import Cache
from results_bot.collect.discover import Listing, read_bytes
from results_bot.collect.extracted import Artifact, State
from results_bot.collect.file import Listed
from results_bot.collect.paths import in_walk_order, is_below, starts
from results_bot.collect.read import read_all
from results_bot.collect.samples import Samples, samples_within
from results_bot.config import Config
from results_bot.config_remote import SCHEDULER, elsewhere, local, scheme
from results_bot.errors import BotError, ConfigError
from results_bot.globs import enterable
from results_bot.model import Problem
from results_bot.progress import Progress

if TYPE_CHECKING:
    from results_bot.collect.cluster import Cluster, Folder
    from results_bot.collect.parts import Parts, Row
    from results_bot.collect.remote import Ahead, Remote


class Sources(msgspec.Struct, frozen=True, dict=True):
    """All places that one page is made of."""

    root: Path
    config: Config
    patterns: tuple[str, ...]
    progress: Progress
    parts: Parts | None = None

    @property
    def are_local(self) -> bool:
        """Tell whether everything lies in the work tree."""
        return not self.parts and not self._remotes and self.config.engine == "local"

    @property
    def are_walked(self) -> bool:
        """Tell whether this machine looks at the work tree itself."""
        return self.parts is not None or self.config.engine == "local"

    def artifacts(self, seen: Listing, cache: Cache) -> Iterable[Artifact]:
        """Read everything, in the order of the walk; what the cache holds is not read again."""
        size, step = self.config.max_file_size, self.progress.step
        if self.parts is not None:
            from results_bot.collect.remote import path_of

            here = (one for one in seen.items if path_of(one) not in self.parts)
            read = read_all(here, size, step, cache, began=seen.began)
            both = [*read, *self.parts.artifacts(self.patterns)]
            return in_walk_order(both, self.patterns, lambda one: one.path)
        if self.config.engine == "dask":
            return in_walk_order(self._spread(), self.patterns, lambda one: one.path)
        there = (self._remote(remote, cache) for remote in self._remotes)
        return chain(read_all(seen.items, size, step, cache, began=seen.began), *there)

    def rows(self, seen: Listing, only: Sequence[str]) -> Iterator[Row]:
        """Read what lies below `only`, or everything, in the form that travels.

        Raises BotError for a place that no pattern allows.
        """
        from results_bot.collect.parts import rows
        from results_bot.collect.remote import path_of

        for place in only:
            if not any(_reaches(pattern, place) for pattern in self.patterns):
                raise BotError(f"{place}: no section's pattern allows anything here")
        size, step = self.config.max_file_size, self.progress.step
        here = (one for one in seen.items if not only or _is_in(path_of(one), only))
        yield from rows(here, size, step)
        for remote in self._remotes:
            narrow = replace(remote, only=elsewhere(only))
            if not only or (narrow.only and narrow.starts()):
                found = narrow.listing(self.config.max_remote_files)
                yield from rows((one for one in found if isinstance(one, Problem)), size, step)
                files = (one for one in found if isinstance(one, Listed))
                yield from rows(narrow.fetched(files), size, step)

    def samples(self, path: str) -> Samples | None:
        """Read a file of predictions. Raises OSError."""
        if self.config.engine == "dask" and self.parts is None:
            return self._cluster.samples(self._source(path), path, self.config.max_file_size)
        return samples_within(self.read(path), self.config.max_file_size)

    def read(self, path: str) -> bytes:
        """Return the content of an artifact. Raises OSError."""
        if self.parts is not None and path in self.parts:
            return self.parts.read(path)
        if not scheme(path):
            return read_bytes(self.root / path)
        source = self._source(path)
        ahead = self._ahead.get(scheme(path))
        return ahead.read(path) if ahead else source.read(path)

    def _remote(self, remote: Remote, cache: Cache) -> Iterator[Artifact]:
        """Read what lies under the addresses of one scheme."""
        from results_bot.collect.remote import Ahead

        self.progress.phase(f"Listing {remote.scheme}://")
        found = remote.listing(self.config.max_remote_files)
        self.progress.phase(f"Reading {remote.scheme}://", len(found))
        problems = (one for one in found if isinstance(one, Problem))
        yield from read_all(problems, remote.max_size, self.progress.step)
        files = (one for one in found if isinstance(one, Listed))
        fetched = remote.fetched(files, needed=lambda one: not cache.knows(one))
        ahead = self._ahead[remote.scheme] = Ahead(remote.contents)
        sizes = {one.path: one.size for one in found if isinstance(one, Listed)}
        for said in read_all(fetched, remote.max_size, self.progress.step, cache):
            if any(piece.predictions for piece in said.pieces):
                ahead.note(said.path, sizes[said.path])
            yield said

    def _spread(self) -> list[Artifact]:
        from results_bot.collect.cluster import LostError

        size, most = self.config.max_file_size, self.config.max_remote_files
        try:
            read = [self._cluster.artifacts(one, size, most) for one in self._spread_over]
        except LostError as error:
            return [Artifact(self._cluster.address, State.NOT_LISTED, f"{error}; nothing was read")]
        return [one for some in read for one in some]

    @cached_property
    def _ahead(self) -> dict[str, Ahead]:
        """What reads the evidence under the addresses of each scheme."""
        return {}

    @cached_property
    def _remotes(self) -> list[Remote]:
        if not elsewhere(self.patterns):
            return []
        from results_bot.collect.remote import remotes

        return remotes(self.patterns, self.config.remote, self.config.max_file_size)

    @cached_property
    def _folder(self) -> Folder:
        from results_bot.collect.cluster import Folder

        known = [one for one in starts(local(self.patterns)) if (self.root / one).is_dir()]
        return Folder(str(self.root), self.patterns, self.config.max_file_size, tuple(known))

    @property
    def _spread_over(self) -> list[Folder | Remote]:
        here = [self._folder] if local(self.patterns) else []
        return [*here, *self._remotes]

    @cached_property
    def _cluster(self) -> Cluster:
        from results_bot.collect.cluster import Cluster

        address = self.config.scheduler or os.environ.get(SCHEDULER, "")
        if not address:
            raise ConfigError(
                'engine = "dask" needs the address of a scheduler, such as tcp://10.0.0.5:8786: '
                f"set `scheduler`, or {SCHEDULER} in the environment"
            )
        return Cluster(address, self.progress)

    def _source(self, path: str) -> Folder | Remote:
        kind = scheme(path)
        found = next((one for one in self._remotes if one.scheme == kind), None)
        if kind and found is None:
            raise OSError(0, "is under no configured address")
        return found or self._folder


def committed(hashes: Callable[[], Iterable[Listed]]) -> Callable[[], Mapping[str, str]]:
    """Return a look-up of git's hashes that asks git only when there is a question."""
    return lambda: {one.path: str(one.version) for one in hashes()}


def _reaches(pattern: str, place: str) -> bool:
    """Tell whether `place` is where `pattern` looks, or somewhere above or below."""
    return bool(scheme(pattern)) == bool(scheme(place)) and enterable(pattern, place)


def _is_in(path: str, places: Sequence[str]) -> bool:
    return any(is_below(path, place) for place in places)

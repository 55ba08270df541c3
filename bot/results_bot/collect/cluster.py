"""Listing and reading on a Dask cluster; the only module that imports Dask.

One worker lists a place and all of them read its files; small results come back. A task is pure:
what a lost worker had is done again by another. A file that takes its workers down is named.
"""

from __future__ import annotations

import os
import socket
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from results_bot.collect.discover import read_bytes, walk
from results_bot.collect.extracted import Artifact, FileState
from results_bot.collect.file import Listed
from results_bot.collect.paths import path_of
from results_bot.collect.readers import program, read_one
from results_bot.collect.remote import Remote, batches
from results_bot.collect.samples import Samples, samples_within
from results_bot.console import Progress
from results_bot.errors import BotError, ConfigError
from results_bot.globs import scheme
from results_bot.model import Problem

_CONNECT, _NO_WORKER = 15.0, 60.0
"""Seconds to wait for a scheduler that does not answer, or has no worker."""
_CHUNKS_EACH = 8
"""Chunks of reading for each thread, so that a slow worker delays little."""

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class LostError(Exception):
    """The cluster cannot be used; the message gives the reason, without its address."""


class Folder(msgspec.Struct, frozen=True):
    """The repository, which all workers see under the same path."""

    root: str
    patterns: tuple[str, ...]
    max_size: int
    known: tuple[str, ...]
    """Folders below it that this machine sees, so that every worker must see them."""
    scheme = ""

    def listing(self, _most: int) -> list[Listed | Problem]:
        """List the artifacts, however many there are."""
        return [*self.fetched(walk(Path(self.root), self.patterns))]

    def fetched(self, listed: Iterable[Listed | Problem]) -> Iterator[Listed | Problem]:
        """Return the files as they are. Raises BotError if this machine does not see the folder."""
        for folder in ("", *self.known):
            path = f"{self.root}/{folder}".rstrip("/")
            if not os.path.isdir(path):  # noqa: PTH112
                raise BotError(
                    f"Dask: the worker on {socket.gethostname()} does not see {path}; "
                    "share the folder with all workers, or give an address such as s3://"
                )
        return iter(listed)

    def read(self, path: str) -> bytes:
        """Return the content of one file."""
        return read_bytes(Path(self.root) / path)


Source = Folder | Remote
"""A place that holds artifacts; it can be sent to another machine."""


class Cluster(msgspec.Struct, frozen=True, dict=True):
    """An existing cluster, connected to when it is first needed."""

    address: str
    sources: list[Source]
    progress: Progress

    def artifacts(self, most: int) -> list[Artifact]:
        """List and read everything, in no order; a problem where the cluster cannot be used.

        Raises BotError where its workers cannot be used.
        """
        try:
            return [one for source in self.sources for one in self._artifacts_of(source, most)]
        except LostError as error:
            reason = f"{error}; nothing was read"
            return [Artifact(self.address, FileState.NOT_LISTED, reason)]

    def _artifacts_of(self, source: Source, most: int) -> list[Artifact]:
        try:
            self._client.wait_for_workers(1, timeout=_CONNECT)
        except TimeoutError:
            raise LostError("the scheduler has no worker") from None
        threads = sum(self._client.nthreads().values())
        self.progress.phase("Listing on the cluster")
        (found,) = self._do("list", source.listing, [most])
        if found is None:
            raise LostError("listing stopped every worker that tried")
        self.progress.phase("Reading on the cluster", len(found))
        size = max(1, min(500, -(-len(found) // (threads * _CHUNKS_EACH))))
        chunks = [*batches(found, size, 64_000_000)]
        work = partial(_read, source)
        out: list[Artifact] = []
        suspects: list[Listed | Problem] = []
        for chunk, read in zip(chunks, self._do("read", work, chunks), strict=True):
            if read is None:
                suspects += chunk
            else:
                out += read
        self.progress.step(len(out))
        # A file that waits for a worker while another file stops it is lost with that one: each is
        # read again alone.
        for suspect in suspects:
            (alone,) = self._do("read", work, [[suspect]])
            reason = "stopped every worker that read it; is it too large for their memory?"
            out += alone or [Artifact(path_of(suspect), FileState.UNREADABLE, reason)]
            self.progress.step()
        return out

    def samples(self, path: str) -> Samples | None:
        """Have a prediction file read; its columns come back, not the file."""
        source = next(one for one in self.sources if one.scheme == scheme(path))
        try:
            (found,) = self._do("samples", partial(_samples, source), [path])
        except LostError as error:
            raise BotError(f"{self.address}: {error}") from None
        return found

    def _do(self, name: str, work: Callable[[_In], _Out], over: Sequence[_In]) -> list[_Out | None]:
        """Do `work` on each item on the cluster; None where it stopped every worker that tried."""
        client = self._client
        from distributed import KilledWorker, wait

        settled: Any = wait
        out: list[_Out | None] = []
        try:
            task = partial(_checked, work, program())
            futures = client.map(task, over, pure=False, key=f"results-bot-{name}")
            seen = time.monotonic()
            while True:
                with suppress(TimeoutError):
                    settled(futures, timeout=2)
                    break
                if client.status != "running":
                    raise LostError("the scheduler went away")
                if client.nthreads():
                    seen = time.monotonic()
                elif time.monotonic() - seen > _NO_WORKER:
                    raise LostError("all its workers went away")
            for future in futures:
                try:
                    out.append(future.result())
                except KilledWorker:
                    out.append(None)
        except (BotError, LostError):
            raise
        except ModuleNotFoundError as error:
            raise BotError(
                f"{self.address}: a worker has no {error.name}; install {program()} on every worker"
            ) from None
        except Exception as error:  # A scheduler that goes away shows in many ways.
            raise LostError(f"the cluster was lost ({type(error).__name__})") from None
        return out

    @cached_property
    def _client(self) -> Any:
        try:
            import dask

            # Its log reports lost connections, which are reported here in one line.
            with dask.config.set({"logging": {"distributed": "critical"}}):
                from distributed import Client
        except ModuleNotFoundError:
            raise ConfigError("Dask needs more packages: pip install 'results-bot[dask]'") from None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Other versions of packages that are not used.
                connect: Any = Client
                return connect(self.address, timeout=_CONNECT)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            raise LostError(f"the scheduler cannot be reached ({type(error).__name__})") from None


def _checked(work: Callable[[_In], _Out], wanted: str, thing: _In) -> _Out:
    """Do `work` on a worker. Raises BotError if the worker has another version or readers."""
    if program() != wanted:
        raise BotError(
            f"Dask: the worker on {socket.gethostname()} runs {program()}; "
            f"install {wanted} on every worker"
        )
    return work(thing)


def _read(source: Source, chunk: Sequence[Listed | Problem]) -> list[Artifact]:
    return [read_one(one, source.max_size) for one in source.fetched(chunk)]


def _samples(source: Source, path: str) -> Samples | None:
    try:
        return samples_within(source.read(path), source.max_size)
    except OSError:
        return None

"""Listing and reading on a Dask cluster; the only module that imports Dask.

One worker lists a place and all of them read its files; small results come back. A task is pure:
what a lost worker had is done again by another. A file that takes its workers down is found by
halving, and named.
"""

from __future__ import annotations

import os
import socket
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from results_bot import __version__
from results_bot.collect.discover import read_bytes, walk
from results_bot.collect.extracted import Artifact, FileState
from results_bot.collect.file import Listed
from results_bot.collect.read import read_one
from results_bot.collect.readers import reader_names
from results_bot.collect.remote import Remote, batches
from results_bot.collect.samples import Samples, samples_within
from results_bot.console import Progress
from results_bot.errors import BotError, ConfigError
from results_bot.globs import local
from results_bot.model import Problem

_CONNECT, _NO_WORKER = 15.0, 60.0
"""Seconds to wait for a scheduler that does not answer, or has no worker."""
_CHUNK_FILES, _CHUNK_BYTES = 500, 64_000_000
_CHUNKS_EACH = 8
"""Chunks of reading for each thread, so that a slow worker delays little."""

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class LostError(Exception):
    """The cluster cannot be used; the message says why, without its address."""


class Folder(msgspec.Struct, frozen=True):
    """A folder that all workers see under the same path."""

    root: str
    patterns: tuple[str, ...]
    max_size: int
    known: tuple[str, ...] = ()
    """Folders below it that this machine sees, so that every worker must see them."""

    def listing(self, most: int) -> list[Listed | Problem]:  # noqa: ARG002 - as Remote has it
        """List the artifacts. Raises BotError if this machine does not see the folder."""
        self._check()
        # The function that reads a file is not sent along; `fetched` adds the worker's own.
        return [
            replace(one, read=bytes) if isinstance(one, Listed) else one
            for one in walk(Path(self.root), local(self.patterns))
        ]

    def fetched(self, listed: Sequence[Listed]) -> Iterator[Listed]:
        """Return the files with the means to read them. Raises BotError as `listing` does."""
        self._check()
        return (replace(one, read=partial(self.read, one.path)) for one in listed)

    def read(self, path: str) -> bytes:
        """Return the content of one file."""
        return read_bytes(Path(self.root) / path)

    def _check(self) -> None:
        for folder in ("", *self.known):
            path = f"{self.root}/{folder}".rstrip("/")
            if not os.path.isdir(path):  # noqa: PTH112
                raise BotError(
                    f"Dask: the worker on {socket.gethostname()} does not see {path}; "
                    "share the folder with all workers, or give an address such as s3://"
                )


Source = Folder | Remote
"""A place that holds artifacts; it can be sent to another machine."""


class Cluster:
    """An existing cluster, connected to when it is first needed."""

    def __init__(self, address: str, progress: Progress) -> None:
        self.address, self._progress = address, progress

    def artifacts(self, source: Source, max_size: int, most: int) -> list[Artifact]:
        """List and read everything in `source`, in no order.

        Raises LostError where the cluster cannot be used, BotError where its workers cannot.
        """
        threads = self._threads()
        self._progress.phase("Listing on the cluster")
        (found,) = self._do(_list, [(source, most)])
        if found is None:
            raise LostError("listing stopped every worker that tried")
        problems = [read_one(one, max_size) for one in found if isinstance(one, Problem)]
        files = [one for one in found if isinstance(one, Listed)]
        self._progress.phase("Reading on the cluster", len(files))
        size = max(1, min(_CHUNK_FILES, -(-len(files) // (threads * _CHUNKS_EACH))))
        return [*problems, *self._read(source, max_size, [*batches(files, size, _CHUNK_BYTES)])]

    def samples(self, source: Source, path: str, max_size: int) -> Samples | None:
        """Have a prediction file read; its columns come back, not the file."""
        try:
            (found,) = self._do(_samples, [(source, max_size, path)])
        except LostError as error:
            raise BotError(f"{self.address}: {error}") from None
        return found

    def _read(
        self, source: Source, max_size: int, chunks: list[list[Listed]]
    ) -> Iterator[Artifact]:
        suspects: list[Listed] = []
        while chunks:
            done = self._do(_read, [(source, max_size, chunk) for chunk in chunks])
            again: list[list[Listed]] = []
            for chunk, read in zip(chunks, done, strict=True):
                if read is not None:
                    self._progress.step(len(chunk))
                    yield from read
                elif len(chunk) == 1:
                    suspects += chunk
                else:
                    again += [chunk[: len(chunk) // 2], chunk[len(chunk) // 2 :]]
            chunks = again
        # A file that waits for a worker while another file stops it is suspected with that one.
        for suspect in suspects:
            (read,) = self._do(_read, [(source, max_size, [suspect])])
            if read is not None:
                yield from read
            else:
                reason = "stopped every worker that read it; is it too large for their memory?"
                yield Artifact(suspect.path, FileState.UNREADABLE, reason)

    def _do(self, work: Callable[[_In], _Out], over: Sequence[_In]) -> list[_Out | None]:
        """Do `work` on each item on the cluster; None where it stopped every worker that tried."""
        if not over:
            return []
        client = self._client
        from distributed import KilledWorker

        out: list[_Out | None] = []
        try:
            name = f"results-bot-{work.__name__.strip('_')}"
            futures = client.map(partial(_checked, work, _program()), over, pure=False, key=name)
            self._wait(futures)
            for future in futures:
                try:
                    out.append(future.result())
                except KilledWorker:
                    out.append(None)
        except (BotError, LostError):
            raise
        except ModuleNotFoundError as error:
            raise BotError(
                f"{self.address}: a worker has no {error.name}; "
                f"install results-bot {__version__} on every worker"
            ) from None
        except Exception as error:  # A scheduler that goes away shows in many ways.
            raise LostError(f"the cluster was lost ({type(error).__name__})") from None
        return out

    def _wait(self, futures: Sequence[Any]) -> None:
        from distributed import wait

        settled: Any = wait
        waiting, alone = set(futures), 0.0
        while waiting:
            try:
                waiting = set(settled(waiting, timeout=2, return_when="FIRST_COMPLETED").not_done)
                alone = 0.0
            except TimeoutError:
                if self._client.status != "running":
                    raise LostError("the scheduler went away") from None
                now = time.monotonic()
                alone = (alone or now) if not self._client.nthreads() else 0.0
                if alone and now - alone > _NO_WORKER:
                    raise LostError("all its workers went away") from None

    def _threads(self) -> int:
        try:
            self._client.wait_for_workers(1, timeout=_CONNECT)
        except TimeoutError:
            raise LostError("the scheduler has no worker") from None
        return sum(self._client.nthreads().values())

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


def _program() -> tuple[str, tuple[str, ...]]:
    return __version__, tuple(reader_names())


def _checked(work: Callable[[_In], _Out], program: tuple[str, tuple[str, ...]], thing: _In) -> _Out:
    """Do `work` on a worker. Raises BotError if the worker has another version or readers."""
    own = _program()
    if own != program:
        what = f"is {own[0]}" if own[0] != program[0] else "has other readers of third parties"
        raise BotError(
            f"Dask: results-bot on {socket.gethostname()} {what}; "
            f"install {program[0]} with the same readers on every worker"
        )
    return work(thing)


def _list(task: tuple[Source, int]) -> list[Listed | Problem]:
    source, most = task
    return source.listing(most)


def _read(task: tuple[Source, int, Sequence[Listed]]) -> list[Artifact]:
    source, max_size, listed = task
    return [read_one(one, max_size) for one in source.fetched(listed)]


def _samples(task: tuple[Source, int, str]) -> Samples | None:
    source, max_size, path = task
    try:
        data = source.read(path)
    except OSError:
        return None
    return samples_within(data, max_size)

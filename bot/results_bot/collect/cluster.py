"""The one door to Dask: listing and reading on the workers of a cluster; small tables come back.

A task is pure: what a lost worker had is done again by another. A file that takes its workers down
is found by halving, and named.
"""

from __future__ import annotations

import os
import socket
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar

import msgspec

from results_bot import __version__
from results_bot.collect.choice import allowed, enters, wanted
from results_bot.collect.collect import read_one
from results_bot.collect.extracted import Artifact, State
from results_bot.collect.file import Listed
from results_bot.collect.listing import Item, Level, Source, batches, survey
from results_bot.collect.order import starts
from results_bot.collect.readers import reader_names
from results_bot.collect.samples import Samples, samples_within
from results_bot.collect.survey import Entry, size_and_time
from results_bot.collect.survey import survey as walk
from results_bot.config_remote import local
from results_bot.errors import BotError, ConfigError
from results_bot.model import Problem
from results_bot.progress import Progress

_CONNECT, _NO_WORKER = 15.0, 60.0
"""Seconds of patience with a scheduler that does not answer, or has no worker."""
_CHUNK_FILES, _CHUNK_BYTES = 500, 64_000_000
_CHUNKS_EACH = 8
"""Chunks of reading for each thread, so that a slow worker holds up little."""

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
    """Folders below it that are there for whoever asks, and so for every worker."""

    def starts(self) -> list[str]:
        """Return the folders to begin with."""
        return starts(local(self.patterns))

    def level(self, folder: str) -> Level:
        """List one folder. Raises BotError where this machine does not have it."""
        self._check()
        folders: list[str] = []

        def note(path: str, name: str) -> bool:
            if self._enters(path, name):
                folders.append(path)
            return False

        return self._found(*walk(self.root, [folder], self._wanted, note), folders)

    def below(self, folders: Sequence[str]) -> Level:
        """List folders and all that lies below them. Raises BotError as `level` does."""
        self._check()
        return self._found(*walk(self.root, folders, self._wanted, self._enters), ())

    def opened(self, items: Sequence[Item]) -> Iterator[Listed]:
        """Return the files with their content on demand."""
        return (Listed(one.path, one.size, partial(self.read, one.path)) for one in items)

    def read(self, path: str) -> bytes:
        """Return the content of one file."""
        with open(f"{self.root}/{path}", "rb") as file:  # noqa: PTH123
            return file.read()

    def _wanted(self, path: str, name: str) -> bool:
        return wanted(self.patterns, path, name)

    def _enters(self, path: str, name: str) -> bool:
        return enters(path, name) and allowed(path, self.patterns)

    def _check(self) -> None:
        for folder in ("", *self.known):
            path = f"{self.root}/{folder}".rstrip("/")
            if not os.path.isdir(path):  # noqa: PTH112
                raise BotError(
                    f'engine = "dask": the worker on {socket.gethostname()} does not see {path}; '
                    "share the folder with all workers, or give an address such as s3://"
                )

    @staticmethod
    def _found(
        seen: dict[str, dict[str, Entry]], trouble: dict[str, str], folders: Sequence[str]
    ) -> Level:
        items = [
            Item(f"{folder}/{name}" if folder else name, size_and_time(entry)[0])
            for folder, entries in seen.items()
            for name, entry in entries.items()
            if isinstance(entry, bytes)
        ]
        problems = (Problem(path, reason) for path, reason in trouble.items() if reason)
        return Level(tuple(items), tuple(problems), tuple(folders))


class Cluster:
    """A cluster that is there already; a connection is made when there is something to do."""

    def __init__(self, address: str, progress: Progress) -> None:
        self.address, self._progress = address, progress

    def artifacts(self, source: Source, max_size: int, most: int) -> list[Artifact]:
        """List and read everything in `source`, in no order.

        Raises LostError where the cluster cannot be used, BotError where its workers cannot.
        """
        width = 2 * self._threads()
        self._progress.phase("Listing on the cluster")
        found = survey(source, self._list, width, most)
        self._progress.phase("Reading on the cluster", len(found.items))
        problems = [read_one(problem, max_size) for problem in found.problems]
        chunks = list(_chunks(found.items, width * _CHUNKS_EACH // 2))
        return [*problems, *self._read(source, max_size, chunks)]

    def samples(self, source: Source, path: str, max_size: int) -> Samples | None:
        """Have a file of predictions read; its columns come back, not the file."""
        try:
            (found,) = self._do(partial(_samples, source, max_size), [path], lambda _: None)
        except LostError as error:
            raise BotError(f"{self.address}: {error}") from None
        return found

    def _list(self, work: Callable[[Any], Level], over: Sequence[Any]) -> Iterable[Level]:
        def lost(thing: str | Sequence[str]) -> Level:
            folders = [thing] if isinstance(thing, str) else thing
            reason = "stopped every worker that listed it"
            return Level(problems=tuple(Problem(folder, reason) for folder in folders))

        return self._do(work, over, lost)

    def _read(
        self, source: Source, max_size: int, chunks: list[Sequence[Item]]
    ) -> Iterator[Artifact]:
        while chunks:
            done = self._do(partial(_read, source, max_size), chunks, lambda _: None)
            again: list[Sequence[Item]] = []
            for chunk, read in zip(chunks, done, strict=True):
                if read is not None:
                    self._progress.step(len(chunk))
                    yield from read
                elif len(chunk) == 1:
                    reason = "stopped every worker that read it; is it too large for their memory?"
                    yield Artifact(chunk[0].path, State.UNREADABLE, reason)
                else:
                    again += [chunk[: len(chunk) // 2], chunk[len(chunk) // 2 :]]
            chunks = again

    def _do(
        self, work: Callable[[_In], _Out], over: Sequence[_In], lost: Callable[[_In], _Out]
    ) -> list[_Out]:
        """Do `work` on each; `lost` stands in where it takes down whoever tries."""
        from distributed import KilledWorker

        if not over:
            return []
        out: list[_Out] = []
        try:
            futures = self._client.map(
                partial(_checked, work, _program()), over, pure=False, key=work_name(work)
            )
            self._wait(futures)
            for thing, future in zip(over, futures, strict=True):
                try:
                    out.append(future.result())
                except KilledWorker:
                    out.append(lost(thing))
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

            # Their log tells of lost connections, which we tell in a line of our own.
            with dask.config.set({"logging": {"distributed": "critical"}}):
                from distributed import Client
        except ModuleNotFoundError:
            raise ConfigError(
                "engine = \"dask\" needs more packages: pip install 'results-bot[dask]'"
            ) from None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Other versions of what we do not use.
                connect: Any = Client
                return connect(self.address, timeout=_CONNECT)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            raise LostError(f"the scheduler cannot be reached ({type(error).__name__})") from None


def work_name(work: Callable[..., object]) -> str:
    """Return what the tasks are called on the cluster's own pages."""
    inner = work.func if isinstance(work, partial) else work
    return f"results-bot-{inner.__name__.strip('_')}"


def _program() -> tuple[str, tuple[str, ...]]:
    return __version__, tuple(reader_names())


def _checked(work: Callable[[_In], _Out], program: tuple[str, tuple[str, ...]], thing: _In) -> _Out:
    """Do `work` on a worker. Raises BotError where the worker would read otherwise than we do."""
    own = _program()
    if own != program:
        what = f"is {own[0]}" if own[0] != program[0] else "has other readers of third parties"
        raise BotError(
            f'engine = "dask": results-bot on {socket.gethostname()} {what}; '
            f"install {program[0]} with the same readers on every worker"
        )
    return work(thing)


def _read(source: Source, max_size: int, items: Sequence[Item]) -> list[Artifact]:
    return [read_one(listed, max_size) for listed in source.opened(items)]


def _samples(source: Source, max_size: int, path: str) -> Samples | None:
    try:
        data = source.read(path)
    except OSError:
        return None
    return samples_within(data, max_size)


def _chunks(items: Sequence[Item], count: int) -> Iterator[Sequence[Item]]:
    """Deal the files out, so that no chunk is much more work than another."""
    most = max(1, min(_CHUNK_FILES, -(-len(items) // max(1, count))))
    return map(tuple, batches(items, most, _CHUNK_BYTES))

"""Listing spread over many hands: folders are opened level by level until there is enough to share.

What a place is like, a folder of this machine or a bucket, it knows itself; who does the work, a
pool of threads or a cluster, is given. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar

import msgspec

from results_bot.collect.file import Listed
from results_bot.model import Problem

_MOST_LEVELS = 4


class Item(msgspec.Struct, frozen=True):
    """A file that was found, fit to travel."""

    path: str
    size: int
    version: str = ""


class Level(msgspec.Struct, frozen=True):
    """What lies under some folders."""

    items: tuple[Item, ...] = ()
    problems: tuple[Problem, ...] = ()
    folders: tuple[str, ...] = ()
    """Those that were seen and not opened."""
    whole: tuple[str, ...] = ()
    """Those that are cheapest to list with all that lies below them."""


class Source(Protocol):
    """A place that holds artifacts; it can be sent to another machine."""

    def starts(self) -> Sequence[str]:
        """Return the folders to begin with."""
        ...

    def level(self, folder: str) -> Level:
        """List one folder."""
        ...

    def below(self, folders: Sequence[str]) -> Level:
        """List folders and all that lies below them; no folders are left."""
        ...

    def opened(self, items: Sequence[Item]) -> Iterator[Listed]:
        """Return the files with their content on demand, or already read."""
        ...

    def read(self, path: str) -> bytes:
        """Return the content of one file. Raises OSError."""
        ...


_In = TypeVar("_In")
Sized = TypeVar("Sized", Item, Listed)
Hands = Callable[[Callable[[Any], Level], Sequence[Any]], Iterable[Level]]
"""Who does the work: on each thing, at the same time as they can; results in the things' order."""


def survey(source: Source, hands: Hands, width: int, most: int) -> Level:
    """List everything in `source`; `width` is how many folders are enough to share out.

    With more than `most` files it stops and says so: nothing is taken from half a listing.
    """
    items: list[Item] = []
    problems: list[Problem] = []
    folders = list(source.starts())
    whole: list[str] = []
    for _ in range(_MOST_LEVELS):
        if not folders or len(folders) >= width:
            break
        found = _take(hands(source.level, folders), items, problems)
        folders = [folder for one in found for folder in one.folders]
        whole += [folder for one in found for folder in one.whole]
        if len(items) > most:
            return _too_many(source, most)
    dealt = [[one] for one in whole] + list(shares(folders, 4 * width))
    for some in _chunked(dealt, width):
        _take(hands(source.below, some), items, problems)
        if len(items) > most:
            return _too_many(source, most)
    return Level(tuple(items), tuple(problems))


def shares(things: Sequence[_In], count: int) -> Iterator[Sequence[_In]]:
    """Deal `things` out to at most `count`, neighbours together."""
    size = max(1, -(-len(things) // max(1, count)))
    yield from (things[at : at + size] for at in range(0, len(things), size))


def batches(items: Iterable[Sized], most: int, most_bytes: int) -> Iterator[list[Sized]]:
    """Yield neighbours together, at most so many files and bytes; a larger file is alone."""
    some: list[Sized] = []
    size = 0
    for one in items:
        if some and (len(some) == most or size + one.size > most_bytes):
            yield some
            some, size = [], 0
        some.append(one)
        size += one.size
    if some:
        yield some


def _chunked(things: Sequence[_In], size: int) -> Iterator[list[_In]]:
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some


def _take(found: Iterable[Level], items: list[Item], problems: list[Problem]) -> list[Level]:
    levels = list(found)
    for one in levels:
        items += one.items
        problems += one.problems
    return levels


def _too_many(source: Source, most: int) -> Level:
    reason = (
        f"holds more than {most:,} files (max-remote-files); nothing of it was read: "
        "give a narrower pattern, or raise the cap"
    )
    return Level(problems=tuple(Problem(start, reason) for start in source.starts()))

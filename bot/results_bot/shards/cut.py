"""Which parts of a tree can be made to sections each by itself; from names alone.

A section by folder is of the runs of one folder, so what lies in different folders right below
where the runs are never comes together in one section, as a rule. What speaks against it is seen
when all is done (`whole.are_apart`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from results_bot.collect.order import is_below
from results_bot.config import SectionTable
from results_bot.globs import literal_prefix
from results_bot.sealed import digest

MOST = 128
"""Shards of one place; of more folders several are one shard."""


class Shard(msgspec.Struct, frozen=True):
    """One such part."""

    folders: tuple[str, ...]
    """Below the root; everything in and below them is the shard's."""

    @property
    def name(self) -> str:
        """What files about it are called."""
        return digest("\0".join(self.folders).encode("utf-8", "surrogateescape")).hex()


def joined(shards: Sequence[Shard], claims: Sequence[Iterable[str]]) -> list[Shard]:
    """Return the shards, those as one that have a claim in common, one or several times over.

    `claims` are, for each shard, what may only be of one.
    """
    owner = list(range(len(shards)))
    first: dict[str, int] = {}
    for at, own in enumerate(claims):
        for claim in own:
            one, other = _top(owner, first.setdefault(claim, at)), _top(owner, at)
            owner[max(one, other)] = min(one, other)
    groups: dict[int, list[Shard]] = {}
    for at, shard in enumerate(shards):
        groups.setdefault(_top(owner, at), []).append(shard)
    return [
        some[0] if len(some) == 1 else Shard(tuple(sorted(f for one in some for f in one.folders)))
        for some in groups.values()
    ]


def _top(owner: list[int], at: int) -> int:
    while owner[at] != at:
        owner[at] = owner[owner[at]]
        at = owner[at]
    return at


def splits(sections: Sequence[SectionTable], starts: Sequence[str]) -> dict[str, bool]:
    """Tell for each of the folders where the walk starts whether each folder in it is for itself.

    Empty where a section, other than by folder, is of several of them.
    """
    places: dict[str, list[SectionTable]] = {start: [] for start in starts}
    for table in sections:
        own = {start for pattern in table.runs if (start := _start(pattern, starts)) is not None}
        if len(own) > 1 and not table.by_folder:
            return {}
        for start in own:
            places[start].append(table)
    return {start: all(one.by_folder for one in tables) for start, tables in places.items()}


def _start(pattern: str, starts: Sequence[str]) -> str | None:
    prefix = literal_prefix(pattern)
    return next((one for one in starts if is_below(prefix, one)), None)


def shards(folders: Mapping[str, Sequence[str] | None]) -> list[Shard]:
    """Return the shards; `folders` has those in each start, None where it is not split."""
    out: list[Shard] = []
    for start, inside in folders.items():
        if inside is None:
            out.append(Shard((start,)))
            continue
        paths = sorted(f"{start}/{name}" if start else name for name in inside)
        if len(paths) <= MOST:
            out += [Shard((path,)) for path in paths]
        else:
            # By name, so that one folder more does not make other shards of all.
            groups: dict[int, list[str]] = {}
            for path in paths:
                key = digest(path.encode("utf-8", "surrogateescape"))[0] % MOST
                groups.setdefault(key, []).append(path)
            out += [Shard(tuple(groups[key])) for key in sorted(groups)]
    return out

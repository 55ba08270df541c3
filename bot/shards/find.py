"""Which shards a work tree has, from a look at its topmost folders alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bot.collect.discover import Seen, entries, look_at, starts
from bot.collect.survey import FEWEST
from bot.config import SectionTable
from bot.shards.cut import Shard, shards, splits
from bot.summary.plan import patterns

_TRIED = 32
"""Folders that are looked into to tell how many there are."""
_OF_A_JOB = ".hydra"
"""Where this lies right beside the runs, all of them are one job's."""


class Found(NamedTuple):
    """The shards, and what was seen on the way to them."""

    shards: list[Shard]
    seen: Seen


def find(root: Path, sections: Sequence[SectionTable]) -> Found | None:
    """Return the shards of a large tree; None of a small one, and of one that has none."""
    wanted = patterns(sections)
    split = splits(sections, starts(wanted))
    seen = look_at(root, [start for start, apart in split.items() if apart], wanted)
    if not split or seen.trouble or any(seen.files()):
        return None  # What lies beside the folders may be of all of them.
    folders = {
        start: [name for name, entry in seen.survey[start].items() if entry] if apart else None
        for start, apart in split.items()
    }
    found = shards(folders)
    if len(found) < 2 or any(_OF_A_JOB in names for names in folders.values() if names):
        return None
    large = _is_large(root, [folder for one in found for folder in one.folders])
    return Found(found, seen) if large else None


def _is_large(root: Path, folders: Sequence[str]) -> bool:
    """Tell whether there are so many folders below that sharing them saves time."""
    tried = folders[:: -(-len(folders) // _TRIED)]
    below = sum(entries(root / one) for one in tried)
    return len(folders) + below * len(folders) // len(tried) >= FEWEST

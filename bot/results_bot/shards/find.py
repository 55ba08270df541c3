"""Which shards a work tree has, from a look at its topmost folders alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from results_bot.collect.discover import Seen, look_at, starts
from results_bot.collect.survey import FEWEST, Entry
from results_bot.config import SectionTable
from results_bot.page.plan import patterns
from results_bot.shards.cut import Shard, shards, splits

_TRIED = 8
"""Folders of each place that are looked into to tell what lies below."""
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
    inside: dict[str, Sequence[str] | None] = {}
    folders = 0
    for start, apart in split.items():
        inside[start] = names = _inside(seen.survey[start]) if apart else None
        if names:
            tried = names[:: -(-len(names) // _TRIED)]
            below = look_at(root, [f"{start}/{one}" if start else one for one in tried], wanted)
            folders += len(names) + _folders(below) * len(names) // len(tried)
            if any(below.files()):
                inside[start] = None  # They are runs themselves, and of one section.
    found = shards(inside)
    return Found(found, seen) if len(found) > 1 and folders >= FEWEST and not seen.trouble else None


def _inside(entries: Mapping[str, Entry]) -> list[str] | None:
    """Return the folders in one where the walk starts; None where it is not to be split.

    What lies beside the folders may be of all of them.
    """
    alone = any(isinstance(entry, bytes) for entry in entries.values()) or _OF_A_JOB in entries
    return None if alone else [name for name, entry in entries.items() if entry]


def _folders(seen: Seen) -> int:
    """Return how many folders lie in those that were seen."""
    return sum(entry is True for entries in seen.survey.values() for entry in entries.values())

"""What git has of the artifacts against what is here: whether anything was deleted."""

from __future__ import annotations

import marshal
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from results_bot import sealed
from results_bot.collect.choice import tracked
from results_bot.collect.discover import Seen
from results_bot.shards.cut import Shard


def digest_of(paths: Sequence[str]) -> bytes:
    """Return what tells some paths, in order, from others."""
    return sealed.digest("\0".join(paths).encode("utf-8", "surrogateescape"))


def missing(
    root: Path,
    in_git: Sequence[str],
    patterns: Sequence[str],
    shards: Iterable[tuple[Shard, bytes, bytes]],
) -> list[str]:
    """Return those of git's paths, which are in order, that hold artifacts and are not here.

    With each shard come its survey and the digest of all artifacts in it: mostly git has just
    these, which is told without a look at them.
    """
    left: list[str] = []
    spans: list[tuple[int, int]] = []
    for shard, survey, files in shards:
        own = [*_spans(in_git, shard)]
        spans += own
        paths = [path for first, end in own for path in in_git[first:end]]
        if paths and digest_of(paths) != files:
            seen = Seen(str(root), (), marshal.loads(survey), {})  # noqa: S302 - our own
            left += sorted(set(paths).difference(seen.files()))
    at = 0
    for first, end in sorted(spans):
        left += in_git[at:first]
        at = end
    left += in_git[at:]
    gone = (path for path in left if not (root / path).is_file())
    return [*tracked(gone, patterns)]


def _spans(in_git: Sequence[str], shard: Shard) -> Iterator[tuple[int, int]]:
    """Yield where in the paths, which are in order, those of each folder begin and end."""
    for folder in shard.folders:
        first = bisect_left(in_git, f"{folder}/") if folder else 0
        # "0" comes right behind "/".
        yield first, bisect_left(in_git, f"{folder}0", first) if folder else len(in_git)

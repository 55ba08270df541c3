"""All processors at the shards of a tree: whoever is free takes the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.collect.forked import shared
from bot.shards.cut import Shard
from bot.shards.work import Result, Task, result


def results(
    task: Task, shards: Sequence[Shard], progress: Callable[[int], None] = lambda _: None
) -> list[Result]:
    """Return what comes of each shard. A process that dies takes nothing with it.

    `progress` is called with the number of shards that were done. Raises UnicodeEncodeError as
    `result` does.
    """

    def do(some: Sequence[Shard]) -> list[tuple[bytes, ...]]:
        return [tuple(result(task, one)) for one in some]

    return [Result(*one) for some in shared(shards, do, progress) for one in some]

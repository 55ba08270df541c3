"""All processors at the shards of a tree: whoever is free takes the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from results_bot.collect.forked import shared
from results_bot.shards.cut import Shard
from results_bot.shards.work import Result, Task, result


def results(
    task: Task, shards: Sequence[Shard], done: Callable[[Result], None] = lambda _: None
) -> list[Result]:
    """Return what comes of each shard. A process that dies takes nothing with it.

    `done` is called with it too, as soon as it is known here. Raises UnicodeEncodeError as `result`
    does.
    """

    def do(some: Sequence[Shard]) -> list[tuple[bytes | bool, ...]]:
        return [tuple(result(task, one)) for one in some]

    def told(some: Sequence[tuple[Any, ...]]) -> None:
        for one in some:
            done(Result(*one))

    return [Result(*one) for some in shared(shards, do, told) for one in some]

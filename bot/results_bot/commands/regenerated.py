"""The page made from the work tree: in one piece, or a large tree shard by shard."""

from __future__ import annotations

from datetime import datetime

import msgspec

from results_bot.collect.discover import Seen
from results_bot.collect.survey import dumped, newest
from results_bot.errors import BotError
from results_bot.model import Collection
from results_bot.page.page import Fresh, regenerate
from results_bot.report import terminal
from results_bot.shards.find import Found, find
from results_bot.unchanged import Memory
from results_bot.workspace import Workspace


class Regenerated(msgspec.Struct, frozen=True):
    """A page and what it was made from."""

    fresh: Fresh
    collection: Collection
    surveys: list[bytes]
    """What lies in the folders that hold runs."""
    newest: int
    """When any of the artifacts was last touched, in nanoseconds."""
    trouble: bool
    """The look at them met what is no file, or was going away."""


def regenerated(
    workspace: Workspace, old: str | None, now: datetime, memory: Memory | None = None
) -> Regenerated:
    """Return the page as it should be now. Raises BotError where there is nothing to make one from.

    `memory` may have looked at the artifacts already. Raises ChangedMeanwhileError, as anything may
    that looks into the page later, where artifacts changed while the page was made; `in_one_piece`
    never does.
    """
    workspace.progress.phase("Looking for artifacts")
    found = find(workspace.root, workspace.sections) if workspace.sources.are_local else None
    made = _in_shards(workspace, found, old, now, memory) if found else None
    return made or in_one_piece(workspace, old, now)


def in_one_piece(workspace: Workspace, old: str | None, now: datetime) -> Regenerated:
    """Return the same, everything in this process."""
    workspace.begin_gone()
    seen = workspace.look()
    collection = workspace.collect(seen)
    fresh = fresh_page(workspace, old, collection, now, seen, staged=False)
    surveys = [dumped(seen.survey)] if workspace.sources.are_local else []
    return Regenerated(fresh, collection, surveys, newest(seen.survey), bool(seen.trouble))


def _in_shards(
    workspace: Workspace,
    found: Found,
    old: str | None,
    now: datetime,
    memory: Memory | None,
) -> Regenerated | None:
    from results_bot.shards.whole import whole

    task = workspace.task(old, memory)
    workspace.progress.phase("Reading artifacts", len(found.shards))
    step = workspace.progress.step
    made = whole(task, found.shards, workspace.in_git, workspace.begin_gone, step)
    if made is None:
        return None
    workspace.progress.phase("Making the page")
    fresh = made.page(old, now, workspace.samples)
    collection = made.collection
    _need_runs(workspace, old, fresh, collection)
    surveys = [dumped(found.seen.survey), *made.surveys]
    return Regenerated(fresh, collection, surveys, made.newest, made.trouble)


def fresh_page(
    workspace: Workspace,
    old: str | None,
    collection: Collection,
    now: datetime,
    seen: Seen | None = None,
    *,
    staged: bool,
) -> Fresh:
    """Return the regenerated page. Raises BotError where there is nothing to make one from.

    `seen` spares a second look at the work tree.
    """
    workspace.progress.phase("Making the page")
    fresh = regenerate(
        old,
        collection,
        workspace.config,
        workspace.sections,
        workspace.gone(seen, staged=staged),
        now,
        workspace.samples,
    )
    _need_runs(workspace, old, fresh, collection)
    return fresh


def _need_runs(workspace: Workspace, old: str | None, fresh: Fresh, collection: Collection) -> None:
    if old is None and not any(one.rows or one.unfinished for one in fresh.summary.sections):
        where = ", ".join(pattern for one in workspace.sections for pattern in one.runs)
        seen_too = terminal.hints((*collection.problems, *collection.remarks))
        raise BotError(
            f"no runs found under {where}; tell where they are with `results-bot init`, "
            f"or under [[sections]] in results-bot.toml{seen_too}"
        )

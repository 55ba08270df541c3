"""Regenerate the page from the artifacts of the work tree."""

from __future__ import annotations

from datetime import datetime

import msgspec

from results_bot.collect.discover import Seen
from results_bot.collect.survey import dumped, newest
from results_bot.errors import BotError
from results_bot.model import Collection
from results_bot.page.page import Fresh, regenerate
from results_bot.report import terminal
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


def regenerated(workspace: Workspace, old: str | None, now: datetime) -> Regenerated:
    """Return the regenerated page. Raises BotError where there are no runs to make one from."""
    workspace.progress.phase("Looking for artifacts")
    workspace.begin_gone()
    seen = workspace.look()
    collection = workspace.collect(seen)
    fresh = fresh_page(workspace, old, collection, now, seen, staged=False)
    surveys = [dumped(seen.survey)] if workspace.sources.are_local else []
    return Regenerated(fresh, collection, surveys, newest(seen.survey), bool(seen.trouble))


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

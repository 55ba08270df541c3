"""Which commit a run is about, now that time has passed since its event."""

from __future__ import annotations

from results_bot.commands.ci_context import Context


def only_page_changed(context: Context, ours: str, now: str | None, page: str) -> bool:
    """Tell whether `now` is `ours` with nothing but other versions of the page on top.

    Then what was measured for `ours` holds for `now`: a job beside this one committed its rows.
    """
    if now is None or not descends(context, ours, now):
        return now == ours
    contents = context.hub.contents
    before, after = (
        {one.path: one.sha for one in contents.tree(sha) if one.path != page} for sha in (ours, now)
    )
    return before == after


def descends(context: Context, ours: str, now: str | None) -> bool:
    """Tell whether `now` has `ours` in its past."""
    return now is not None and (now == ours or context.hub.pulls.merge_base(ours, now) == ours)

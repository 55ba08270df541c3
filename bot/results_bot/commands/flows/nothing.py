"""Nothing to do, and why."""

from __future__ import annotations

from results_bot.commands.ci_context import Context
from results_bot.commands.ci_result import Result, skipped
from results_bot.github.activity import Nothing


def run(_context: Context, activity: Nothing) -> Result:
    """Say why."""
    return skipped(activity.reason)

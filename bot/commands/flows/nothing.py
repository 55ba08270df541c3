"""Nothing to do, and why."""

from __future__ import annotations

from bot.commands.ci_context import Context
from bot.commands.ci_result import Result, skipped
from bot.github.activity import Nothing


def run(_context: Context, activity: Nothing) -> Result:
    """Say why."""
    return skipped(activity.reason)

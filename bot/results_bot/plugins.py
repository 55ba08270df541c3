"""What other packages add: entry points of our groups, in whatever is installed."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

READERS = "results_bot.readers"
TAKEAWAYS = "results_bot.takeaways"
RULES = "results_bot.rules"


@cache
def points(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of one of our groups; nothing is loaded."""
    return tuple(entry_points(group=group))

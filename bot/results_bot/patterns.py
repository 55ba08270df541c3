"""Regular expressions that are compiled when they are first asked.

To compile those of all formats and all rules takes longer than to read a small tree, and one
command asks a few of them.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Later:
    """Stands for a compiled pattern, and takes over each of its methods when it is first used."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._source = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._source), name)
        setattr(self, name, found)
        return found


def later(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return what `re.compile` returns, compiled at its first use."""
    return cast("re.Pattern[str]", _Later(pattern, flags))

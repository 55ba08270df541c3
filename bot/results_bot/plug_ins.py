"""What other projects add: entry points of our groups, in whatever is installed.

Nearly always there are none, and `importlib.metadata` takes longer to say so than a small page
takes to be made: so it is asked only where some file names one of our groups.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

READERS = "results_bot.readers"
TAKEAWAYS = "results_bot.takeaways"
RULES = "results_bot.rules"
_OURS = b"results_bot."
_PYTHONS_OWN = "_frozen_importlib_external"
_INFO = (".dist-info", ".egg-info", "egg-info")


@cache
def points(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of one of our groups; nothing is loaded."""
    if not _any_named():
        return ()
    from importlib.metadata import entry_points

    return tuple(entry_points(group=group))


def files() -> tuple[str, ...]:
    """Return the files of what makes a page another one: readers and takeaways."""
    return tuple(
        getattr(sys.modules.get(point.module), "__file__", None) or point.module
        for group in (READERS, TAKEAWAYS)
        for point in points(group)
    )


@cache
def _any_named() -> bool:
    """Tell whether anything installed may name one of our groups."""
    finders = (finder for finder in sys.meta_path if finder.__module__ != _PYTHONS_OWN)
    if any(hasattr(finder, "find_distributions") for finder in finders):
        return True  # It knows distributions that no folder on the path holds.
    return any(_names_us(place) for place in sys.path)


def _names_us(place: str) -> bool:
    try:
        names = os.listdir(place or ".")
    except NotADirectoryError:
        return True  # An archive, which only the import system opens.
    except OSError:
        return False
    return any(
        _holds(f"{place or '.'}/{name}/entry_points.txt")
        for name in names
        if name.lower().endswith(_INFO)
    )


def _holds(path: str) -> bool:
    try:
        with open(path, "rb", buffering=0) as file:
            return _OURS in file.read()
    except OSError:
        return False

"""The order of the walk, for files that several machines found: whoever finds them, one order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from results_bot.config_remote import elsewhere, local
from results_bot.globs import literal_prefix, place

_Item = TypeVar("_Item")
Key = tuple[int, tuple[str, ...]]


def starts(patterns: Sequence[str]) -> list[str]:
    """Return where to start from, none below another: folders here, then addresses."""
    here = _outermost({literal_prefix(pattern) for pattern in local(patterns)})
    return [*here, *_outermost({place(pattern).rstrip("/") for pattern in elsewhere(patterns)})]


def ordered(
    items: Iterable[_Item], patterns: Sequence[str], path: Callable[[_Item], str]
) -> list[_Item]:
    """Return `items` as one walk over everything would have come by them."""
    first = starts(patterns)

    def key(item: _Item) -> Key:
        name = path(item)
        at = next((at for at, start in enumerate(first) if is_below(name, start)), len(first))
        return at, tuple(name.split("/"))

    return sorted(items, key=key)


def is_below(path: str, folder: str) -> bool:
    """Tell whether `path` is `folder` or lies in it; everything in the repository lies in `""`."""
    if not folder:
        return "://" not in path
    return path == folder or path.startswith(f"{folder}/")


def within(starts: Sequence[str], only: Sequence[str]) -> list[str]:
    """Return what of `starts` lies below `only`, or the other way round; all without `only`."""
    if not only:
        return list(starts)
    deeper = (one for start in starts for one in only if is_below(one, start))
    whole = (start for start in starts if any(is_below(start, one) for one in only))
    return list(dict.fromkeys([*whole, *deeper]))


def _outermost(prefixes: set[str]) -> list[str]:
    return [
        prefix
        for prefix in sorted(prefixes)
        if not any(other != prefix and is_below(prefix, other) for other in prefixes)
    ]

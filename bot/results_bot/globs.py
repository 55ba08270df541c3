"""Path patterns: `*` and `?` within a folder name, `**` over any number of folders, or none."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

_WILD = re.compile(r"[*?]")


def matches(pattern: str, path: str) -> bool:
    """Tell whether the whole of `path` fits `pattern`; both with `/`."""
    return _compiled(pattern).fullmatch(path) is not None


@cache
def any_of(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    """Return what fits a path to several patterns at once; group `n` is the n-th pattern's.

    The first that fits is the one that counts, and the match's `lastindex` says which it is.
    """
    return re.compile(
        "|".join(f"({_compiled(one).pattern})" for one in patterns) or "(?!)", re.DOTALL
    ).fullmatch


def literal_prefix(pattern: str) -> str:
    """Return the leading folders of `pattern` that hold no wildcard; the last part never counts."""
    parts = pattern.split("/")
    literal: list[str] = []
    for part in parts[:-1]:
        if _WILD.search(part):
            break
        literal.append(part)
    return "/".join(literal)


def place(pattern: str) -> str:
    """Return the folder from which on `pattern` is wild; the path itself where it names one."""
    return literal_prefix(pattern) if is_wild(pattern) else pattern


def enterable(pattern: str, folder: str) -> bool:
    """Tell whether something below `folder` could fit `pattern`, or lie below what fits it."""
    return not folder or _above(pattern).fullmatch(folder) is not None


@cache
def enterable_of(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    """Return what tells the same of a folder below the root, of several patterns at once."""
    every = "|".join(f"(?:{_above(one).pattern})" for one in patterns)
    return re.compile(every or "(?!)", re.DOTALL).fullmatch


@cache
def _above(pattern: str) -> re.Pattern[str]:
    """Return what a path that fits, the folders above it and all that is below it fit."""
    parts = pattern.split("/")
    if "**" in parts:
        parts = parts[: parts.index("**")]
    below = "(?:/.*)?"
    # `a**b` has no meaning of its own: as a folder's name it is `a*b`.
    names = [_compiled(part).pattern.replace(".*", "[^/]*") for part in parts]
    for name in reversed(names[1:]):
        below = f"(?:/{name}{below})?"
    return re.compile(names[0] + below if names else ".*", re.DOTALL)


def is_wild(pattern: str) -> bool:
    """Tell whether `pattern` can fit more than one path."""
    return _WILD.search(pattern) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    out: list[str] = []
    position = 0
    while position < len(pattern):
        if pattern[position:] == "/**":
            out.append(r"(?:/.*)?")
            position += 3
        elif pattern.startswith("**/", position):
            out.append(r"(?:[^/]+/)*")
            position += 3
        elif pattern.startswith("**", position):
            out.append(r".*")
            position += 2
        else:
            out.append(_one(pattern[position]))
            position += 1
    return re.compile("".join(out), re.DOTALL)


def _one(character: str) -> str:
    return {"*": r"[^/]*", "?": r"[^/]"}.get(character, re.escape(character))

"""Path patterns: `*` and `?` within one folder name, `**` for any number of folders, or none.

A pattern may be the address of a storage, such as `s3://bucket/runs/*`.

A pattern comes from a configuration and a path from anybody's archive, so a match must take linear
time: the expressions give up an alternative as soon as a later one cannot do better.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_WILD = re.compile(r"[*?]")
_STARS = re.compile(r"\*+")
_END = r"(?=/|\Z)"
_FOLDERS = r"(?:[^/]+/)*"
Match = Callable[[str], re.Match[str] | None]


def matches(pattern: str, path: str) -> bool:
    """Return True if the whole of `path` fits `pattern`; both are written with `/`."""
    return any_of((pattern,))(path) is not None


@cache
def any_of(patterns: tuple[str, ...]) -> Match:
    """Return the function that matches a path against several patterns.

    The first pattern that fits counts: the match's `lastindex` is its number, from 1.
    """
    every = "|".join(f"({_expression(pattern)})" for pattern in patterns)
    return re.compile(every or "(?!)", re.DOTALL).fullmatch


@cache
def enterable_of(patterns: tuple[str, ...]) -> Match:
    """Return the function that matches folders in or below which something may fit a pattern."""
    every = "|".join(f"(?:{_folders_expression(pattern)})" for pattern in patterns)
    return re.compile(every or "(?!)", re.DOTALL).fullmatch


def enterable(pattern: str, folder: str) -> bool:
    """Return True if something in `folder` may fit `pattern`, or lies below what fits."""
    return not folder or enterable_of((pattern,))(folder) is not None


def covers(wide: str, narrow: str) -> bool:
    """Return True if `wide` certainly fits every path that `narrow` fits."""
    parts, others = wide.split("/"), narrow.split("/")
    if parts[-1] == "**" and len(others) >= len(parts):
        parts, others = parts[:-1], others[: len(parts) - 1]
    return len(parts) == len(others) and all(
        one == other or (one == "*" and "**" not in other)
        for one, other in zip(parts, others, strict=True)
    )


def literal_prefix(pattern: str) -> str:
    """Return the leading folders of `pattern` without a wildcard, never its last part."""
    parts = pattern.split("/")
    wild = next((at for at, part in enumerate(parts) if _WILD.search(part)), len(parts))
    return "/".join(parts[: min(wild, len(parts) - 1)])


def place(pattern: str) -> str:
    """Return the folder below which `pattern` is wild, or the path that it names."""
    return literal_prefix(pattern) if is_wild(pattern) else pattern


def is_wild(pattern: str) -> bool:
    """Return True if `pattern` can fit more than one path."""
    return _WILD.search(pattern) is not None


def scheme(pattern: str) -> str:
    """Return the scheme of an address, such as `s3`; empty for a path of the repository."""
    found = _SCHEME.match(pattern) if "://" in pattern else None
    return found[1].lower() if found else ""


def local(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns that lie in the repository."""
    return tuple(pattern for pattern in patterns if not scheme(pattern))


def elsewhere(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns that are addresses."""
    return tuple(pattern for pattern in patterns if scheme(pattern))


def _expression(pattern: str) -> str:
    """Return the regular expression of a whole pattern."""
    parts = pattern.split("/")
    ending = ""
    while parts and parts[-1] == "**":
        parts.pop()
        ending = "(?:/.*)?"
    if not parts:
        return ".*"
    runs: list[list[str]] = [[]]  # The parts between one `**` and the next.
    for part in parts:
        if part == "**":
            runs.append([])
        else:
            runs[-1].append(_name(part))
    first, *middle = ["/".join(run) for run in runs]
    if not middle:
        return first + ending
    out = f"{first}/" if runs[0] else ""
    # Where parts of a fixed number fit first is the best place for them: no other need be tried.
    out += "".join(f"(?>{_FOLDERS}?{names}/)" for names in middle[:-1] if names)
    last = middle[-1]
    return out + (f"(?>{_FOLDERS}?{last}{_END}){ending}" if ending else f"{_FOLDERS}{last}")


def _folders_expression(pattern: str) -> str:
    """Return the expression of what fits, the folders above it, and all that lies below it."""
    parts = pattern.split("/")
    if "**" in parts:
        parts = parts[: parts.index("**")]
    if not parts:
        return ".*"
    below = "(?:/.*)?"
    for part in reversed(parts[1:]):
        below = f"(?:/{_name(part)}{below})?"
    return _name(parts[0]) + below


def _name(part: str) -> str:
    """Return the expression of one folder or file name."""
    first, *rest = (re.escape(text).replace(r"\?", "[^/]") for text in _STARS.split(part))
    if not rest:
        return first
    *middle, last = rest
    return first + "".join(f"(?>[^/]*?{text})" for text in middle) + f"(?>[^/]*{last}{_END})"

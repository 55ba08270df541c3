"""Path patterns: `*` and `?` within a folder name, `**` over any number of folders, or none."""

from __future__ import annotations

import re
from functools import cache

_WILD = re.compile(r"[*?]")


def matches(pattern: str, path: str) -> bool:
    """Tell whether the whole of `path` fits `pattern`; both with `/`."""
    return _compiled(pattern).fullmatch(path) is not None


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
    if not folder:
        return True
    wanted = pattern.split("/")
    for part, name in zip(wanted, folder.split("/"), strict=False):
        if part == "**":
            return True
        if not _compiled(part).fullmatch(name):
            return False
    return True


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

"""The commit that HEAD names, read from the git folder's own files: no git, no GitPython.

Only for telling whether it is still the same commit; everything else goes through `git_repo`.
Paths are strings: pathlib's import would be a fifth of the quick way's time.
"""

from __future__ import annotations

import os
from os.path import join


def git_folder(root: str) -> str | None:
    """Return the git folder of a work tree, also of a linked one."""
    path = join(root, ".git")
    if os.path.isdir(path):
        return path
    text = _text(path)
    return join(root, text[8:].strip()) if text.startswith("gitdir: ") else None


def head(git_dir: str | os.PathLike[str]) -> str | None:
    """Return HEAD's commit with the border of a shallow clone; None where it is not plain to tell.

    Grafts and replaced objects change what a commit's history is, and references may be kept in a
    table that only git reads.
    """
    common = join(git_dir, _text(join(git_dir, "commondir")).strip())
    odd = ("info/grafts", "refs/replace", "reftable")
    if any(os.path.exists(join(common, name)) for name in odd):
        return None
    name = _text(join(git_dir, "HEAD")).strip()
    if name.startswith("ref: "):
        name = name[5:]
        known = _text(join(common, name)).strip() or _packed(join(common, "packed-refs"), name)
        name = known or "unborn"
    if not name or name.startswith("ref: "):
        return None
    return f"{name} {_text(join(common, 'shallow'))}"


def _packed(path: str, name: str) -> str:
    lines = _text(path).split("\n")
    return next((line for line in lines if line.endswith(f" {name}")), "")


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""

"""The commit that HEAD names, read from the git folder's own files: no git, no GitPython.

Only for telling whether it is still the same commit; everything else goes through `git_repo`.
"""

from __future__ import annotations

from pathlib import Path


def git_folder(root: Path) -> Path | None:
    """Return the git folder of a work tree, also of a linked one."""
    path = root / ".git"
    if path.is_dir():
        return path
    text = _text(path)
    return root / text[8:].strip() if text.startswith("gitdir: ") else None


def head(git_dir: Path) -> str | None:
    """Return HEAD's commit with the border of a shallow clone; None where it is not plain to tell.

    Grafts and replaced objects change what a commit's history is, and references may be kept in a
    table that only git reads.
    """
    common = git_dir / _text(git_dir / "commondir").strip()
    if any((common / odd).exists() for odd in ("info/grafts", "refs/replace", "reftable")):
        return None
    name = _text(git_dir / "HEAD").strip()
    if name.startswith("ref: "):
        name = name[5:]
        name = _text(common / name).strip() or _packed(common / "packed-refs", name) or "unborn"
    if not name or name.startswith("ref: "):
        return None
    return f"{name} {_text(common / 'shallow')}"


def _packed(path: Path, name: str) -> str:
    lines = _text(path).split("\n")
    return next((line for line in lines if line.endswith(f" {name}")), "")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""

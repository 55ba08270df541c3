"""The refreshed page as a patch to copy, where it could not be committed."""

from __future__ import annotations

import difflib
import re

_MOST = 200_000
"""Characters; a job summary takes 1 MiB in all."""


def render(page: str, old: str | None, new: str) -> str:
    """Return a folded code block that `git apply` takes."""
    patch = unified(page, old, new)
    if len(patch) > _MOST:
        return f"The patch of {len(patch):,} characters is too long to be shown here.\n"
    longest = max((len(run) for run in re.findall("`+", patch)), default=0)
    fence = "`" * max(3, longest + 1)
    return (
        "<details><summary>Patch: <code>git apply</code> puts the page right</summary>\n\n"
        f"{fence}diff\n{patch}{fence}\n\n</details>\n"
    )


def unified(page: str, old: str | None, new: str) -> str:
    """Return the difference as git writes it."""
    before = "/dev/null" if old is None else f"a/{page}"
    lines = difflib.unified_diff(
        (old or "").splitlines(keepends=True), new.splitlines(keepends=True), before, f"b/{page}"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )

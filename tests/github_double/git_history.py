"""Questions on the graph of commits: ancestors, merge bases, differences, merges of whole files."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from tests.github_double.git_objects import Commit, Entry, Files, ObjectStore, Patch, parents_of

PATCH_LIMIT = 1_000_000


@dataclass(frozen=True)
class FileChange:
    """One file of a difference; `status` in GitHub's words."""

    path: str
    status: str
    sha: str
    before: str | None
    after: str | None
    previous: str | None = None


def ancestors(store: ObjectStore, sha: str) -> set[str]:
    """Return a commit and all that came before it."""
    found: set[str] = set()
    waiting = [sha]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += store.commits[one].parents
    return found


def merge_base(store: ObjectStore, one: str, other: str) -> str | None:
    """Return the newest commit that both sides have, or None for unrelated histories."""
    common = ancestors(store, one) & ancestors(store, other)
    older = {old for sha in common for old in ancestors(store, sha) - {sha}}
    best = sorted(common - older, key=lambda sha: store.commits[sha].committer.date)
    return best[-1] if best else None


def between(store: ObjectStore, base: str, head: str) -> list[Commit]:
    """Return what `head` has and `base` lacks, parents first."""
    wanted = ancestors(store, head) - ancestors(store, base)
    ordered: list[Commit] = []
    placed: set[str] = set()

    def place(sha: str) -> None:
        waiting = [(sha, False)]
        while waiting:
            one, parents_done = waiting.pop()
            if one in placed or one not in wanted:
                continue
            if parents_done:
                placed.add(one)
                ordered.append(store.commits[one])
            else:
                parents = reversed(store.commits[one].parents)
                waiting += [(one, True), *((parent, False) for parent in parents)]

    place(head)
    return ordered


def log(store: ObjectStore, head: str) -> list[Commit]:
    """Return a commit and all before it, newest first."""
    found = [store.commits[sha] for sha in ancestors(store, head)]
    return sorted(found, key=lambda one: (one.committer.date, one.sha == head), reverse=True)


def diff(before: Files, after: Files) -> list[FileChange]:
    """Return the changed files, sorted by path; a file that only moved is one change."""
    added = {path for path in after if path not in before}
    removed = {path for path in before if path not in after}
    changes = [
        FileChange(path, "modified", after[path].sha, before[path].sha, after[path].sha)
        for path in after
        if path in before and after[path] != before[path]
    ]
    homes = {before[path].sha: path for path in sorted(removed, reverse=True)}
    for path in sorted(added):
        sha = after[path].sha
        if (old := homes.pop(sha, None)) is not None:
            removed.discard(old)
            changes.append(FileChange(path, "renamed", sha, sha, sha, old))
        else:
            changes.append(FileChange(path, "added", sha, None, sha))
    for path in removed:
        changes.append(FileChange(path, "removed", before[path].sha, before[path].sha, None))
    return sorted(changes, key=lambda change: change.path)


def patch(store: ObjectStore, change: FileChange) -> Patch:
    """Return a change's text, without header as GitHub has it."""
    key = (change.before, change.after)
    if key not in store.patches:
        store.patches[key] = _patch(store, change)
    return store.patches[key]


def _patch(store: ObjectStore, change: FileChange) -> Patch:
    old, new = _shown(store, change.before), _shown(store, change.after)
    try:
        texts = [data.decode().splitlines() for data in (old, new)]
    except UnicodeDecodeError:
        return Patch(None, 0, 0)
    if max(len(old), len(new)) > PATCH_LIMIT:
        return Patch(None, len(texts[1]), len(texts[0]))
    lines = list(difflib.unified_diff(texts[0], texts[1], lineterm=""))[2:]
    additions = sum(line.startswith("+") for line in lines)
    deletions = sum(line.startswith("-") for line in lines)
    return Patch("\n".join(lines) or None, additions, deletions)


def _shown(store: ObjectStore, sha: str | None) -> bytes:
    """Return a file's bytes; of a submodule, whose commit is elsewhere, the line that git has."""
    return store.blobs.get(sha, f"Subproject commit {sha}\n".encode()) if sha else b""


def merge_files(base: Files, ours: Files, theirs: Files) -> Files | None:
    """Merge file by file; None when both sides changed one file differently, or where one side
    has a file and the other a folder.

    GitHub merges line by line; the double calls every file that both changed a conflict.
    """
    merged: Files = {}
    for path in sorted(base.keys() | ours.keys() | theirs.keys()):
        old, our, their = base.get(path), ours.get(path), theirs.get(path)
        chosen: Entry | None
        if their in (our, old):
            chosen = our
        elif our == old:
            chosen = their
        else:
            return None
        if chosen is not None:
            merged[path] = chosen
    clash = any(not parents_of(path).isdisjoint(merged) for path in merged)
    return None if clash else merged

"""Questions on the graph of commits: ancestors, merge bases, merges of whole files."""

from __future__ import annotations

from tests.github_double.git_objects import Commit, Entry, Files, ObjectStore, parents_of


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
    return max(common - older, key=lambda sha: store.commits[sha].committer.date, default=None)


def between(store: ObjectStore, base: str, head: str) -> list[Commit]:
    """Return what `head` has and `base` lacks, parents first."""
    wanted = ancestors(store, head) - ancestors(store, base)
    ordered: list[Commit] = []
    while wanted:
        ready = [one for one in wanted if wanted.isdisjoint(store.commits[one].parents)]
        ready.sort(key=lambda one: store.commits[one].committer.date)
        ordered += [store.commits[one] for one in ready]
        wanted.difference_update(ready)
    return ordered


def log(store: ObjectStore, head: str) -> list[Commit]:
    """Return a commit and all before it, newest first."""
    found = [store.commits[sha] for sha in ancestors(store, head)]
    return sorted(found, key=lambda one: (one.committer.date, one.sha == head), reverse=True)


def touches(store: ObjectStore, commit: Commit, path: str) -> bool:
    """Return True if a commit changed a file against its first parent."""
    before = store.commit_files(commit.parents[0]) if commit.parents else {}
    return before.get(path) != store.commit_files(commit.sha).get(path)


def merged_files(store: ObjectStore, ours: str, theirs: str) -> Files | None:
    """Merge two commits file by file; None when both sides changed one file differently, or where
    one side has a file and the other a folder.

    GitHub merges line by line; the double calls every file that both changed a conflict.
    """
    shared = merge_base(store, ours, theirs)
    base = store.commit_files(shared) if shared else {}
    our_files, their_files = store.commit_files(ours), store.commit_files(theirs)
    merged: Files = {}
    for path in sorted(base.keys() | our_files.keys() | their_files.keys()):
        old, our, their = base.get(path), our_files.get(path), their_files.get(path)
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

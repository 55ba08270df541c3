"""Carries commits between the double and real git repositories; the hashes are the same."""

from __future__ import annotations

import os
import subprocess
import zlib
from datetime import UTC, datetime
from pathlib import Path

from tests.github_double import refs
from tests.github_double.clock import iso
from tests.github_double.git_objects import Commit, Entry, Files, ObjectStore, Signature
from tests.github_double.state import BRANCHES, Repository, State


def check_out(state: State, repo: Repository, folder: Path, at: str | None = None) -> str:
    """Make a real repository with all branches, checked out where asked; return the hash."""
    name = at or repo.default_branch
    commit = state.resolve(repo, name)
    if commit is None:
        raise LookupError(f"{repo.full_name} has no {name}")
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", f"--initial-branch={repo.default_branch}")
    for sha, (kind, data) in state.store.raw.items():
        _write_object(folder, sha, kind, data)
    for ref, sha in repo.refs.items():
        short = ref.removeprefix(BRANCHES)
        git(folder, "update-ref", f"refs/remotes/origin/{short}", sha)
    if repo.branch(name):
        git(folder, "checkout", "--quiet", "-B", name, commit.sha)
    else:
        git(folder, "checkout", "--quiet", "--detach", commit.sha)
    return commit.sha


def push(state: State, repo: Repository, folder: Path, revision: str, branch: str) -> str:
    """Bring a real repository's commits to the double, and put a branch there; return the hash."""
    sha = git(folder, "rev-parse", f"{revision}^{{commit}}").decode().strip()
    listed = git(folder, "rev-list", "--objects", "--no-object-names", sha).decode().split()
    with state.lock:
        for one in reversed(listed):
            if one not in state.store.raw:
                kind = git(folder, "cat-file", "-t", one).decode().strip()
                _receive(state.store, one, kind, git(folder, "cat-file", kind, one))
        refs.move(state, repo, BRANCHES + branch, sha)
    return sha


def git(folder: Path, *arguments: str) -> bytes:
    """Run git in a repository, apart from the user's configuration."""
    # Hooks that run the tests export GIT_*, which would lead git to another repository.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, env=environment
    ).stdout


def _write_object(folder: Path, sha: str, kind: str, data: bytes) -> None:
    path = folder / ".git" / "objects" / sha[:2] / sha[2:]
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        path.write_bytes(zlib.compress(f"{kind} {len(data)}\0".encode() + data, 1))


def _receive(store: ObjectStore, sha: str, kind: str, data: bytes) -> None:
    store.raw[sha] = (kind, data)
    if kind == "blob":
        store.blobs[sha] = data
    elif kind == "tree":
        store.trees[sha] = _tree(data)
    elif kind == "commit":
        store.commits[sha] = _commit(sha, data.decode())


def _tree(data: bytes) -> Files:
    entries: Files = {}
    while data:
        head, _, rest = data.partition(b"\0")
        mode, _, name = head.partition(b" ")
        entries[name.decode()] = Entry(mode.decode().zfill(6), rest[:20].hex())
        data = rest[20:]
    return entries


def _commit(sha: str, text: str) -> Commit:
    head, _, message = text.partition("\n\n")
    lines = [line.partition(" ") for line in head.splitlines()]
    parts = {key: value for key, _, value in reversed(lines)}
    parents = tuple(value for key, _, value in lines if key == "parent")
    author, committer = _signature(parts["author"]), _signature(parts["committer"])
    return Commit(sha, parts["tree"], parents, message, author, committer)


def _signature(text: str) -> Signature:
    person, seconds, _ = text.rsplit(" ", 2)
    name, _, email = person.partition(" <")
    return Signature(name, email.rstrip(">"), iso(datetime.fromtimestamp(int(seconds), UTC)))

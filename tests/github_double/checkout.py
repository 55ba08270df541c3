"""Carries commits between the double and real git repositories; the hashes are the same."""

from __future__ import annotations

import os
import subprocess
import zlib
from datetime import UTC, datetime
from pathlib import Path

from tests.github_double.git_objects import Entry, ObjectStore, Signature
from tests.github_double.records import BRANCHES, Repository
from tests.github_double.state import State, iso


def check_out(state: State, repo: Repository, folder: Path, at: str | None = None) -> str:
    """Make a real repository with all branches, checked out where asked; return the hash."""
    name = at or repo.default_branch
    commit = state.resolve(repo, name)
    if commit is None:
        raise LookupError(f"{repo.full_name} has no {name}")
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", f"--initial-branch={repo.default_branch}")
    for sha, (kind, data) in list(state.store.raw.items()):
        path = folder / ".git" / "objects" / sha[:2] / sha[2:]
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_bytes(zlib.compress(f"{kind} {len(data)}\0".encode() + data, 1))
    remote = (
        f"{sha} refs/remotes/origin/{ref.removeprefix(BRANCHES)}\n"
        for ref, sha in repo.refs.items()
    )
    (folder / ".git" / "packed-refs").write_text("".join(remote), "utf-8")
    where = ("-B", name) if repo.branch(name) else ("--detach",)
    git(folder, "checkout", "--quiet", *where, commit.sha)
    return commit.sha


def push(state: State, repo: Repository, folder: Path, revision: str, branch: str) -> str:
    """Bring a real repository's commits to the double, and put a branch there; return the hash."""
    listed = git(folder, "rev-list", "--reverse", revision).decode().split()
    with state.lock:
        for sha in listed:
            if sha not in state.store.commits:
                _receive(state.store, folder, sha)
        state.move(repo, BRANCHES + branch, listed[-1])
    return listed[-1]


def git(folder: Path, *arguments: str) -> bytes:
    """Run git in a repository, apart from the user's configuration."""
    # Hooks that run the tests export GIT_*, which would lead git to another repository.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "TZ": "UTC"}
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, env=environment
    ).stdout


def _receive(store: ObjectStore, folder: Path, sha: str) -> None:
    files: dict[str, Entry] = {}
    for line in git(folder, "ls-tree", "-r", "-z", sha).decode().split("\0")[:-1]:
        about, _, path = line.partition("\t")
        mode, kind, found = about.split()
        files[path] = Entry(mode, found)
        if kind == "blob" and found not in store.blobs:
            store.put_blob(git(folder, "cat-file", "blob", found))
    head, _, message = git(folder, "cat-file", "commit", sha).decode().partition("\n\n")
    lines = [line.partition(" ") for line in head.splitlines()]
    parents = tuple(value for key, _, value in lines if key == "parent")
    author, committer = (_signature(value) for key, _, value in lines[-2:])
    made = store.put_commit(store.put_files(files), parents, message, author, committer)
    assert made.sha == sha, "only plain commits of UTC can be pushed"


def _signature(text: str) -> Signature:
    person, seconds, _ = text.rsplit(" ", 2)
    name, _, email = person.partition(" <")
    return Signature(name, email.rstrip(">"), iso(datetime.fromtimestamp(int(seconds), UTC)))

"""Commits, trees, blobs, references, differences and contents as JSON."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from tests.github_double import git_history, render_repos
from tests.github_double.call import Web
from tests.github_double.git_history import FileChange
from tests.github_double.git_objects import (
    SUBMODULE_MODE,
    TREE_MODE,
    Commit,
    Entry,
    ObjectStore,
    Signature,
)
from tests.github_double.people import User
from tests.github_double.state import Repository, State

Json = dict[str, Any]
CONTENT_LIMIT = 1_000_000


def signature(one: Signature) -> Json:
    """Show who did something to a commit."""
    return {"name": one.name, "email": one.email, "date": one.date}


def verification(commit: Commit) -> Json:
    """Show GitHub's word on a commit's signature."""
    return {
        "verified": commit.verified,
        "reason": "valid" if commit.verified else "unsigned",
        "signature": None,
        "payload": None,
        "verified_at": commit.committer.date if commit.verified else None,
    }


def git_commit(web: Web, repo: Repository, commit: Commit) -> Json:
    """Show a commit the way git keeps it."""
    url = f"{web.repo(repo)}/git"
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "url": f"{url}/commits/{commit.sha}",
        "html_url": f"{web.html(repo)}/commit/{commit.sha}",
        "author": signature(commit.author),
        "committer": signature(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{url}/trees/{commit.tree}"},
        "parents": _parents(web, repo, commit, "git/commits"),
        "verification": verification(commit),
    }


def commit(web: Web, state: State, repo: Repository, one: Commit) -> Json:
    """Show a commit with the GitHub users behind it."""
    inner = git_commit(web, repo, one)
    kept = ("author", "committer", "message", "tree", "url", "verification")
    return {
        "sha": one.sha,
        "node_id": inner["node_id"],
        "url": f"{web.repo(repo)}/commits/{one.sha}",
        "html_url": inner["html_url"],
        "comments_url": f"{web.repo(repo)}/commits/{one.sha}/comments",
        "commit": {key: inner[key] for key in kept} | {"comment_count": 0},
        "author": _person(web, state, one.author),
        "committer": _person(web, state, one.committer),
        "parents": _parents(web, repo, one, "commits"),
    }


def commit_with_files(web: Web, state: State, repo: Repository, one: Commit) -> Json:
    """Show a commit with what it changed against its first parent."""
    store = state.store
    before = store.commit_files(one.parents[0]) if one.parents else {}
    changes = git_history.diff(before, store.commit_files(one.sha))
    files = [file_change(web, store, repo, change, one.sha) for change in changes]
    totals = {key: sum(each[key] for each in files) for key in ("additions", "deletions")}
    stats = totals | {"total": sum(totals.values())}
    return commit(web, state, repo, one) | {"stats": stats, "files": files}


def file_change(
    web: Web, store: ObjectStore, repo: Repository, change: FileChange, head: str
) -> Json:
    """Show one file of a difference."""
    text = git_history.patch(store, change)
    shown = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": text.additions,
        "deletions": text.deletions,
        "changes": text.additions + text.deletions,
        "blob_url": f"{web.html(repo)}/blob/{head}/{_escaped(change.path)}",
        "raw_url": f"{web.html(repo)}/raw/{head}/{_escaped(change.path)}",
        "contents_url": f"{web.repo(repo)}/contents/{_escaped(change.path)}?ref={head}",
    }
    if text.text is not None:
        shown["patch"] = text.text
    if change.previous is not None:
        shown["previous_filename"] = change.previous
    return shown


def reference(web: Web, repo: Repository, name: str) -> Json:
    """Show a reference; every one of the double's is to a commit."""
    sha, url = repo.refs[name], web.repo(repo)
    return {
        "ref": name,
        "node_id": f"REF_{repo.id}:{name}",
        "url": f"{url}/git/{name}",
        "object": {"type": "commit", "sha": sha, "url": f"{url}/git/commits/{sha}"},
    }


def tree(web: Web, store: ObjectStore, repo: Repository, sha: str, *, recursive: bool) -> Json:
    """Show a directory, or all files below it; a submodule has neither address nor size."""
    entries = store.files(sha) if recursive else store.trees[sha]
    shown = []
    for path, entry in entries.items():
        kind = {TREE_MODE: "tree", SUBMODULE_MODE: "commit"}.get(entry.mode, "blob")
        one: Json = {"path": path, "mode": entry.mode, "type": kind, "sha": entry.sha}
        if kind != "commit":
            one["url"] = f"{web.repo(repo)}/git/{kind}s/{entry.sha}"
        shown.append(one | ({"size": len(store.blobs[entry.sha])} if kind == "blob" else {}))
    url = f"{web.repo(repo)}/git/trees/{sha}"
    return {"sha": sha, "url": url, "tree": shown, "truncated": False}


def content(web: Web, store: ObjectStore, repo: Repository, path: str, entry: Entry) -> Json:
    """Show a file with its bytes (none beyond 1 MB, as GitHub does), or a directory without."""
    kind = "tree" if entry.mode == TREE_MODE else "blob"
    url = f"{web.repo(repo)}/contents/{_escaped(path)}"
    git = f"{web.repo(repo)}/git/{kind}s/{entry.sha}"
    html = f"{web.html(repo)}/{kind}/{repo.default_branch}/{_escaped(path)}"
    data = store.blobs.get(entry.sha, b"")
    return {
        "type": "dir" if kind == "tree" else "file",
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
        "size": len(data),
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": f"{web.html(repo)}/raw/{_escaped(path)}" if kind == "blob" else None,
        "_links": {"self": url, "git": git, "html": html},
    }


def content_with_bytes(
    web: Web, store: ObjectStore, repo: Repository, path: str, entry: Entry
) -> Json:
    """Show a file with its bytes; GitHub leaves them out beyond 1 MB."""
    data = store.blobs[entry.sha]
    fits = len(data) <= CONTENT_LIMIT
    bytes_ = {"encoding": "base64" if fits else "none", "content": wrapped(data) if fits else ""}
    return content(web, store, repo, path, entry) | bytes_


def wrapped(data: bytes) -> str:
    """Encode bytes in lines of 60 characters."""
    text = base64.b64encode(data).decode()
    return "".join(text[i : i + 60] + "\n" for i in range(0, len(text), 60))


def _escaped(path: str) -> str:
    return quote(path)


def _parents(web: Web, repo: Repository, one: Commit, kind: str) -> list[Json]:
    return [
        {
            "sha": sha,
            "url": f"{web.repo(repo)}/{kind}/{sha}",
            "html_url": f"{web.html(repo)}/commit/{sha}",
        }
        for sha in one.parents
    ]


def _person(web: Web, state: State, one: Signature) -> Json | None:
    owner: User | None = next((u for u in state.users.values() if u.email == one.email), None)
    return render_repos.user(web, owner) if owner else None

"""Answers about files and directories of a branch."""

from __future__ import annotations

from tests.github_double import render_git
from tests.github_double.call import ApiError, Call, Reply, not_found, route
from tests.github_double.git_objects import TREE_MODE, Commit


@route("repos/get-content")
def content(call: Call) -> Reply:
    store, path = call.state.store, call.parameters["path"].strip("/")
    at = call.state.resolve(call.repo, call.query.get("ref") or call.repo.default_branch)
    if at is None:
        raise ApiError(404, f"No commit found for the ref {call.query.get('ref')}")
    files = store.commit_files(at.sha)
    if path in files:
        if "raw" in call.accept:
            return Reply(raw=store.blobs[files[path].sha])
        return Reply(
            body=render_git.content_with_bytes(call.web, store, call.repo, path, files[path])
        )
    folder = _folder(call, at, path)
    shown = [
        render_git.content(call.web, store, call.repo, f"{path}/{name}".lstrip("/"), entry)
        for name, entry in store.trees[folder].items()
    ]
    return Reply(body=shown)


def _folder(call: Call, at: Commit, path: str) -> str:
    sha = at.tree
    for name in path.split("/") if path else ():
        entry = call.state.store.trees[sha].get(name)
        if entry is None or entry.mode != TREE_MODE:
            raise not_found()
        sha = entry.sha
    return sha

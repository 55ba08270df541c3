"""Answers about files and directories of a branch."""

from __future__ import annotations

from tests.github_double import refs, render_git, routes_git
from tests.github_double.call import ApiError, Call, Reply, not_found, route
from tests.github_double.git_objects import FILE_MODE, TREE_MODE, Commit, Entry, Files
from tests.github_double.state import BRANCHES


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


@route("repos/create-or-update-file-contents")
def put_content(call: Call) -> Reply:
    path, data = call.parameters["path"], routes_git.decoded(call.body["content"])
    branch, files = _branch_files(call)
    known = files.get(path)
    if known is not None and "sha" not in call.body:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    _refuse_stale(call, path, known)
    files[path] = Entry(known.mode if known else FILE_MODE, call.state.store.put_blob(data))
    made = _commit_contents(call, branch, files)
    shown = render_git.content(call.web, call.state.store, call.repo, path, files[path])
    commit_ = render_git.git_commit(call.web, call.repo, made)
    return Reply(200 if known else 201, {"content": shown, "commit": commit_})


@route("repos/delete-file")
def delete_content(call: Call) -> Reply:
    path = call.parameters["path"]
    branch, files = _branch_files(call)
    known = files.pop(path, None)
    if known is None:
        raise not_found()
    _refuse_stale(call, path, known)
    made = _commit_contents(call, branch, files)
    return Reply(body={"content": None, "commit": render_git.git_commit(call.web, call.repo, made)})


def _branch_files(call: Call) -> tuple[str, Files]:
    branch = call.body.get("branch") or call.repo.default_branch
    if (head := call.repo.branch(branch)) is None:
        raise ApiError(404, f"Branch {branch} not found")
    refs.refuse_protected(call.repo, BRANCHES + branch)
    return branch, dict(call.state.store.commit_files(head))


def _refuse_stale(call: Call, path: str, known: Entry | None) -> None:
    given = call.body.get("sha")
    if given is not None and (known is None or known.sha != given):
        raise ApiError(409, f"{path} does not match {given}")


def _commit_contents(call: Call, branch: str, files: Files) -> Commit:
    head = call.repo.refs[BRANCHES + branch]
    author = routes_git.signature(call, call.body.get("author") or call.body.get("committer"))
    committer = routes_git.signature(call, call.body.get("committer"))
    tree_ = call.state.store.put_files(files)
    made = call.state.store.put_commit(tree_, (head,), call.body["message"], author, committer)
    refs.move(call.state, call.repo, BRANCHES + branch, made.sha)
    return made


def _folder(call: Call, at: Commit, path: str) -> str:
    sha = at.tree
    for name in path.split("/") if path else ():
        entry = call.state.store.trees[sha].get(name)
        if entry is None or entry.mode != TREE_MODE:
            raise not_found()
        sha = entry.sha
    return sha

"""Answers about git's own objects and references, and about contents."""

from __future__ import annotations

import base64
import binascii

from tests.github_double import git_history, refs, render_git
from tests.github_double.call import ApiError, Call, Reply, not_found, route
from tests.github_double.git_objects import FILE_MODE, TREE_MODE, Commit, Entry, Files, Signature
from tests.github_double.state import BRANCHES


@route("git/create-blob")
def create_blob(call: Call) -> Reply:
    text = call.body["content"]
    data = decoded(text) if call.body.get("encoding") == "base64" else text.encode()
    sha = call.state.store.put_blob(data)
    return Reply(201, {"sha": sha, "url": f"{call.web.repo(call.repo)}/git/blobs/{sha}"})


@route("git/get-blob")
def blob(call: Call) -> Reply:
    sha = call.parameters["file_sha"]
    if (data := call.state.store.blobs.get(sha)) is None:
        raise not_found()
    if "raw" in call.accept:
        return Reply(raw=data)
    body = {"sha": sha, "node_id": f"B_{sha}", "size": len(data), "encoding": "base64"}
    url = f"{call.web.repo(call.repo)}/git/blobs/{sha}"
    return Reply(body=body | {"content": render_git.wrapped(data), "url": url})


@route("git/create-tree")
def create_tree(call: Call) -> Reply:
    store, base = call.state.store, call.body.get("base_tree")
    if base is not None and base not in store.trees and base not in store.commits:
        raise ApiError(422, "base_tree is not a valid tree oid")
    files: Files = {}
    if base is not None:
        files = dict(store.files(store.commits[base].tree if base in store.commits else base))
    for one in call.body["tree"]:
        _put_tree_entry(call, files, one)
    sha = store.put_files(files)
    return Reply(201, render_git.tree(call.web, store, call.repo, sha, recursive=False))


def _put_tree_entry(call: Call, files: Files, one: dict[str, str | None]) -> None:
    path, store = one.get("path") or "", call.state.store
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise ApiError(422, "tree.path contains a malformed path component")
    content, sha = one.get("content"), one.get("sha")
    if content is not None:
        files[path] = Entry(one.get("mode") or FILE_MODE, store.put_blob(content.encode()))
    elif sha is None:
        if path not in files:
            raise ApiError(422, "GitRPC::BadObjectState")
        del files[path]
    elif sha in store.trees:
        files |= {f"{path}/{name}": entry for name, entry in store.files(sha).items()}
    elif sha in store.blobs:
        files[path] = Entry(one.get("mode") or FILE_MODE, sha)
    else:
        raise ApiError(422, f"tree.sha {sha} is not a valid object")


@route("git/get-tree")
def tree(call: Call) -> Reply:
    store, sha = call.state.store, call.parameters["tree_sha"]
    commit = call.state.resolve(call.repo, sha)
    sha = commit.tree if commit else sha
    if sha not in store.trees:
        raise not_found()
    recursive = "recursive" in call.query
    return Reply(body=render_git.tree(call.web, store, call.repo, sha, recursive=recursive))


@route("git/create-commit")
def create_commit(call: Call) -> Reply:
    store, body = call.state.store, call.body
    if body["tree"] not in store.trees:
        raise ApiError(422, "Tree SHA does not exist")
    if any(parent not in store.commits for parent in body.get("parents", ())):
        raise ApiError(422, "Parent SHA does not exist or is not a commit object")
    author = _signature(call, body.get("author"))
    committer = _signature(call, body.get("committer") or body.get("author"))
    named = "author" in body or "committer" in body
    # GitHub signs what its apps commit in their own name, and nothing else.
    verified = call.token.kind == "installation" and not named
    parents = tuple(body.get("parents", ()))
    made = store.put_commit(
        body["tree"], parents, body["message"], author, committer, verified=verified
    )
    return Reply(201, render_git.git_commit(call.web, call.repo, made))


@route("git/get-commit")
def commit(call: Call) -> Reply:
    one = call.state.store.commits.get(call.parameters["commit_sha"])
    if one is None:
        raise not_found()
    return Reply(body=render_git.git_commit(call.web, call.repo, one))


@route("git/get-ref")
def ref(call: Call) -> Reply:
    name = f"refs/{call.parameters['ref']}"
    if name not in call.repo.refs:
        raise not_found()
    return Reply(body=render_git.reference(call.web, call.repo, name))


@route("git/list-matching-refs")
def matching_refs(call: Call) -> Reply:
    start = f"refs/{call.parameters['ref']}"
    names = sorted(name for name in call.repo.refs if name.startswith(start))
    return Reply(body=[render_git.reference(call.web, call.repo, name) for name in names])


@route("git/create-ref")
def create_ref(call: Call) -> Reply:
    name, sha = call.body["ref"], call.body["sha"]
    if not name.startswith("refs/") or name.count("/") < 2:
        raise ApiError(422, f"{name} is not a valid ref name.")
    if name in call.repo.refs:
        raise ApiError(422, "Reference already exists")
    _known(call, sha)
    refs.move(call.state, call.repo, name, sha)
    return Reply(201, render_git.reference(call.web, call.repo, name))


@route("git/update-ref")
def update_ref(call: Call) -> Reply:
    name, sha = f"refs/{call.parameters['ref']}", call.body["sha"]
    if name not in call.repo.refs:
        raise ApiError(422, "Reference does not exist")
    _known(call, sha)
    refs.refuse_protected(call.repo, name)
    past = git_history.ancestors(call.state.store, sha)
    if not call.body.get("force") and call.repo.refs[name] not in past:
        raise ApiError(422, "Update is not a fast forward")
    refs.move(call.state, call.repo, name, sha)
    return Reply(body=render_git.reference(call.web, call.repo, name))


@route("git/delete-ref")
def delete_ref(call: Call) -> Reply:
    name = f"refs/{call.parameters['ref']}"
    if name not in call.repo.refs:
        raise ApiError(422, "Reference does not exist")
    refs.refuse_protected(call.repo, name)
    refs.move(call.state, call.repo, name, None)
    return Reply(204)


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
    path, data = call.parameters["path"], decoded(call.body["content"])
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


def decoded(text: str) -> bytes:
    """Decode base64 with line breaks, as GitHub does."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ApiError(422, "content is not valid Base64") from None


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
    author = _signature(call, call.body.get("author") or call.body.get("committer"))
    committer = _signature(call, call.body.get("committer"))
    tree_ = call.state.store.put_files(files)
    made = call.state.store.put_commit(tree_, (head,), call.body["message"], author, committer)
    refs.move(call.state, call.repo, BRANCHES + branch, made.sha)
    return made


def _signature(call: Call, given: dict[str, str] | None) -> Signature:
    user, date = call.token.user, call.state.clock.tick()
    given = given or {}
    name, email = given.get("name", user.login), given.get("email", user.email)
    return Signature(name, email, given.get("date") or date)


def _known(call: Call, sha: str) -> None:
    if sha not in call.state.store.commits:
        raise ApiError(422, "Object does not exist")


def _folder(call: Call, at: Commit, path: str) -> str:
    sha = at.tree
    for name in path.split("/") if path else ():
        entry = call.state.store.trees[sha].get(name)
        if entry is None or entry.mode != TREE_MODE:
            raise not_found()
        sha = entry.sha
    return sha

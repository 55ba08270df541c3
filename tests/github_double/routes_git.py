"""Answers about git's own objects and references."""

from __future__ import annotations

import base64
import binascii

from tests.github_double import git_history, refs, render_git
from tests.github_double.call import ApiError, Call, Reply, not_found, route
from tests.github_double.git_objects import FILE_MODE, Entry, Files, Signature, parents_of


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
        _replace(files, path, Entry(one.get("mode") or FILE_MODE, store.put_blob(content.encode())))
    elif sha is None:
        if path not in files:
            raise ApiError(422, "GitRPC::BadObjectState")
        del files[path]
    elif sha in store.trees:
        files |= {f"{path}/{name}": entry for name, entry in store.files(sha).items()}
    elif sha in store.blobs:
        _replace(files, path, Entry(one.get("mode") or FILE_MODE, sha))
    else:
        raise ApiError(422, f"tree.sha {sha} is not a valid object")


def _replace(files: Files, path: str, entry: Entry) -> None:
    """Put in a file, also where a folder is, or in place of a file that its folder's name has."""
    gone = parents_of(path)
    for other in [one for one in files if one in gone or one.startswith(f"{path}/")]:
        del files[other]
    files[path] = entry


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
    author = signature(call, body.get("author"))
    committer = signature(call, body.get("committer") or body.get("author"))
    named = "author" in body or "committer" in body
    # GitHub signs what its apps commit in their own name, and nothing else.
    verified = not named
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


def decoded(text: str) -> bytes:
    """Decode base64 with line breaks, as GitHub does."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ApiError(422, "content is not valid Base64") from None


def signature(call: Call, given: dict[str, str] | None) -> Signature:
    """Return who a commit is by: the one given, or the token's user, now."""
    user, date = call.token.user, call.state.clock.tick()
    given = given or {}
    name, email = given.get("name", user.login), given.get("email", user.email)
    return Signature(name, email, given.get("date") or date)


def _known(call: Call, sha: str) -> None:
    if sha not in call.state.store.commits:
        raise ApiError(422, "Object does not exist")

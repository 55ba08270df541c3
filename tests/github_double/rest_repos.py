"""Answers about people, repositories, commits, comparisons, files, and git's objects.

Only the keys that somebody reads are given; `translate` adds what else GitHub requires.
"""

from __future__ import annotations

import base64
from urllib.parse import quote

from tests.github_double import git_history
from tests.github_double.call import ApiError, Call, Json, Reply, Web, not_found, route
from tests.github_double.git_objects import (
    FILE_MODE,
    SUBMODULE_MODE,
    Commit,
    Entry,
    Files,
    Signature,
    parents_of,
)
from tests.github_double.records import BRANCHES, Repository, User
from tests.github_double.state import State

LEGACY = {"maintain": "write", "triage": "read"}


def user(web: Web, one: User) -> Json:
    return {"login": one.login, "type": one.type, "url": f"{web.api}/users/{quote(one.login)}"}


def repository(web: Web, repo: Repository) -> Json:
    return {
        "full_name": repo.full_name,
        "url": web.repo(repo),
        "default_branch": repo.default_branch,
    }


def git_commit(web: Web, repo: Repository, one: Commit) -> Json:
    """Show a commit the way git keeps it."""
    url = f"{web.repo(repo)}/git"
    return {
        "sha": one.sha,
        "url": f"{url}/commits/{one.sha}",
        "message": one.message,
        "tree": {"sha": one.tree, "url": f"{url}/trees/{one.tree}"},
        "parents": [{"sha": sha, "url": f"{url}/commits/{sha}"} for sha in one.parents],
        "verification": {"verified": one.verified},
    }


def commit(web: Web, state: State, repo: Repository, one: Commit) -> Json:
    """Show a commit with the GitHub users behind it."""
    inner, url = git_commit(web, repo, one), f"{web.repo(repo)}/commits"
    people = {
        role: user(web, found) if (found := state.user_of(getattr(one, role))) else None
        for role in ("author", "committer")
    }
    kept = ("message", "tree", "url", "verification")
    return people | {
        "sha": one.sha,
        "url": f"{url}/{one.sha}",
        "commit": {key: inner[key] for key in kept},
        "parents": [{"sha": sha, "url": f"{url}/{sha}"} for sha in one.parents],
    }


@route("repos/get-collaborator-permission-level")
def permission(call: Call) -> Reply:
    # In whatever case it is written.
    repo, login = call.repo, call.parameters["username"].lower()
    one = next((user for user in call.state.users.values() if user.login.lower() == login), None)
    if one is None:
        raise not_found()
    role = "admin" if one is repo.owner else repo.roles.get(one.login, "read")
    shown = {"permission": LEGACY.get(role, role), "role_name": role, "user": user(call.web, one)}
    return Reply(body=shown)


@route("repos/list-commits")
def commits(call: Call) -> Reply:
    store = call.state.store
    start = call.state.resolve(call.repo, call.query.get("sha", call.repo.default_branch))
    if start is None:
        raise not_found()
    found, path = git_history.log(store, start.sha), call.query.get("path")
    if path is not None:
        found = [one for one in found if git_history.touches(store, one, path)]
    return call.page(found, lambda one: commit(call.web, call.state, call.repo, one))


@route("repos/get-commit")
def get_commit(call: Call) -> Reply:
    one = call.commit(call.parameters["ref"])
    return Reply(body=commit(call.web, call.state, call.repo, one))


@route("repos/compare-commits-with-basehead")
def compare(call: Call) -> Reply:
    state, repo, names = call.state, call.repo, call.parameters["basehead"].split("...")
    base, head = (state.resolve(repo, name) for name in names)
    shared = git_history.merge_base(state.store, base.sha, head.sha) if base and head else None
    if base is None or head is None or shared is None:
        raise not_found()
    ahead = git_history.between(state.store, base.sha, head.sha)

    def show(one: Commit) -> Json:
        return commit(call.web, state, repo, one)

    reply = call.page(ahead, show)
    reply.body = {
        "base_commit": show(base),
        "merge_base_commit": show(state.store.commits[shared]),
        "commits": reply.body,
    }
    return reply


@route("repos/get-content")
def content(call: Call) -> Reply:
    repo, store, path = call.repo, call.state.store, call.parameters["path"]
    at = call.state.resolve(repo, call.query.get("ref", repo.default_branch))
    entry = store.commit_files(at.sha).get(path) if at else None
    if entry is None:
        raise not_found()
    return Reply(body={"type": "file", "sha": entry.sha})


@route("git/get-blob")
def blob(call: Call) -> Reply:
    sha = call.parameters["file_sha"]
    if (data := call.state.store.blobs.get(sha)) is None:
        raise not_found()
    text = base64.encodebytes(data).decode()
    return Reply(body={"sha": sha, "encoding": "base64", "content": text})


@route("git/create-tree")
def create_tree(call: Call) -> Reply:
    store, base = call.state.store, call.body.get("base_tree")
    if base is not None and base not in store.trees:
        raise ApiError(422, "base_tree is not a valid tree oid")
    files = dict(store.trees[base]) if base else {}
    for one in call.body["tree"]:
        path, sha = one["path"], one.get("sha")
        if path.startswith("/") or ".." in path.split("/"):
            raise ApiError(422, "tree.path contains a malformed path component")
        if "content" in one:
            sha = store.put_blob(one["content"].encode())
        if sha is None:
            if path not in files:
                raise ApiError(422, "GitRPC::BadObjectState")
            del files[path]
        elif sha in store.blobs:
            # Also where a folder is, or in place of a file that its folder's name has.
            gone = parents_of(path)
            for other in [one for one in files if one in gone or one.startswith(f"{path}/")]:
                del files[other]
            files[path] = Entry(one.get("mode", FILE_MODE), sha)
        else:
            raise ApiError(422, f"tree.sha {sha} is not a valid object")
    sha = store.put_files(files)
    return Reply(201, _tree(call, sha, files))


@route("git/get-tree")
def tree(call: Call) -> Reply:
    assert "recursive" in call.query, "the double lists whole trees only"
    store, sha = call.state.store, call.parameters["tree_sha"]
    found = call.state.resolve(call.repo, sha)
    sha = found.tree if found else sha
    if sha not in store.trees:
        raise not_found()
    return Reply(body=_tree(call, sha, store.trees[sha]))


def _tree(call: Call, sha: str, files: Files) -> Json:
    """Show all folders and files below a tree; a submodule has no size."""
    folders = sorted({folder for path in files for folder in parents_of(path)})
    shown: list[Json] = [
        {"path": folder, "mode": "040000", "type": "tree", "sha": sha} for folder in folders
    ]
    for path, entry in files.items():
        kind = "commit" if entry.mode == SUBMODULE_MODE else "blob"
        one: Json = {"path": path, "mode": entry.mode, "type": kind, "sha": entry.sha}
        size = {"size": len(call.state.store.blobs[entry.sha])} if kind == "blob" else {}
        shown.append(one | size)
    return {"sha": sha, "tree": shown, "truncated": False}


@route("git/create-commit")
def create_commit(call: Call) -> Reply:
    store, body, user_ = call.state.store, call.body, call.token.user
    if body["tree"] not in store.trees:
        raise ApiError(422, "Tree SHA does not exist")
    if any(parent not in store.commits for parent in body["parents"]):
        raise ApiError(422, "Parent SHA does not exist or is not a commit object")
    author = Signature(user_.login, user_.email, call.state.clock.tick())
    # GitHub signs what its apps commit in their own name.
    made = store.put_commit(
        body["tree"], tuple(body["parents"]), body["message"], author, verified=True
    )
    return Reply(201, git_commit(call.web, call.repo, made))


@route("git/get-commit")
def get_git_commit(call: Call) -> Reply:
    one = call.state.store.commits.get(call.parameters["commit_sha"])
    if one is None:
        raise not_found()
    return Reply(body=git_commit(call.web, call.repo, one))


@route("git/get-ref")
def ref(call: Call) -> Reply:
    name = f"refs/{call.parameters['ref']}"
    if name not in call.repo.refs:
        raise not_found()
    return Reply(body=_reference(call, name))


@route("git/create-ref")
def create_ref(call: Call) -> Reply:
    name, sha = call.body["ref"], call.body["sha"]
    if not name.startswith("refs/") or name.count("/") < 2:
        raise ApiError(422, f"{name} is not a valid ref name.")
    if name in call.repo.refs:
        raise ApiError(422, "Reference already exists")
    _check_known(call, sha)
    call.state.move(call.repo, name, sha)
    return Reply(201, _reference(call, name))


@route("git/update-ref")
def update_ref(call: Call) -> Reply:
    name, sha = f"refs/{call.parameters['ref']}", call.body["sha"]
    if name not in call.repo.refs:
        raise ApiError(422, "Reference does not exist")
    if name.removeprefix(BRANCHES) in call.repo.protected:
        message = "Changes must be made through a pull request."
        raise ApiError(422, f"Repository rule violations found\n\n{message}")
    _check_known(call, sha)
    forced = call.body.get("force", False)
    if not forced and call.repo.refs[name] not in git_history.ancestors(call.state.store, sha):
        raise ApiError(422, "Update is not a fast forward")
    call.state.move(call.repo, name, sha)
    return Reply(body=_reference(call, name))


def _check_known(call: Call, sha: str) -> None:
    if sha not in call.state.store.commits:
        raise ApiError(422, "Object does not exist")


def _reference(call: Call, name: str) -> Json:
    """Show a reference; every one of the double's is to a commit."""
    sha, url = call.repo.refs[name], f"{call.web.repo(call.repo)}/git"
    target = {"type": "commit", "sha": sha, "url": f"{url}/commits/{sha}"}
    return {"ref": name, "url": f"{url}/{name}", "object": target}

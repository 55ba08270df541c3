"""Answers about people, limits, repositories, branches, commits and comparisons."""

from __future__ import annotations

from typing import Any

from tests.github_double import git_history, render_git, render_repos
from tests.github_double.access import builtin_role
from tests.github_double.call import Call, Reply, not_found, route
from tests.github_double.git_objects import Commit
from tests.github_double.state import Repository

LISTED_COMMITS = 250


@route("repos/get")
def repository(call: Call) -> Reply:
    return Reply(body=render_repos.whole(call.web, call.repo, call.token))


@route("repos/get-collaborator-permission-level")
def permission(call: Call) -> Reply:
    one = call.state.users.get(call.parameters["username"])
    if one is None:
        raise not_found()
    role = call.repo.role(one.login)
    legacy = {"maintain": "write", "triage": "read"}
    builtin = builtin_role(call.repo, one.login)
    allowed = {"permissions": render_repos.permissions(call.repo, one.login), "role_name": role}
    shown = render_repos.user(call.web, one) | allowed
    permission_ = legacy.get(builtin, builtin)
    return Reply(body={"permission": permission_, "role_name": role, "user": shown})


@route("repos/list-commits")
def commits(call: Call) -> Reply:
    repo, store = call.repo, call.state.store
    start = call.state.resolve(repo, call.query.get("sha", repo.default_branch))
    if start is None:
        raise not_found()
    found = git_history.log(store, start.sha)
    if path := call.query.get("path"):
        found = [one for one in found if _touches(call, one, path)]
    return call.page(found, lambda one: render_git.commit(call.web, call.state, repo, one))


@route("repos/get-commit")
def commit(call: Call) -> Reply:
    one = call.commit(call.parameters["ref"])
    return Reply(body=render_git.commit_with_files(call.web, call.state, call.repo, one))


@route("repos/compare-commits-with-basehead")
def compare(call: Call) -> Reply:
    base_name, dots, head_name = call.parameters["basehead"].partition("...")
    base, head = _end(call, base_name), _end(call, head_name)
    store, repo, web = call.state.store, call.repo, call.web
    shared = git_history.merge_base(store, base.sha, head.sha)
    if not dots or shared is None:
        raise not_found()
    ahead = git_history.between(store, base.sha, head.sha)
    behind = len(git_history.between(store, head.sha, base.sha))
    changes = git_history.diff(store.commit_files(shared), store.commit_files(head.sha))
    url, page = f"{web.repo(repo)}/compare/{base_name}...{head_name}", f"{web.html(repo)}/compare"
    limit = LISTED_COMMITS if "per_page" not in call.query else 30

    def show(one: Commit) -> dict[str, Any]:
        return render_git.commit(web, call.state, repo, one)

    reply = call.page(ahead, show, default=limit)
    first = call.query.get("page", "1") == "1"
    reply.body = {
        "url": url,
        "html_url": f"{page}/{base_name}...{head_name}",
        "permalink_url": f"{page}/{base.sha}...{head.sha}",
        "diff_url": f"{page}/{base_name}...{head_name}.diff",
        "patch_url": f"{page}/{base_name}...{head_name}.patch",
        "base_commit": show(base),
        "merge_base_commit": show(store.commits[shared]),
        "status": _status(len(ahead), behind),
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": reply.body,
        "files": [
            render_git.file_change(web, store, repo, change, head.sha)
            for change in (changes[:300] if first else [])
        ],
    }
    return reply


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


def _end(call: Call, name: str) -> Commit:
    """Find an end of a comparison: a name here, OWNER:NAME or OWNER:REPO:NAME in the network."""
    *place, ref = name.split(":")
    repo: Repository | None = call.repo
    if place and repo is not None and place[0] != repo.owner.login:
        network = [one for one in call.state.repositories.values() if _related(one, call.repo)]
        repo = next((one for one in network if one.owner.login == place[0]), None)
    found = call.state.resolve(repo, ref) if repo else None
    if found is None:
        raise not_found()
    return found


def _related(one: Repository, other: Repository) -> bool:
    return (one.parent or one) is (other.parent or other)


def _touches(call: Call, commit: Commit, path: str) -> bool:
    store = call.state.store
    before = store.commit_files(commit.parents[0]) if commit.parents else {}
    return before.get(path) != store.commit_files(commit.sha).get(path)

"""Answers about pull requests and their reviews."""

from __future__ import annotations

from typing import Any

from tests.github_double import git_history, render_pulls, threads
from tests.github_double.call import ApiError, Call, Reply, invalid, route
from tests.github_double.issues import PullRequest, Review
from tests.github_double.state import Repository

ACTIONS_MAY_NOT = "GitHub Actions is not permitted to create or approve pull requests."


@route("pulls/list")
def pulls(call: Call) -> Reply:
    wanted = call.query.get("state", "open")
    shown = [
        one
        for one in call.repo.pulls
        if wanted in ("all", one.state)
        and call.query.get("base", one.base_branch) == one.base_branch
        and _label(one) == call.query.get("head", _label(one))
    ]
    by = "updated_at" if call.query.get("sort") == "updated" else "created_at"
    newest_first = call.query.get("direction", "asc" if "sort" in call.query else "desc") == "desc"
    shown.sort(key=lambda one: getattr(one, by), reverse=newest_first)
    return call.page(shown, lambda one: render_pulls.pull(call.web, call.state, call.repo, one))


def _label(pull: PullRequest) -> str:
    return f"{pull.head_owner.login if pull.head_owner else ''}:{pull.head_branch}"


@route("pulls/get")
def pull(call: Call) -> Reply:
    return Reply(body=_whole(call, call.pull))


@route("pulls/create")
def create_pull(call: Call) -> Reply:
    repo, body = call.repo, call.body
    if not repo.actions_may_open_pulls:
        raise ApiError(403, ACTIONS_MAY_NOT)
    if "title" not in body:
        raise invalid("PullRequest", "title", "missing_field")
    owner, _, branch = body["head"].rpartition(":")
    made = threads.open_pull(
        call.state,
        repo,
        call.token.user,
        body["title"],
        base=body["base"],
        head_repo=_home(call, owner),
        head=branch,
        body=body.get("body"),
        draft=body.get("draft", False),
    )
    return Reply(201, _whole(call, made))


def _home(call: Call, owner: str) -> Repository:
    repo = call.repo
    if owner in ("", repo.owner.login):
        return repo
    for other in call.state.repositories.values():
        if other.owner.login == owner and repo in (other, other.parent):
            return other
    raise invalid("PullRequest", "head", "invalid")


@route("pulls/update")
def update_pull(call: Call) -> Reply:
    one, body, state = call.pull, call.body, call.state
    threads.check_length("PullRequest", body.get("body"))
    if "base" in body and call.repo.branch(body["base"]) is None:
        raise invalid("PullRequest", "base", "invalid")
    if body.get("state") == "open" and one.merged_at:
        raise invalid("PullRequest", "state", "invalid")
    one.title, one.body = body.get("title", one.title), body.get("body", one.body)
    one.base_branch = body.get("base", one.base_branch)
    one.updated_at = state.clock.tick()
    if body.get("state", one.state) != one.state:
        state.head_sha(one)
        one.state = body["state"]
        one.closed_at = one.updated_at if one.state == "closed" else None
    return Reply(body=_whole(call, one))


def _base(call: Call, one: PullRequest) -> str:
    return (one.state == "open" and call.repo.branch(one.base_branch)) or one.base_sha


def _show(call: Call, one: Review) -> dict[str, Any]:
    return render_pulls.review(call.web, call.repo, call.pull, one)


def _whole(call: Call, one: PullRequest) -> dict[str, Any]:
    return render_pulls.whole_pull(call.web, call.state, call.repo, one)


@route("repos/list-pull-requests-associated-with-commit")
def pulls_of_commit(call: Call) -> Reply:
    repo, state = call.repo, call.state
    sha = call.commit(call.parameters["commit_sha"]).sha
    shown = [one for one in repo.pulls if sha in _commits_of(call, one)]
    return call.page(shown, lambda one: render_pulls.pull(call.web, state, repo, one))


def _commits_of(call: Call, one: PullRequest) -> set[str]:
    commits_ = git_history.between(call.state.store, _base(call, one), call.state.head_sha(one))
    return {commit.sha for commit in commits_} | {call.state.head_sha(one), one.merge_commit or ""}

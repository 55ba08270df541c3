"""Answers about pull requests and comments.

Only the keys that somebody reads are given; `translate` adds what else GitHub requires.
"""

from __future__ import annotations

from tests.github_double import rest_repos
from tests.github_double.builders import check_length
from tests.github_double.call import Call, Json, Reply, Web, route
from tests.github_double.records import Comment, Issue, PullRequest, Repository
from tests.github_double.state import State


def issue(web: Web, one: Issue) -> Json:
    """Show an issue, or a pull request the way the issues' part of the API sees it."""
    shown = _common(web, one) | {"url": f"{web.repo(one.repo)}/issues/{one.number}"}
    if isinstance(one, PullRequest):
        shown["pull_request"] = {"url": f"{web.repo(one.repo)}/pulls/{one.number}"}
    return shown


def pull(web: Web, state: State, one: PullRequest) -> Json:
    return _common(web, one) | {
        "url": f"{web.repo(one.repo)}/pulls/{one.number}",
        "html_url": f"{web.html(one.repo)}/pull/{one.number}",
        "issue_url": f"{web.repo(one.repo)}/issues/{one.number}",
        "merged_at": one.updated_at if one.merge_commit else None,
        "head": _end(web, one.head_repo, one.head_branch, state.head_sha(one)),
        "base": _end(web, one.repo, one.base_branch, one.base_sha),
    }


def comment(web: Web, one: Comment) -> Json:
    return {
        "id": one.id,
        "url": f"{web.repo(one.issue.repo)}/issues/comments/{one.id}",
        "html_url": comment_page(web, one),
        "body": one.body,
        "user": rest_repos.user(web, one.user),
    }


def comment_page(web: Web, one: Comment) -> str:
    kind = "pull" if isinstance(one.issue, PullRequest) else "issues"
    return f"{web.html(one.issue.repo)}/{kind}/{one.issue.number}#issuecomment-{one.id}"


def _common(web: Web, one: Issue) -> Json:
    return {
        "id": one.id,
        "number": one.number,
        "state": one.state,
        "title": one.title,
        "body": one.body,
        "user": rest_repos.user(web, one.user),
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }


def _end(web: Web, home: Repository | None, branch: str, sha: str) -> Json:
    return {
        "ref": branch,
        "sha": sha,
        "repo": rest_repos.repository(web, home) if home else None,
    }


@route("pulls/list")
def pulls(call: Call) -> Reply:
    query = call.query
    state, base, head = query.get("state", "open"), query.get("base"), query.get("head")
    shown = [
        one
        for one in call.repo.pulls
        if state in ("all", one.state)
        and base in (None, one.base_branch)
        and head in (None, f"{one.head_owner.login}:{one.head_branch}")
    ]
    by = "updated_at" if query.get("sort") == "updated" else "created_at"
    shown.sort(key=lambda one: getattr(one, by), reverse=query.get("direction", "desc") == "desc")
    return _page(call, shown)


@route("pulls/get")
def get(call: Call) -> Reply:
    return Reply(body=pull(call.web, call.state, call.pull))


@route("pulls/create")
def create(call: Call) -> Reply:
    body = call.body
    made = call.github.open_pull(
        call.repo,
        body["head"],
        login=call.token.user.login,
        base=body["base"],
        title=body["title"],
        body=body.get("body"),
    )
    return Reply(201, pull(call.web, call.state, made))


@route("pulls/update")
def update(call: Call) -> Reply:
    one, body = call.pull, call.body
    check_length("PullRequest", body.get("body"))
    one.title, one.body = body.get("title", one.title), body.get("body", one.body)
    one.updated_at = call.state.clock.tick()
    return Reply(body=pull(call.web, call.state, one))


@route("repos/list-pull-requests-associated-with-commit")
def of_commit(call: Call) -> Reply:
    state, sha = call.state, call.commit(call.parameters["commit_sha"]).sha
    return _page(
        call,
        [
            one
            for one in call.repo.pulls
            if sha in {one.merge_commit, *(commit.sha for commit in state.commits_of(one))}
        ],
    )


def _page(call: Call, shown: list[PullRequest]) -> Reply:
    return call.page(shown, lambda one: pull(call.web, call.state, one))


@route("issues/create-comment")
def create_comment(call: Call) -> Reply:
    on = call.of(call.repo.issues, "issue_number")
    made = call.github.comment(on, call.token.user.login, call.body["body"])
    return Reply(201, comment(call.web, made))


@route("issues/update-comment")
def update_comment(call: Call) -> Reply:
    one = call.of(call.repo.comments, "comment_id")
    call.github.edit_comment(one, call.body["body"], call.token.user.login)
    return Reply(body=comment(call.web, one))


@route("issues/delete-comment")
def delete_comment(call: Call) -> Reply:
    call.github.delete_comment(call.of(call.repo.comments, "comment_id"))
    return Reply(204)

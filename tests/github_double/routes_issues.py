"""Answers about issues and comments."""

from __future__ import annotations

from typing import Any

from tests.github_double import render_pulls, threads
from tests.github_double.call import Call, Reply, found, route
from tests.github_double.issues import Comment


@route("issues/get-comment")
def comment(call: Call) -> Reply:
    return Reply(body=_show(call, _comment(call)))


@route("issues/create-comment")
def create_comment(call: Call) -> Reply:
    token = call.token
    made = threads.comment(
        call.state, call.repo, call.issue(), token.user, call.body["body"], token.app_id
    )
    return Reply(201, _show(call, made))


@route("issues/update-comment")
def update_comment(call: Call) -> Reply:
    made = threads.edit_comment(call.state, _comment(call), call.token.user, call.body["body"])
    return Reply(body=_show(call, made))


@route("issues/delete-comment")
def delete_comment(call: Call) -> Reply:
    del call.repo.comments[_comment(call).id]
    return Reply(204)


def _comment(call: Call) -> Comment:
    return found(call.repo.comments, call.number("comment_id"))


def _page(call: Call, shown: list[Comment]) -> Reply:
    since = call.query.get("since", "")
    return call.page(
        [one for one in shown if one.updated_at >= since], lambda one: _show(call, one)
    )


def _show(call: Call, one: Comment) -> dict[str, Any]:
    return render_pulls.comment(call.web, call.repo, one)

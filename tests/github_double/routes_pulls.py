"""Answers about pull requests and their reviews."""

from __future__ import annotations

from typing import Any

from tests.github_double import git_history, render_git, render_pulls, threads
from tests.github_double.call import ApiError, Call, Reply, found, invalid, not_found, route
from tests.github_double.issues import Edit, PullRequest, Review
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
    if call.token.kind == "installation" and not repo.actions_may_open_pulls:
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


@route("pulls/list-files")
def files(call: Call) -> Reply:
    one, store = call.pull, call.state.store
    head = call.state.head_sha(one)
    base = git_history.merge_base(store, _base(call, one), head)
    before = store.commit_files(base) if base else {}
    changes = git_history.diff(before, store.commit_files(head))
    return call.page(
        changes, lambda change: render_git.file_change(call.web, store, call.repo, change, head)
    )


@route("pulls/list-commits")
def commits(call: Call) -> Reply:
    one, store = call.pull, call.state.store
    shown = git_history.between(store, _base(call, one), call.state.head_sha(one))
    return call.page(
        shown, lambda commit: render_git.commit(call.web, call.state, call.repo, commit)
    )


def _base(call: Call, one: PullRequest) -> str:
    return (one.state == "open" and call.repo.branch(one.base_branch)) or one.base_sha


@route("pulls/check-if-merged")
def is_merged(call: Call) -> Reply:
    if call.pull.merged_at is None:
        raise not_found()
    return Reply(204)


@route("pulls/merge")
def merge(call: Call) -> Reply:
    one, body = call.pull, call.body
    if body.get("sha", head := call.state.head_sha(one)) != head:
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    if one.draft:
        raise ApiError(405, "Pull Request is still a draft")
    title = body.get("commit_title") or f"Merge pull request #{one.number} from {_label(one)}"
    message = "\n\n".join(filter(None, (title, body.get("commit_message"))))
    method = body.get("merge_method", "merge")
    sha = threads.merge(call.state, call.repo, one, call.token.user, message, method)
    shown = {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
    return Reply(body=shown)


@route("pulls/list-reviews")
def reviews(call: Call) -> Reply:
    shown = [one for one in call.pull.reviews.values() if _visible(call, one)]
    return call.page(shown, lambda one: _show(call, one))


@route("pulls/get-review")
def review(call: Call) -> Reply:
    return Reply(body=_show(call, _review(call)))


@route("pulls/create-review")
def create_review(call: Call) -> Reply:
    event, user = call.body.get("event"), call.token.user
    allowed = call.token.kind != "installation" or call.repo.actions_may_open_pulls
    if event == "APPROVE" and not allowed:
        raise ApiError(422, "Unprocessable Entity", [ACTIONS_MAY_NOT])
    body, commit = call.body.get("body", ""), call.body.get("commit_id")
    made = threads.review(call.state, call.repo, call.pull, user, event, body, commit)
    return Reply(body=_show(call, made))


@route("pulls/update-review")
def update_review(call: Call) -> Reply:
    one = _review(call)
    threads.check_length("PullRequestReview", call.body["body"])
    one.edits.append(Edit(call.token.user, call.state.clock.tick(), one.body))
    one.body = call.body["body"]
    return Reply(body=_show(call, one))


@route("pulls/submit-review")
def submit_review(call: Call) -> Reply:
    one = _review(call)
    if one.state != "PENDING":
        raise ApiError(422, "Could not submit a review that is not pending")
    threads.submit_review(call.state, call.pull, one, call.body["event"], call.body.get("body", ""))
    return Reply(body=_show(call, one))


@route("pulls/dismiss-review")
def dismiss_review(call: Call) -> Reply:
    one = _review(call)
    if one.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise ApiError(422, "Can not dismiss a commented pull request review")
    one.state = "DISMISSED"
    return Reply(body=_show(call, one))


def _review(call: Call) -> Review:
    one = found(call.pull.reviews, call.number("review_id"))
    if not _visible(call, one):
        raise not_found()
    return one


def _visible(call: Call, one: Review) -> bool:
    return one.state != "PENDING" or one.user is call.token.user


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

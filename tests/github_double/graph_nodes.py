"""GraphQL's view of what results-bot asks for: comments, reviews and commits of a pull request."""

from __future__ import annotations

from tests.github_double import git_history
from tests.github_double.git_objects import Commit, Signature
from tests.github_double.graph import Context, GraphError, Json, connection
from tests.github_double.issues import Comment, PullRequest, Review
from tests.github_double.people import User
from tests.github_double.state import Repository


def viewer(context: Context) -> Json:
    """Show who asks; an app's token is a user here, with `[bot]` in its login."""
    return {"__typename": "User", "login": context.token.user.login}


def repository(context: Context, repo: Repository) -> Json:
    """Show a repository."""

    def numbered(number: int) -> Json:
        one = repo.issues.get(number)
        if not isinstance(one, PullRequest):
            message = f"Could not resolve to a PullRequest with the number of {number}."
            raise GraphError("NOT_FOUND", message)
        return _pull(context, repo, one)

    return {"__typename": "Repository", "pullRequest": numbered}


def _pull(context: Context, repo: Repository, one: PullRequest) -> Json:
    comments = [comment for comment in repo.comments.values() if comment.issue is one]
    reviews = [review for review in one.reviews.values() if review.state != "PENDING"]
    base = repo.branch(one.base_branch) if one.state == "open" else None
    store, head = context.state.store, context.state.head_sha(one)
    commits = git_history.between(store, base or one.base_sha, head)
    return {
        "__typename": "PullRequest",
        "comments": connection(comments, lambda each: _comment(context, repo, each), "comments"),
        "reviews": connection(reviews, lambda each: _review(context, repo, one, each), "reviews"),
        "commits": connection(
            commits,
            lambda each: {"__typename": "PullRequestCommit", "commit": commit(context, each)},
            "commits",
        ),
    }


def _comment(context: Context, repo: Repository, one: Comment) -> Json:
    kind = "pull" if isinstance(one.issue, PullRequest) else "issues"
    place = f"{context.web.html(repo)}/{kind}/{one.issue.number}"
    return {
        "__typename": "IssueComment",
        "url": f"{place}#issuecomment-{one.id}",
        "createdAt": one.created_at,
        "isMinimized": one.minimized is not None,
        "viewerDidAuthor": one.user is context.token.user,
        **_written(one),
    }


def _review(context: Context, repo: Repository, pull: PullRequest, one: Review) -> Json:
    reviewed = context.state.store.commits[one.commit_id] if one.commit_id else None
    return {
        "__typename": "PullRequestReview",
        "url": f"{context.web.html(repo)}/pull/{pull.number}#pullrequestreview-{one.id}",
        "state": one.state,
        "submittedAt": one.submitted_at,
        "commit": commit(context, reviewed) if reviewed else None,
        **_written(one),
    }


def _written(one: Comment | Review) -> Json:
    return {
        "fullDatabaseId": str(one.id),
        "body": one.body,
        "lastEditedAt": one.edits[-1].at if one.edits else None,
        "author": _actor(one.user),
    }


def _actor(one: User) -> Json:
    """Show a user or a bot; a bot's login has no `[bot]` here, unlike in REST."""
    return {"__typename": one.type, "login": one.login.removesuffix("[bot]")}


def commit(context: Context, one: Commit) -> Json:
    """Show a commit."""
    return {
        "__typename": "Commit",
        "oid": one.sha,
        "author": _signature(context, one.author),
        "committer": _signature(context, one.committer),
    }


def _signature(context: Context, one: Signature) -> Json:
    owner = next((u for u in context.state.users.values() if u.email == one.email), None)
    is_user = owner is not None and owner.type == "User"  # An app is none.
    return {
        "__typename": "GitActor",
        "name": one.name,
        "user": {"__typename": "User", "login": owner.login} if owner and is_user else None,
    }

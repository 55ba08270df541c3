"""GraphQL's view of people, comments, reviews and pull requests; git is in `graph_git`."""

from __future__ import annotations

from typing import Any

from tests.github_double import graph_git, refs
from tests.github_double.access import builtin_role, installation_may, may_push
from tests.github_double.graph import Context, GraphError, Json, connection
from tests.github_double.issues import Comment, Edit, Issue, PullRequest, Review
from tests.github_double.people import User
from tests.github_double.state import Repository


def actor(context: Context, one: User) -> Json:
    """Show a user or a bot; a bot's login has no `[bot]` here, unlike in REST."""
    login = one.login.removesuffix("[bot]")
    return {
        "__typename": one.type,
        "id": f"U_{one.id}",
        "databaseId": one.id,
        "login": login,
        "url": f"{context.web.origin}/{login}",
        "resourcePath": f"/{login}",
        "avatarUrl": lambda size=None: f"{context.web.origin}/avatars/{one.id}?s={size or 80}",
        **({} if one.type == "Bot" else {"name": one.login}),
    }


def viewer(context: Context) -> Json:
    """Show who asks; an app's token is a user here, with `[bot]` in its login."""
    shown = actor(context, context.token.user)
    return shown | {"__typename": "User", "login": context.token.user.login, "name": None}


def repository(context: Context, repo: Repository) -> Json:
    """Show a repository."""
    token = context.token
    return {
        "__typename": "Repository",
        "id": f"R_{repo.id}",
        "databaseId": repo.id,
        "name": repo.name,
        "nameWithOwner": repo.full_name,
        "owner": actor(context, repo.owner),
        "url": context.web.html(repo),
        "isPrivate": repo.private,
        "isFork": repo.parent is not None,
        "parent": repository(context, repo.parent) if repo.parent else None,
        "viewerPermission": builtin_role(repo, token.user.login).upper().replace("NONE", "READ"),
        "defaultBranchRef": lambda: graph_git.ref(
            context, repo, f"refs/heads/{repo.default_branch}"
        ),
        "ref": lambda qualifiedName: graph_git.named_ref(context, repo, qualifiedName),  # noqa: N803
        "object": lambda oid=None, expression=None: graph_git.object_(
            context, repo, oid or expression
        ),
        "pullRequest": lambda number: _numbered(context, repo, number, PullRequest),
        "issue": lambda number: _numbered(context, repo, number, Issue),
        "issueOrPullRequest": lambda number: _numbered(context, repo, number, Issue),
        "pullRequests": lambda **arguments: _pulls(context, repo, arguments),
    }


def _numbered(context: Context, repo: Repository, number: int, kind: type[Issue]) -> Json:
    one = repo.issues.get(number)
    if not isinstance(one, kind):
        raise GraphError(
            "NOT_FOUND", f"Could not resolve to a {kind.__name__} with the number of {number}."
        )
    return pull(context, repo, one) if isinstance(one, PullRequest) else issue(context, repo, one)


def _pulls(context: Context, repo: Repository, arguments: Json) -> Json:
    states = arguments.pop("states", None)
    head, base = arguments.pop("headRefName", None), arguments.pop("baseRefName", None)
    shown = [
        one
        for one in repo.pulls
        if (states is None or _state(one) in states)
        and head in (None, one.head_branch)
        and base in (None, one.base_branch)
    ]
    return connection(shown, lambda one: pull(context, repo, one), "pullRequests")(**arguments)


def issue(context: Context, repo: Repository, one: Issue) -> Json:
    """Show what an issue and a pull request share."""
    comments = [comment for comment in repo.comments.values() if comment.issue is one]
    kind = "pull" if isinstance(one, PullRequest) else "issues"
    return {
        "__typename": "Issue",
        "id": f"I_{one.id}",
        "databaseId": one.id,
        "number": one.number,
        "title": one.title,
        "body": one.body or "",
        "url": f"{context.web.html(repo)}/{kind}/{one.number}",
        "state": _state(one),
        "closed": one.state == "closed",
        "closedAt": one.closed_at,
        "createdAt": one.created_at,
        "updatedAt": one.updated_at,
        "author": actor(context, one.user),
        "authorAssociation": one.association,
        "viewerDidAuthor": one.user is context.token.user,
        "repository": lambda: repository(context, repo),
        "comments": connection(comments, lambda each: comment(context, repo, each), "comments"),
    }


def pull(context: Context, repo: Repository, one: PullRequest) -> Json:
    """Show a pull request."""
    state, home = context.state, one.head_repo
    reviews = [each for each in one.reviews.values() if each.state != "PENDING"]
    return issue(context, repo, one) | {
        "__typename": "PullRequest",
        "id": f"PR_{one.id}",
        "isDraft": one.draft,
        "merged": one.merged_at is not None,
        "mergedAt": one.merged_at,
        "mergedBy": actor(context, one.merged_by) if one.merged_by else None,
        "mergeable": lambda: "MERGEABLE" if refs.merge_preview(state, repo, one) else "CONFLICTING",
        "mergeCommit": lambda: graph_git.maybe_commit(context, repo, one.merge_commit),
        "headRefName": one.head_branch,
        "headRefOid": state.head_sha(one),
        "headRepository": lambda: repository(context, home) if home else None,
        "headRepositoryOwner": actor(context, home.owner) if home else None,
        "baseRefName": one.base_branch,
        "baseRefOid": one.base_sha,
        "baseRef": lambda: graph_git.named_ref(context, repo, one.base_branch),
        "baseRepository": lambda: repository(context, repo),
        "isCrossRepository": home is not repo,
        "reviews": connection(reviews, lambda each: review(context, repo, one, each), "reviews"),
        "commits": connection(
            graph_git.commits_of(context, repo, one),
            lambda each: {
                "__typename": "PullRequestCommit",
                "id": f"PURC_{each.sha}",
                "commit": graph_git.commit(context, repo, each),
            },
            "commits",
        ),
    }


def comment(context: Context, repo: Repository, one: Comment) -> Json:
    """Show a comment."""
    kind = "pull" if isinstance(one.issue, PullRequest) else "issues"
    page = f"{context.web.html(repo)}/{kind}/{one.issue.number}#issuecomment-{one.id}"
    may_edit = one.user is context.token.user or may_write_comments(context, repo)
    is_pull = isinstance(one.issue, PullRequest)
    return {
        "__typename": "IssueComment",
        "id": f"IC_{one.id}",
        "databaseId": one.id,
        "fullDatabaseId": str(one.id),
        "url": page,
        "body": one.body,
        "createdAt": one.created_at,
        "publishedAt": one.created_at,
        "updatedAt": one.updated_at,
        "authorAssociation": one.association,
        "isMinimized": one.minimized is not None,
        "minimizedReason": one.minimized,
        "viewerCanDelete": may_edit,
        "viewerCanMinimize": may_edit,
        "viewerCanUpdate": may_edit,
        "repository": lambda: repository(context, repo),
        "issue": lambda: issue(context, repo, one.issue),
        "pullRequest": lambda: (
            _numbered(context, repo, one.issue.number, Issue) if is_pull else None
        ),
        **_written(context, one.user, one.edits),
    }


def review(context: Context, repo: Repository, pull_: PullRequest, one: Review) -> Json:
    """Show a review."""
    page = f"{context.web.html(repo)}/pull/{pull_.number}#pullrequestreview-{one.id}"
    pushers = ("admin", "maintain", "write")
    return {
        "__typename": "PullRequestReview",
        "id": f"PRR_{one.id}",
        "databaseId": one.id,
        "fullDatabaseId": str(one.id),
        "url": page,
        "body": one.body,
        "state": one.state,
        "submittedAt": one.submitted_at,
        "authorAssociation": one.association,
        "authorCanPushToRepository": builtin_role(repo, one.user.login) in pushers,
        "commit": lambda: graph_git.maybe_commit(context, repo, one.commit_id),
        "pullRequest": lambda: pull(context, repo, pull_),
        "isMinimized": False,
        "minimizedReason": None,
        **_written(context, one.user, one.edits),
    }


def may_write_comments(context: Context, repo: Repository) -> bool:
    """Tell whether a token may change other people's comments."""
    token = context.token
    if token.kind == "installation":
        return installation_may(token, repo, ("issues", "pull-requests"), write=True)
    return may_push(token, repo)


def _written(context: Context, author: User, edits: list[Edit]) -> Json:
    last = edits[-1] if edits else None

    def show(edit: Edit) -> Json:
        # GitHub gives the whole text before the edit under the name of `diff`.
        return {
            "__typename": "UserContentEdit",
            "id": f"UCE_{edit.at}",
            "editor": actor(context, edit.editor),
            "editedAt": edit.at,
            "createdAt": edit.at,
            "diff": edit.before,
        }

    return {
        "author": actor(context, author),
        "viewerDidAuthor": author is context.token.user,
        "lastEditedAt": last.at if last else None,
        "includesCreatedEdit": bool(edits),
        "editor": actor(context, last.editor) if last else None,
        "userContentEdits": connection(list(reversed(edits)), show, "userContentEdits"),
    }


def _state(one: Issue) -> Any:
    merged = isinstance(one, PullRequest) and one.merged_at
    return "MERGED" if merged else one.state.upper()

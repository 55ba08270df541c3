"""GraphQL's entry points: the queries, and the mutations that the double can do."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from tests.github_double import graph_git, graph_nodes, refs, threads
from tests.github_double.access import may_push
from tests.github_double.call import FORBIDDEN_APP, FORBIDDEN_PERSON, ApiError
from tests.github_double.git_objects import FILE_MODE, Entry, Files, Signature
from tests.github_double.graph import Context, GraphError, Json
from tests.github_double.issues import Comment, Issue, PullRequest
from tests.github_double.state import BRANCHES, Repository


def root(context: Context, kind: str) -> Json:
    """Return the fields of a query or of a mutation."""
    if kind == "mutation":
        return {name: _mutation(context, do) for name, do in MUTATIONS.items()}
    return {
        "viewer": lambda: graph_nodes.viewer(context),
        "node": lambda id: _node(context, id),  # noqa: A006
        "nodes": lambda ids: [_node(context, one) for one in ids],
        "repository": lambda owner, name, **_: graph_nodes.repository(
            context, _repository(context, f"{owner}/{name}")
        ),
    }


def _mutation(context: Context, do: Callable[[Context, Json], Json]) -> Callable[..., Json]:
    def run(input: Json) -> Json:  # noqa: A002 - GraphQL's own name
        try:
            return do(context, input) | {"clientMutationId": input.get("clientMutationId")}
        except ApiError as error:
            raise GraphError("UNPROCESSABLE", str(error)) from error

    return run


def create_commit(context: Context, given: Json) -> Json:
    """Commit files on top of the head that the caller expects, or refuse."""
    repo, branch = _target(context, given["branch"])
    if not may_push(context.token, repo):
        raise _forbidden(context)
    head = repo.branch(branch)
    if head is None:
        raise GraphError("NOT_FOUND", f"No such branch: {branch}")
    if branch in repo.protected:
        raise GraphError(
            "BRANCH_PROTECTION_RULE_VIOLATION",
            "Changes must be made through a pull request.",
        )
    if head != given["expectedHeadOid"]:
        raise GraphError(
            "STALE_DATA",
            f'Expected branch to point to "{given["expectedHeadOid"]}" but it did not. '
            "Pull and try again.",
        )
    store, user = context.state.store, context.token.user
    tree = store.put_files(_changed(context, head, given.get("fileChanges") or {}))
    message = given["message"]["headline"]
    if body := given["message"].get("body"):
        message += f"\n\n{body}"
    date = context.state.clock.tick()
    author = Signature(user.login, user.email, date)
    github = Signature("GitHub", "noreply@github.com", date)
    made = store.put_commit(tree, (head,), message, author, github, verified=True)
    refs.move(context.state, repo, BRANCHES + branch, made.sha)
    shown = graph_git.commit(context, repo, made)
    return {"commit": shown, "ref": graph_git.ref(context, repo, BRANCHES + branch)}


def _changed(context: Context, head: str, changes: Json) -> Files:
    files = dict(context.state.store.commit_files(head))
    for one in changes.get("deletions") or ():
        if one["path"] not in files:
            raise GraphError(
                "UNPROCESSABLE",
                f"A path was requested for deletion which does not exist as of commit oid `{head}`",
            )
        del files[one["path"]]
    for one in changes.get("additions") or ():
        try:
            data = base64.b64decode(one["contents"], validate=True)
        except binascii.Error as error:
            raise GraphError("UNPROCESSABLE", "contents is not valid Base64") from error
        mode = files[one["path"]].mode if one["path"] in files else FILE_MODE
        files[one["path"]] = Entry(mode, context.state.store.put_blob(data))
    return files


def _target(context: Context, branch: Json) -> tuple[Repository, str]:
    if name := branch.get("repositoryNameWithOwner"):
        short: str = branch["branchName"].removeprefix(BRANCHES)
        return _repository(context, name), short
    prefix, _, full = str(branch.get("id")).partition(":")
    for repo in context.state.repositories.values():
        if prefix == f"REF_{repo.id}":
            return repo, full.removeprefix(BRANCHES)
    raise _unknown_node(str(branch.get("id")))


def minimize(context: Context, given: Json) -> Json:
    """Fold a comment away."""
    repo, one = _comment(context, given["subjectId"])
    one.minimized = given["classifier"].lower().replace("_", "-")
    return {"minimizedComment": graph_nodes.comment(context, repo, one)}


def unminimize(context: Context, given: Json) -> Json:
    """Unfold a comment."""
    repo, one = _comment(context, given["subjectId"])
    one.minimized = None
    return {"unminimizedComment": graph_nodes.comment(context, repo, one)}


def add_comment(context: Context, given: Json) -> Json:
    """Comment on an issue or a pull request."""
    repo, issue = _issue(context, given["subjectId"])
    if context.token.kind != "personal" and not graph_nodes.may_write_comments(context, repo):
        raise _forbidden(context)
    token = context.token
    app_id = token.app_id if token.kind == "installation" else None
    made = threads.comment(context.state, repo, issue, token.user, given["body"], app_id)
    node = graph_nodes.comment(context, repo, made)
    subject = _node(context, given["subjectId"])
    return {"commentEdge": {"node": node, "cursor": str(made.id)}, "subject": subject}


def update_comment(context: Context, given: Json) -> Json:
    """Edit a comment."""
    repo, one = _comment(context, given["id"])
    threads.edit_comment(context.state, one, context.token.user, given["body"])
    return {"issueComment": graph_nodes.comment(context, repo, one)}


def delete_comment(context: Context, given: Json) -> Json:
    """Delete a comment."""
    repo, one = _comment(context, given["id"])
    del repo.comments[one.id]
    return {}


MUTATIONS: dict[str, Callable[[Context, Json], Json]] = {
    "createCommitOnBranch": create_commit,
    "minimizeComment": minimize,
    "unminimizeComment": unminimize,
    "addComment": add_comment,
    "updateIssueComment": update_comment,
    "deleteIssueComment": delete_comment,
}


def _repository(context: Context, full_name: str) -> Repository:
    repo, token = context.state.repository(full_name), context.token
    hidden = repo is not None and repo.private
    sees = token.repository == full_name or (repo and repo.role(token.user.login) != "none")
    if repo is None or (hidden and not sees):
        raise GraphError(
            "NOT_FOUND", f"Could not resolve to a Repository with the name '{full_name}'."
        )
    return repo


def _comment(context: Context, node_id: str) -> tuple[Repository, Comment]:
    """Find a comment that the token may change."""
    for repo in context.state.repositories.values():
        for one in repo.comments.values():
            if node_id == f"IC_{one.id}":
                own = one.user is context.token.user and context.token.kind == "personal"
                if not own and not graph_nodes.may_write_comments(context, repo):
                    raise _forbidden(context)
                return repo, one
    raise _unknown_node(node_id)


def _issue(context: Context, node_id: str) -> tuple[Repository, Issue]:
    for repo in context.state.repositories.values():
        for one in repo.issues.values():
            if node_id in (f"PR_{one.id}", f"I_{one.id}"):
                return repo, one
    raise _unknown_node(node_id)


def _node(context: Context, node_id: str) -> Json:
    for repo in context.state.repositories.values():
        if node_id == f"R_{repo.id}":
            return graph_nodes.repository(context, repo)
        for comment in repo.comments.values():
            if node_id == f"IC_{comment.id}":
                return graph_nodes.comment(context, repo, comment)
        for pull in repo.pulls:
            for review in pull.reviews.values():
                if node_id == f"PRR_{review.id}":
                    return graph_nodes.review(context, repo, pull, review)
    repo, issue = _issue(context, node_id)
    if isinstance(issue, PullRequest):
        return graph_nodes.pull(context, repo, issue)
    return graph_nodes.issue(context, repo, issue)


def _unknown_node(node_id: str) -> GraphError:
    return GraphError("NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'")


def _forbidden(context: Context) -> GraphError:
    app = context.token.kind == "installation"
    return GraphError("FORBIDDEN", FORBIDDEN_APP if app else FORBIDDEN_PERSON)

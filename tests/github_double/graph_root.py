"""GraphQL's entry points: the queries, and the mutations that the double can do."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from tests.github_double import graph_nodes, refs
from tests.github_double.access import may_push
from tests.github_double.call import FORBIDDEN_APP, ApiError
from tests.github_double.git_objects import FILE_MODE, Entry, Files, Signature
from tests.github_double.graph import Context, GraphError, Json
from tests.github_double.state import BRANCHES, Repository


def root(context: Context, kind: str) -> Json:
    """Return the fields of a query or of a mutation."""
    if kind == "mutation":
        return {name: _mutation(context, do) for name, do in MUTATIONS.items()}
    return {
        "viewer": lambda: graph_nodes.viewer(context),
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
        raise GraphError("FORBIDDEN", FORBIDDEN_APP)
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
    return {"commit": graph_nodes.commit(context, made)}


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
    short: str = branch["branchName"].removeprefix(BRANCHES)
    return _repository(context, branch["repositoryNameWithOwner"]), short


MUTATIONS: dict[str, Callable[[Context, Json], Json]] = {"createCommitOnBranch": create_commit}


def _repository(context: Context, full_name: str) -> Repository:
    repo, token = context.state.repository(full_name), context.token
    hidden = repo is not None and repo.private
    sees = token.repository == full_name or (repo and repo.role(token.user.login) != "none")
    if repo is None or (hidden and not sees):
        raise GraphError(
            "NOT_FOUND", f"Could not resolve to a Repository with the name '{full_name}'."
        )
    return repo

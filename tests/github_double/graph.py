"""GraphQL on GitHub's published schema; nothing is answered that the schema lacks."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.github_double import published, rest_pulls
from tests.github_double.call import FORBIDDEN_APP, Json, Web
from tests.github_double.git_objects import FILE_MODE, Commit, Entry, Files, Signature
from tests.github_double.records import (
    BRANCHES,
    GITHUB,
    Comment,
    PullRequest,
    Repository,
    Review,
    Token,
)
from tests.github_double.state import State

PAGE_LIMIT = 100


class GraphError(Exception):
    """An error as GitHub's GraphQL gives it: status 200, and a `type` beside the message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class SchemaError(Exception):
    """The request does not fit the schema, or asks what the double does not know."""


@functools.cache
def schema() -> GraphQLSchema:
    return build_schema(
        published.GRAPHQL.read_text(encoding="utf-8"), assume_valid=True, no_location=True
    )


def asked(body: Any) -> tuple[str, str]:
    """Return kind and first field of a request, for the log; empty if it cannot be read."""
    try:
        definition = parse(body["query"]).definitions[0]
    except (GraphQLSyntaxError, KeyError, TypeError):
        return "", ""
    if not isinstance(definition, OperationDefinitionNode):
        return "", ""
    field = definition.selection_set.selections[0]
    return definition.operation.value, field.name.value if isinstance(field, FieldNode) else ""


def execute(state: State, token: Token, web: Web, body: Json) -> Json:
    """Answer a request, or raise SchemaError."""
    if extra := body.keys() - {"query", "variables"}:
        raise SchemaError(f"unknown keys {sorted(extra)}")
    try:
        document = parse(body["query"])
    except GraphQLSyntaxError as error:
        raise SchemaError(str(error)) from error
    if errors := validate(schema(), document):
        raise SchemaError("; ".join(error.message for error in errors))
    answers = Answers(state, token, web)
    result = execute_sync(
        schema(),
        document,
        root_value={
            "viewer": {"login": token.user.login},
            "repository": answers.repository,
            "createCommitOnBranch": answers.create_commit,
        },
        variable_values=body.get("variables"),
        field_resolver=_resolve,
        type_resolver=lambda value, *_: value["__typename"],
    )
    answer: Json = {"data": result.data}
    if result.errors:
        answer["errors"] = [_shown(error) for error in result.errors]
    return answer


def _resolve(source: Json, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    if info.field_name not in source:
        raise SchemaError(f"the double does not know {info.parent_type}.{info.field_name}")
    value = source[info.field_name]
    return value(**arguments) if callable(value) else value


def _shown(error: GraphQLError) -> Json:
    cause = error.original_error
    if not isinstance(cause, GraphError):
        raise SchemaError(error.message) from cause
    return {"type": cause.kind, "path": error.path, "message": error.message}


class Answers:
    """The queries and mutations that the double knows, for one token."""

    def __init__(self, state: State, token: Token, web: Web) -> None:
        self._state = state
        self._token = token
        self._web = web

    def _found(self, full_name: str) -> Repository:
        repo = self._state.repository(full_name)
        if repo is None:
            message = f"Could not resolve to a Repository with the name '{full_name}'."
            raise GraphError("NOT_FOUND", message)
        return repo

    def repository(self, owner: str, name: str, **_: Any) -> Json:
        """Show a repository's pull requests by their numbers."""
        repo = self._found(f"{owner}/{name}")

        def numbered(number: int) -> Json:
            one = repo.issues.get(number)
            if not isinstance(one, PullRequest):
                message = f"Could not resolve to a PullRequest with the number of {number}."
                raise GraphError("NOT_FOUND", message)
            comments = [comment for comment in repo.comments.values() if comment.issue is one]
            commits = [{"commit": self._commit(each)} for each in self._state.commits_of(one)]
            return {
                "comments": _connection([self._comment(each) for each in comments]),
                "reviews": _connection([self._review(one, each) for each in one.reviews]),
                "commits": _connection(commits),
            }

        return {"pullRequest": numbered}

    def _comment(self, one: Comment) -> Json:
        return _written(one) | {
            "url": rest_pulls.comment_page(self._web, one),
            "createdAt": one.created_at,
            "isMinimized": one.minimized,
            "viewerDidAuthor": one.user is self._token.user,
        }

    def _review(self, pull: PullRequest, one: Review) -> Json:
        page = f"{self._web.html(pull.repo)}/pull/{pull.number}"
        return _written(one) | {
            "url": f"{page}#pullrequestreview-{one.id}",
            "state": one.state,
            "submittedAt": one.submitted_at,
            "commit": {"oid": one.commit_id},
        }

    def _commit(self, one: Commit) -> Json:
        def actor(by: Signature) -> Json:
            owner = self._state.user_of(by)
            is_user = owner is not None and owner.type == "User"  # An app is none.
            return {"user": {"login": owner.login} if owner and is_user else None}

        return {"oid": one.sha, "author": actor(one.author), "committer": actor(one.committer)}

    def create_commit(self, input: Json) -> Json:  # noqa: A002 - GraphQL's own name
        """Commit files on top of the head that the caller expects, or refuse."""
        state, store, user = self._state, self._state.store, self._token.user
        repo = self._found(input["branch"]["repositoryNameWithOwner"])
        branch = input["branch"]["branchName"]
        head = repo.branch(branch)
        if not self._token.may_write(repo.full_name, "contents"):
            raise GraphError("FORBIDDEN", FORBIDDEN_APP)
        if head is None:
            raise GraphError("NOT_FOUND", f"No such branch: {branch}")
        if branch in repo.protected:
            message = "Changes must be made through a pull request."
            raise GraphError("BRANCH_PROTECTION_RULE_VIOLATION", message)
        if head != input["expectedHeadOid"]:
            message = f'Expected branch to point to "{input["expectedHeadOid"]}" but it did not. '
            raise GraphError("STALE_DATA", f"{message}Pull and try again.")
        tree = store.put_files(self._changed(head, input["fileChanges"]))
        message = input["message"]["headline"]
        if text := input["message"].get("body"):
            message += f"\n\n{text}"
        date = state.clock.tick()
        author = Signature(user.login, user.email, date)
        github = Signature("GitHub", GITHUB, date)
        made = store.put_commit(tree, (head,), message, author, github, verified=True)
        state.move(repo, BRANCHES + branch, made.sha)
        return {"commit": self._commit(made)}

    def _changed(self, head: str, changes: Json) -> Files:
        files = dict(self._state.store.commit_files(head))
        for one in changes.get("deletions", ()):
            if one["path"] not in files:
                message = "A path was requested for deletion which does not exist as of commit oid"
                raise GraphError("UNPROCESSABLE", f"{message} `{head}`")
            del files[one["path"]]
        for one in changes.get("additions", ()):
            try:
                data = base64.b64decode(one["contents"], validate=True)
            except binascii.Error:
                raise GraphError("UNPROCESSABLE", "contents is not valid Base64") from None
            mode = files[one["path"]].mode if one["path"] in files else FILE_MODE
            files[one["path"]] = Entry(mode, self._state.store.put_blob(data))
        return files


def _written(one: Comment | Review) -> Json:
    """Show what comments and reviews share; a bot's login has no `[bot]` here, unlike in REST.

    There is no author where the account is gone, for which REST shows `ghost`.
    """
    user = one.user
    author = {"__typename": user.type, "login": user.login.removesuffix("[bot]")}
    return {
        "fullDatabaseId": str(one.id),
        "body": one.body,
        "lastEditedAt": one.edits[-1].at if one.edits else None,
        "author": None if user.login == "ghost" else author,
    }


def _connection(nodes: list[Json]) -> Callable[..., Json]:
    """Build a field that pages through nodes, with the limits that GitHub sets on pages."""

    def page(first: int | None = None, last: int | None = None, after: str | None = None) -> Json:
        size = first or last
        if size is None:
            message = "You must provide a `first` or `last` value to paginate the connection."
            raise GraphError("MISSING_PAGINATION_BOUNDARIES", message)
        if size > PAGE_LIMIT:
            message = f"Requesting {size} records exceeds the limit of {PAGE_LIMIT} records."
            raise GraphError("EXCESSIVE_PAGINATION", message)
        start = int(after) if after else 0 if first else max(len(nodes) - size, 0)
        stop = min(start + size, len(nodes))
        info = {"hasNextPage": stop < len(nodes), "endCursor": str(stop) if stop > start else None}
        return {"nodes": nodes[start:stop], "pageInfo": info}

    return page

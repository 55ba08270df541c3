"""From a request to a judged answer: finds the operation, runs it, judges both sides of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.github_double import graph, rest_actions, rest_pulls, rest_repos  # noqa: F401 - routes
from tests.github_double.call import ROUTES, ApiError, Call, Noted, Reply, Web
from tests.github_double.records import Token
from tests.github_double.server import Answer, Request, json_answer
from tests.github_double.spec import spec

if TYPE_CHECKING:
    from tests.github_double.builders import Builders


class ViolationError(Exception):
    """A request or an answer breaks GitHub's description."""


def api(github: Builders, request: Request, token: Token | None, web: Web) -> Answer:
    """Answer a request to the API. Raises ViolationError."""
    if token is None:
        return json_answer(401, ApiError(401, "Bad credentials").body)
    if request.path == "/graphql":
        if request.method != "POST" or not isinstance(request.body, dict):
            raise ViolationError("GraphQL wants a POST of a JSON object")
        try:
            return json_answer(200, graph.execute(github.state, token, web, request.body))
        except graph.SchemaError as error:
            raise ViolationError(str(error)) from error
    return _rest(github, request, token, web)


def _rest(github: Builders, request: Request, token: Token, web: Web) -> Answer:
    found = spec().find(request.method, request.path)
    if found is None:
        raise ViolationError("the double knows no such operation")
    operation, parameters = found
    if faults := spec().request_faults(operation, parameters, request.query, request.body):
        raise ViolationError("; ".join(faults))
    query, body = Noted(request.query), Noted(request.body or {})
    call = Call(operation.id, request.path, parameters, query, body, token, github, web)
    try:
        if request.is_write:
            call.check_permission()
        reply = ROUTES[operation.id](call)
        if unread := (query.unread | body.unread) - {"page", "per_page"}:
            raise ViolationError(f"the double does nothing about {sorted(unread)}")
        if reply.body is not None:
            reply.body = spec().complete_response(operation, reply.status, reply.body, web.api)
    except ApiError as error:
        reply = Reply(error.status, error.body)
    if faults := spec().response_faults(operation, reply.status, reply.body):
        raise ViolationError("; ".join(["THE DOUBLE'S OWN ANSWER IS WRONG", *faults]))
    if reply.body is None:
        return Answer(reply.status, headers=reply.headers)
    return json_answer(reply.status, reply.body, reply.headers)


def storage(github: Builders, request: Request, *, authorised: bool) -> Answer:
    """Answer a download from the storage that artifacts redirect to. Raises ViolationError."""
    if authorised:
        raise ViolationError("the token was sent to a host that is not the API's")
    number = int(request.path.split("/")[1])
    (archive,) = (
        repo.artifacts[number].archive
        for repo in github.state.repositories.values()
        if number in repo.artifacts
    )
    return Answer(200, archive, {"Content-Type": "application/zip"})

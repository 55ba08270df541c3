"""From a request to a judged answer: finds the operation, runs it, judges both sides of it."""

from __future__ import annotations

import json
import traceback
from dataclasses import replace
from typing import Any

from tests.github_double import access, graph, graph_root, routes
from tests.github_double.call import ApiError, Call, Reply, Web
from tests.github_double.people import Token
from tests.github_double.spec import Operation, spec
from tests.github_double.state import State
from tests.github_double.wire import Answer, Request, json_answer

MEDIA_TYPE = "github.v3; format=json"


class Answering:
    """Answers requests on one state; what breaks the description is kept in `violations`."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.violations: list[str] = []

    def api(self, request: Request, token: Token | None, web: Web) -> Answer:
        """Answer a request to the API, with the state locked."""
        with self.state.lock:
            try:
                return self._limited(request, token, web)
            except ApiError as error:
                return json_answer(error.status, error.body, error.headers)
            except Exception:
                return self._violated(request, [traceback.format_exc()])

    def storage(self, request: Request, *, authorised: bool) -> Answer:
        """Answer a download from the storage that artifacts redirect to."""
        if authorised:
            return self._violated(request, ["the token was sent to a host that is not the API's"])
        number = request.path.split("/")[1]
        with self.state.lock:
            for repo in self.state.repositories.values():
                for artifact in repo.artifacts.values():
                    if str(artifact.id) == number and "sig" in request.query:
                        kind = {"Content-Type": "application/zip"}
                        return Answer(200, artifact.archive, kind)
        return Answer(404, b"<?xml version='1.0'?><Error><Code>BlobNotFound</Code></Error>")

    def _limited(self, request: Request, token: Token | None, web: Web) -> Answer:
        if token is None:
            raise ApiError(401, "Bad credentials")
        if "user-agent" not in request.headers:
            raise ApiError(403, "Request forbidden by administrative rules: no User-Agent header.")
        answer = self._checked(request, token, web)
        headers = {"X-GitHub-Media-Type": MEDIA_TYPE}
        return replace(answer, headers=headers | answer.headers)

    def _checked(self, request: Request, token: Token, web: Web) -> Answer:
        if request.path == "/graphql":
            return self._graphql(request, token, web)
        found = spec().find(request.method, request.path)
        if found is None or found[0].id not in routes.ROUTES:
            return self._violated(request, ["the double knows no such operation"])
        operation, parameters = found
        faults = spec().request_faults(operation, parameters, request.query, request.body)
        if faults:
            return self._violated(request, faults)
        reply = self._run(request, operation, parameters, token, web)
        return self._judged(request, operation, reply, web)

    def _run(
        self,
        request: Request,
        operation: Operation,
        parameters: dict[str, str],
        token: Token,
        web: Web,
    ) -> Reply:
        call = Call(
            operation=operation.id,
            path=request.path,
            parameters=parameters,
            query=request.query,
            body=request.body if request.body is not None else {},
            accept=request.headers.get("accept", ""),
            token=token,
            state=self.state,
            web=web,
        )
        try:
            access.check(call, write=request.is_write)
            return routes.ROUTES[operation.id](call)
        except ApiError as error:
            return Reply(error.status, error.body, error.headers)

    def _judged(self, request: Request, operation: Operation, reply: Reply, web: Web) -> Answer:
        if reply.raw is not None:
            kind = {"Content-Type": "application/vnd.github.raw; charset=utf-8"}
            return Answer(reply.status, reply.raw, kind | reply.headers)
        body = reply.body
        if body is not None and reply.status < 400:
            body = spec().complete_response(operation, reply.status, body, web.api)
        if faults := spec().response_faults(operation, reply.status, body):
            return self._violated(request, ["THE DOUBLE'S OWN ANSWER IS WRONG", *faults])
        if body is None:
            return Answer(reply.status, headers=reply.headers)
        return json_answer(reply.status, body, reply.headers)

    def _graphql(self, request: Request, token: Token, web: Web) -> Answer:
        if token.kind == "anonymous":
            raise ApiError(401, "This endpoint requires you to be authenticated.")
        if request.method != "POST" or not isinstance(request.body, dict):
            return self._violated(request, ["GraphQL wants a POST of a JSON object"])
        context = graph.Context(self.state, token, web)
        try:
            return json_answer(200, graph.execute(context, request.body, graph_root.root))
        except graph.SchemaError as fault:
            return self._violated(request, [str(fault)])

    def _violated(self, request: Request, faults: list[str]) -> Answer:
        what = f"{request.method} {request.path}"
        if request.operation:
            what += f" ({request.operation})"
        text = f"{what}: " + "; ".join(faults)
        if text not in self.violations:
            self.violations.append(text)
        return Answer(500, f"GitHub double: {text}".encode(), {"Content-Type": "text/plain"})


def parsed(body: bytes) -> Any:
    """Read a body of JSON, or answer as GitHub does to one that is none."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        raise ApiError(400, "Problems parsing JSON") from None

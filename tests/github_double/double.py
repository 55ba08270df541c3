"""The double itself: a GitHub on this machine with a log, faults to order and races to stage."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from tests.github_double import answering, faults, graph
from tests.github_double.answering import ViolationError
from tests.github_double.builders import Builders
from tests.github_double.call import Web
from tests.github_double.events import Events
from tests.github_double.faults import Fault, Predicate, Rule
from tests.github_double.server import Answer, Request, Server
from tests.github_double.spec import spec

ENTERPRISE = "/api/v3"


class GitHubDouble(Builders):
    """A GitHub that is thrown away after the test; the builders make what is in it."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Request] = []
        """All requests, in the order in which they came."""
        self.violations: list[str] = []
        """Requests and answers that broke GitHub's description; the fixture fails on any."""
        self.rules: list[Rule] = []
        self._guard = threading.Lock()
        self._storage = Server(self._at_storage)
        self._api = Server(self._at_api)

    def close(self) -> None:
        self._api.close()
        self._storage.close()

    @property
    def url(self) -> str:
        """The API's base, as `https://api.github.com` is."""
        return self._api.origin

    @property
    def web(self) -> Web:
        """Its addresses at the plain base."""
        return Web(self.url, self.url, self._storage.origin)

    @property
    def enterprise_web(self) -> Web:
        """Its addresses at an Enterprise server's base."""
        return replace(self.web, api=self.url + ENTERPRISE)

    @property
    def events(self) -> Events:
        return Events(self.state, self.web)

    @contextmanager
    def expect_violations(self) -> Iterator[list[str]]:
        """Gather the violations of a block, which then do not fail the test."""
        kept, self.violations = self.violations, []
        try:
            yield self.violations
        finally:
            self.violations = kept

    # What goes wrong to order, and what happens in between

    def fail_next(self, fault: Fault, when: Predicate = faults.anything, *, times: int = 1) -> None:
        self.rules.append(Rule(when, fault, times, 0))

    def fail_request(self, number: int, fault: Fault) -> None:
        """Let the request fail that has this number in the log, counted from 1."""
        self.fail_next(fault, lambda request: request.number == number)

    def before(
        self, when: Predicate, callback: Callable[[], object], *, times: int = 1, skip: int = 0
    ) -> None:
        """Call back when a matching request has come in and nothing has been done for it."""
        self.rules.append(Rule(when, callback, times, skip))

    def after(self, when: Predicate, callback: Callable[[], object]) -> None:
        """Call back when a matching request has had its effect and is not yet answered."""
        self.rules.append(Rule(when, callback, 1, 0, after=True))

    # What was asked

    def requests(self, when: Predicate) -> list[Request]:
        return [request for request in self.log if when(request)]

    def writes(self, operation: str | None = None) -> list[Request]:
        return [one for one in self.log if one.is_write and operation in (None, one.operation)]

    # From the wire

    def _at_api(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        enterprise = target.startswith((f"{ENTERPRISE}/", "/api/"))
        token = self.state.tokens.get(headers.pop("authorization", "").partition(" ")[2])
        target = target.removeprefix(ENTERPRISE).removeprefix("/api")
        request = self._logged("api", method, target, body, headers)
        web = self.enterprise_web if enterprise else self.web
        return self._answered(request, lambda: answering.api(self, request, token, web))

    def _at_storage(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        authorised = headers.pop("authorization", None) is not None
        request = self._logged("storage", method, target, body, headers)
        return self._answered(
            request, lambda: answering.storage(self, request, authorised=authorised)
        )

    def _logged(
        self,
        host: Literal["api", "storage"],
        method: str,
        target: str,
        body: bytes,
        headers: dict[str, str],
    ) -> Request:
        url, content = urlsplit(target), json.loads(body) if body else None
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if host == "storage":
            operation, is_write = "download", False
        elif url.path == "/graphql":
            kind, field = graph.asked(content)
            operation, is_write = f"graphql:{field}", kind == "mutation"
        else:
            found = spec().find(method, url.path)
            operation, is_write = found[0].id if found else "", method != "GET"
        with self._guard:
            number = len(self.log) + 1
            self.log.append(
                Request(
                    number, host, method, url.path, query, content, operation, is_write, headers
                )
            )
            return self.log[-1]

    def _answered(self, request: Request, truth: Callable[[], Answer]) -> Answer:
        fault, answer = self._strike(request, after=False), Answer(None)
        if fault is None or fault.applied:
            try:
                with self.state.lock:
                    answer = truth()
            except ViolationError as error:
                answer = self._violated(request, str(error))
            except Exception:
                # It happened in the server's thread: only so does the test learn of it.
                answer = self._violated(request, traceback.format_exc())
            self._strike(request, after=True)
        if fault is not None:
            answer = fault.answer or replace(answer, torn=True)
        request.status = answer.status
        return answer

    def _strike(self, request: Request, *, after: bool) -> Fault | None:
        """Call back who waits for a request, outside of all locks; return the fault ordered."""
        with self._guard:
            struck = [one.then for one in self.rules if one.after is after and one.strikes(request)]
        for then in struck:
            if not isinstance(then, Fault):
                try:
                    then()
                except Exception:
                    self._violated(request, f"a callback failed: {traceback.format_exc()}")
        return next((then for then in struck if isinstance(then, Fault)), None)

    def _violated(self, request: Request, what: str) -> Answer:
        text = f"{request.method} {request.path} ({request.operation}): {what}"
        self.violations.append(text)
        return Answer(500, f"GitHub double: {text}".encode(), {"Content-Type": "text/plain"})

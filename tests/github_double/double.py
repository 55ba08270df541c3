"""The double itself: a GitHub on this machine with a log, faults to order and races to stage."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from tests.github_double import faults, graph
from tests.github_double.answering import Answering, parsed
from tests.github_double.builders import Builders
from tests.github_double.call import ApiError, Web
from tests.github_double.events import Events
from tests.github_double.faults import Fault, FaultRule, Hook, Plan, Predicate
from tests.github_double.people import Token
from tests.github_double.server import Server
from tests.github_double.spec import spec
from tests.github_double.state import State
from tests.github_double.wire import Answer, Request, json_answer

ENTERPRISE = "/api/v3"


class GitHubDouble(Builders):
    """A GitHub that is thrown away after the test; the builders make what is in it."""

    def __init__(self) -> None:
        super().__init__(State())
        self.log: list[Request] = []
        """All requests, in the order in which they came."""
        self.plan = Plan()
        self._answering = Answering(self.state)
        self._guard = threading.Lock()
        self._storage = Server(self._at_storage)
        self._api = Server(self._at_api)

    def __enter__(self) -> GitHubDouble:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving; requests that are being kept waiting are cut."""
        self._api.close()
        self._storage.close()

    # Where it is

    @property
    def url(self) -> str:
        """The API's base, as `https://api.github.com` is."""
        return self._api.origin

    @property
    def enterprise_url(self) -> str:
        """The same API below the base that an Enterprise server has."""
        return self._api.origin + ENTERPRISE

    @property
    def web(self) -> Web:
        """Its addresses at the plain base."""
        return Web(self.url, self.url, self._storage.origin)

    @property
    def enterprise_web(self) -> Web:
        """Its addresses at an Enterprise server's base."""
        return Web(self.url, self.enterprise_url, self._storage.origin)

    @property
    def events(self) -> Events:
        """Builds events whose addresses are at the plain base."""
        return Events(self.state, self.web)

    # What was wrong

    @property
    def violations(self) -> list[str]:
        """Requests and answers that broke GitHub's description; the fixture fails on any."""
        return self._answering.violations

    @contextmanager
    def expect_violations(self) -> Iterator[list[str]]:
        """Gather the violations of a block, which then do not fail the test."""
        kept, seen = list(self.violations), self.violations
        seen.clear()
        gathered: list[str] = []
        try:
            yield gathered
        finally:
            gathered += seen
            seen[:] = kept

    # What goes wrong to order, and what happens in between

    def fail_next(
        self, fault: Fault, when: Predicate = faults.anything, *, times: int = 1, skip: int = 0
    ) -> None:
        """Let the next requests that match fail, after letting some pass."""
        self.plan.faults.append(FaultRule(when, times, skip, fault))

    def fail_request(self, number: int, fault: Fault) -> None:
        """Let the request fail that is the so-manyeth in the log, counted from 1."""
        self.fail_next(fault, lambda request: request.number == number)

    def before(
        self, when: Predicate, callback: Callable[[], object], *, times: int = 1, skip: int = 0
    ) -> None:
        """Call back when a matching request has come in and nothing has been done for it."""
        self.plan.hooks.append(Hook(when, times, skip, callback))

    def after(
        self, when: Predicate, callback: Callable[[], object], *, times: int = 1, skip: int = 0
    ) -> None:
        """Call back when a matching request has had its effect and is not yet answered."""
        self.plan.hooks.append(Hook(when, times, skip, callback, after=True))

    # What was asked

    def requests(self, when: Predicate = faults.anything) -> list[Request]:
        """Return the logged requests that match."""
        return [request for request in self.log if when(request)]

    def writes(self, operation: str | None = None) -> list[Request]:
        """Return the logged requests that ask for a change."""
        return [one for one in self.log if one.is_write and operation in (None, one.operation)]

    # From the wire

    def _at_api(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        path, _, _ = target.partition("?")
        base = next((one for one in (ENTERPRISE, "/api") if path.startswith(f"{one}/")), "")
        inner = path.removeprefix(base)
        token = self._token_of(headers.pop("authorization", None))
        try:
            content: Any = parsed(body)
        except ApiError as error:
            return json_answer(error.status, error.body)
        name = token.name if token else "unknown"
        request = self._logged("api", method, inner, target, content, name, headers)
        rest = ENTERPRISE if base else ""
        web = Web(self._api.origin, self._api.origin + rest, self._storage.origin)
        return self._answered(request, lambda: self._answering.api(request, token, web))

    def _at_storage(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        authorised = headers.pop("authorization", None) is not None
        path, _, _ = target.partition("?")
        request = self._logged("storage", method, path, target, body or None, "none", headers)
        return self._answered(
            request, lambda: self._answering.storage(request, authorised=authorised)
        )

    def _logged(
        self,
        host: Literal["api", "storage"],
        method: str,
        path: str,
        target: str,
        body: Any,
        token: str,
        headers: dict[str, str],
    ) -> Request:
        query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        with self._guard:
            number = len(self.log) + 1
            operation, is_write = _asked(host, method, path, body)
            request = Request(
                number, host, method, path, query, body, token, operation, is_write, headers
            )
            self.log.append(request)
        return request

    def _answered(self, request: Request, truth: Callable[[], Answer]) -> Answer:
        self._call_hooks(request, after=False)
        fault = self.plan.fault_for(request)
        if fault is None or fault.applied:
            answer = truth()
            self._call_hooks(request, after=True)
        else:
            answer = Answer(None)
        if fault is not None:
            answer = faults.faulty(fault, answer)
        request.status = answer.status
        return answer

    def _call_hooks(self, request: Request, *, after: bool) -> None:
        try:
            self.plan.call_hooks(request, after=after)
        except Exception:
            # It happened in the server's thread: only so does the test learn of it.
            self.violations.append(f"a callback failed: {traceback.format_exc()}")

    def _token_of(self, header: str | None) -> Token | None:
        if header is None:
            return self.anonymous
        return self.state.tokens.get(header.partition(" ")[2].strip())


def _asked(host: str, method: str, path: str, body: Any) -> tuple[str, bool]:
    """Return what the log calls a request, and whether it asks for a change."""
    if host == "storage":
        return "download", False
    if path == "/graphql":
        kind, field = graph.asked(body)
        return f"graphql:{field}", kind == "mutation"
    found = spec().find(method, path)
    return found[0].id if found else "", method != "GET"

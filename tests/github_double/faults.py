"""Failures to order: which request fails, how, and whether its effect took place."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.github_double.server import Answer, Request, json_answer

Predicate = Callable[[Request], bool]

SECONDARY = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content "
    "creation. Please retry your request again later."
)
HTML = b"<!DOCTYPE html><html><head><title>Unicorn!</title></head><body>Oops</body></html>"


@dataclass(frozen=True)
class Fault:
    answer: Answer | None
    """What is sent instead of the true answer; None sends the true one, torn or late."""
    applied: bool = False
    """Whether the request has its effect although its sender does not learn so."""


def server_error(status: int = 502, *, applied: bool = False) -> Fault:
    """Answer as a broken gateway does."""
    headers = {"Content-Type": "text/html"}
    return Fault(Answer(status, HTML, headers), applied=applied)


def cut(*, applied: bool = False) -> Fault:
    return Fault(Answer(None), applied=applied)


def torn() -> Fault:
    """Do what is asked, send half of the answer and cut the connection."""
    return Fault(None, applied=True)


def html() -> Fault:
    """Answer success with a page of HTML, as proxies do."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Fault(Answer(200, HTML, headers))


def secondary_limit(retry_after: int | None = None, status: int = 403) -> Fault:
    """Answer as GitHub does to those who write too fast, with or without `Retry-After`."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    body = {"message": SECONDARY, "documentation_url": "https://docs.github.com/rest"}
    return Fault(json_answer(status, body, headers))


def primary_limit(reset_in: int) -> Fault:
    """Answer as GitHub does when the hour's requests are used up; resets so many seconds on."""
    headers = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(time.time()) + reset_in),
    }
    message = "API rate limit exceeded for installation ID 1."
    body = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    return Fault(json_answer(403, body, headers))


def on(operation: str) -> Predicate:
    return lambda request: request.operation == operation


def anything(_: Request) -> bool:
    return True


@dataclass
class Rule:
    """A fault or a callback, and the requests that it waits for."""

    when: Predicate
    then: Fault | Callable[[], object]
    times: int
    skip: int
    after: bool = False
    """Whether a callback comes after the effect of the request."""

    def strikes(self, request: Request) -> bool:
        """Return True if this is a request that the rule waits for, and count it."""
        if not self.times or not self.when(request):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True

"""Failures to order: which request fails, how, and whether its effect took place."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.github_double.wire import Answer, Request, json_answer

Predicate = Callable[[Request], bool]

SECONDARY = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content "
    "creation. Please retry your request again later."
)
HTML = b"<!DOCTYPE html><html><head><title>Unicorn!</title></head><body>Oops</body></html>"


@dataclass(frozen=True)
class Fault:
    """One way to fail."""

    answer: Answer | None
    """What is sent instead of the true answer; None sends the true one, torn or late."""
    applied: bool = False
    """Whether the request has its effect although its sender does not learn so."""


def server_error(status: int = 502, *, applied: bool = False) -> Fault:
    """Answer as a broken gateway does."""
    headers = {"Content-Type": "text/html"}
    return Fault(Answer(status, HTML, headers), applied=applied)


def cut(*, applied: bool = False) -> Fault:
    """Cut the connection without an answer."""
    return Fault(Answer(None), applied=applied)


def torn() -> Fault:
    """Do what is asked, send half of the answer and cut the connection."""
    return Fault(None, applied=True)


def html(*, applied: bool = False) -> Fault:
    """Answer success with a page of HTML, as proxies do."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Fault(Answer(200, HTML, headers), applied=applied)


def secondary_limit(retry_after: int | None = None, status: int = 403) -> Fault:
    """Answer as GitHub does to those who write too fast, with or without `Retry-After`."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    body = {"message": SECONDARY, "documentation_url": "https://docs.github.com/rest"}
    return Fault(json_answer(status, body, headers))


def primary_limit(reset_in: int, status: int = 403) -> Fault:
    """Answer as GitHub does when the hour's requests are used up; resets so many seconds on."""
    headers = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(time.time()) + reset_in),
    }
    message = "API rate limit exceeded for installation ID 1."
    body = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    return Fault(json_answer(status, body, headers))


def on(
    operation: str | None = None, *, method: str | None = None, path: str | None = None
) -> Predicate:
    """Build a predicate: an operation's id, a method, a pattern somewhere in the path."""

    def matches(request: Request) -> bool:
        return (
            operation in (None, request.operation)
            and method in (None, request.method)
            and (path is None or re.search(path, request.path) is not None)
        )

    return matches


def writes(request: Request) -> bool:
    """Match what changes something."""
    return request.is_write


def anything(_: Request) -> bool:
    """Match every request."""
    return True


@dataclass
class Rule:
    """A fault or a callback, and the requests that it waits for."""

    when: Predicate
    times: int
    skip: int = 0

    def strikes(self, request: Request) -> bool:
        """Tell whether this is a request that the rule waits for, and count it."""
        if not self.times or not self.when(request):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass
class FaultRule(Rule):
    """What fails how."""

    fault: Fault | None = None


@dataclass
class Hook(Rule):
    """What is called when, and whether before the effect or after it."""

    callback: Callable[[], object] | None = None
    after: bool = False


class Plan:
    """All rules of one double."""

    def __init__(self) -> None:
        self.faults: list[FaultRule] = []
        self.hooks: list[Hook] = []
        self._lock = threading.Lock()

    def fault_for(self, request: Request) -> Fault | None:
        """Return the first fault that strikes a request."""
        with self._lock:
            struck = (rule.fault for rule in self.faults if rule.strikes(request))
            return next(struck, None)

    def call_hooks(self, request: Request, *, after: bool) -> None:
        """Call what waits for a request; the callbacks may themselves talk to the double."""
        with self._lock:
            struck = [hook for hook in self.hooks if hook.after is after and hook.strikes(request)]
        for hook in struck:
            if hook.callback is not None:
                hook.callback()

    @property
    def waiting(self) -> list[Rule]:
        """What was ordered and never struck."""
        return [rule for rule in (*self.faults, *self.hooks) if rule.times]


def faulty(fault: Fault, truth: Answer) -> Answer:
    """Return what is sent, given what would have been."""
    if fault.answer is None:
        return replace(truth, torn=True)
    return fault.answer

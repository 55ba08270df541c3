"""Requests that end in an answer or in one clear error: retries, limits, pages, GraphQL.

Reads are repeated. A write is repeated only where that does no harm; else `once` looks first
whether it took effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from results_bot.errors import (
    ForbiddenError,
    GitHubError,
    NotFoundError,
    ProtectedError,
    RefusedError,
    UnclearError,
)
from results_bot.github.client import Client, Silence, shown
from results_bot.github.fields import Fields
from results_bot.github.retry import Answer, Waiting, as_list, limit_wait
from results_bot.hostile import printable

T = TypeVar("T")

_MOST_PAGES = 1000
_NEXT = re.compile(r'<([^<>]+)>;\s*rel="next"')
_PROTECTED = ("BRANCH_PROTECTION_RULE_VIOLATION", "REPOSITORY_RULE_VIOLATION")


class Api:
    """GitHub's API, seen from one repository."""

    def __init__(self, client: Client, repository: str, waiting: Waiting) -> None:
        self.client = client
        self.repository = repository
        self.root = f"/repos/{repository}"
        self._waiting = waiting

    def get(self, path: str, /, **params: Any) -> Fields:
        """Read one object."""
        answer = self._ask("GET", path, params, repeat=True)
        return Fields(answer.data, _what("GET", path))

    def find(self, path: str, /, **params: Any) -> Fields | None:
        """Read one object, or None where there is none."""
        try:
            return self.get(path, **params)
        except NotFoundError:
            return None

    def pages(self, path: str, key: str = "", /, **params: Any) -> Iterator[Fields]:
        """Yield the objects of all pages of a list, which lies at `key` of each answer."""
        asked: dict[str, Any] = {"per_page": 100, **params}
        place: str | None = path
        for _ in range(_MOST_PAGES):
            if place is None:
                return
            answer = self._ask("GET", place, asked, repeat=True)
            yield from Fields(answer.data, _what("GET", path)).each(key)
            found = _NEXT.search(answer.headers.get("link", ""))
            place, asked = (found[1] if found else None), {}
        raise GitHubError(f"{_what('GET', path)}: more than {_MOST_PAGES} pages")

    def location(self, path: str) -> str:
        """Return where a download is to be had; the address is a secret."""
        answer = self._ask("GET", path, {}, repeat=True)
        if answer.status != 302 or not answer.headers.get("location"):
            raise GitHubError(f"{_what('GET', path)}: names no place to download from")
        return answer.headers["location"]

    def send(self, method: str, path: str, body: Any = None, *, repeat: bool = False) -> Fields:
        """Write; `repeat` where doing so twice is as good as once. Raises UnclearError."""
        self._waiting.pace()
        answer = self._ask(method, path, None, body, repeat=repeat)
        return Fields(answer.data, _what(method, path))

    def query(self, name: str, document: str, /, **variables: Any) -> Fields:
        """Ask by GraphQL; `name` is for messages."""
        return self._graphql(name, document, variables, repeat=True)

    def connection(
        self, name: str, document: str, path: str, /, **variables: Any
    ) -> Iterator[Fields]:
        """Yield the nodes of all pages of a GraphQL connection of this repository."""
        owner, _, repository = self.repository.partition("/")
        after: str | None = None
        for _ in range(_MOST_PAGES):
            asked = {"owner": owner, "name": repository, "after": after, **variables}
            page = self.query(name, document, **asked).below(path)
            yield from page.each("nodes")
            if not page.flag("pageInfo.hasNextPage"):
                return
            after = page.text("pageInfo.endCursor")
        raise GitHubError(f"GitHub: GraphQL {name}: more than {_MOST_PAGES} pages")

    def mutate(self, name: str, given: Mapping[str, Any], selection: str) -> Fields:
        """Write by GraphQL. Raises UnclearError; RefusedError names GitHub's kind of error."""
        self._waiting.pace()
        kind = name[:1].upper() + name[1:] + "Input!"
        document = f"mutation($input: {kind}) {{ {name}(input: $input) {{ {selection} }} }}"
        return self._graphql(name, document, {"input": given}, repeat=False).below(name)

    def once(self, write: Callable[[], T], look: Callable[[], T | None]) -> T:
        """Write what must not be there twice: after an unclear end look, and only then repeat."""
        failures = 0
        while True:
            try:
                return write()
            except UnclearError as error:
                failures += 1
                if not self._waiting.before_retry(failures):
                    raise GitHubError(f"{error}, also after {failures} tries") from None
            if (found := look()) is not None:
                return found

    def persist(
        self, attempt: Callable[[], Answer | Silence], what: str, *, repeat: bool
    ) -> Answer:
        """Try until there is an answer that is neither silence nor a limit."""
        failures = limits = 0
        while True:
            outcome = attempt()
            if isinstance(outcome, Silence):
                failures += 1
                if not repeat:
                    raise UnclearError(self._clean(f"{what}: {outcome.reason}"))
                if not self._waiting.before_retry(failures):
                    fault = f"{what}: {outcome.reason}, also after {failures} tries"
                    raise GitHubError(self._clean(fault))
                continue
            wait = limit_wait(outcome, limits + 1, self._waiting.clock.now())
            if wait is None:
                return outcome
            limits += 1
            self._waiting.for_limit(wait, limits, what)

    def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Any = None,
        *,
        repeat: bool,
    ) -> Answer:
        what = _what(method, path)
        answer = self.persist(
            lambda: self.client.exchange(method, path, params, body), what, repeat=repeat
        )
        if answer.status >= 300 and answer.status != 302:
            raise self._error(answer, what)
        return answer

    def _graphql(
        self, name: str, document: str, variables: Mapping[str, Any], *, repeat: bool
    ) -> Fields:
        what = f"GitHub: GraphQL {name}"
        body = {"query": document, "variables": variables}
        url = self.client.access.graphql_url
        answer = self.persist(
            lambda: _timed_out(self.client.exchange("POST", url, None, body)), what, repeat=repeat
        )
        if answer.status >= 300:
            raise self._error(answer, what)
        if isinstance(answer.data, dict) and as_list(answer.data.get("errors")):
            raise self._graphql_error(answer, what)
        return Fields(answer.data, what).below("data")

    def _graphql_error(self, answer: Answer, what: str) -> GitHubError:
        first = as_list(answer.data["errors"])[0]
        kind = str(first.get("type") or "") if isinstance(first, dict) else ""
        message = self._clean(f"{what}: {answer.message}")
        if kind == "NOT_FOUND":
            return NotFoundError(message)
        if kind in _PROTECTED or "rule violations" in message.lower():
            return ProtectedError(message)
        if kind in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
            return ForbiddenError(message)
        return RefusedError(message, kind)

    def _error(self, answer: Answer, what: str) -> GitHubError:
        message = self._clean(f"{what}: {answer.message or 'refused'} (status {answer.status})")
        if answer.status == 401:
            return ForbiddenError(f"{message}: the token is wrong, or no longer good")
        if answer.status == 403:
            return ForbiddenError(message)
        if answer.status in (404, 410):
            return NotFoundError(message)
        return RefusedError(message, str(answer.status))

    def _clean(self, message: str) -> str:
        """Make a message one short line without the token, should a server ever echo it."""
        return printable(message.replace(self.client.access.token, "***"))[:500]


def _what(method: str, path: str) -> str:
    return f"GitHub: {method} {shown(path)}"


def _timed_out(outcome: Answer | Silence) -> Answer | Silence:
    """Take for silence what GraphQL says, with status 200, when the server gave up."""
    if isinstance(outcome, Answer) and outcome.status == 200 and isinstance(outcome.data, dict):
        for one in as_list(outcome.data.get("errors")):
            untyped = isinstance(one, dict) and not one.get("type")
            if untyped and "something went wrong" in str(one.get("message", "")).lower():
                return Silence("the server gave up")
    return outcome

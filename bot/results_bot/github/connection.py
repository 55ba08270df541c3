"""One request to GitHub: PyGithub's requester, which waits, repeats, and raises one kind of error.

PyGithub's GithubRetry acts on the status line, below the body: it cannot see a body that breaks
off, HTML with status 200, or a rate limit that GraphQL reports with status 200, and it repeats a
POST that may have taken effect. So all waiting and repeating happens here, in one loop.
Exceptions of PyGithub and requests hold the token; none is kept as cause or context of ours.
GitHub's rules: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from github import Auth, GithubException
from github.Requester import Requester

from results_bot import __version__
from results_bot.errors import (
    ForbiddenError,
    GitHubError,
    NotFoundError,
    ProtectedError,
    RateLimitedError,
    RefusedError,
    UnclearError,
)
from results_bot.escape import printable

AGENT = f"results-bot/{__version__}"
TIMEOUT = 30
"""Seconds to connect, and seconds of silence."""
NOT_MADE = "0" * 40
"""Stands for a commit that a dry run did not make."""
_PROTECTED = ("BRANCH_PROTECTION_RULE_VIOLATION", "REPOSITORY_RULE_VIOLATION")
_CONTENT_ADDRESSED = re.compile(r"/git/(?:trees|commits)\Z")
_ATTEMPTS = 6
"""Requests in all for one answer, where the connection or the server fails."""
_LIMITS = 8
"""How often in a row a rate limit is waited out."""
_BUDGET = 900.0
"""Seconds that one job waits in all."""
_BETWEEN_WRITES = 1.0
"""Seconds; GitHub asks for this pause."""
_SECONDARY_WAIT = 60.0
"""Seconds to wait at least where GitHub does not name a time."""


class Clock(Protocol):
    """The part of the module `time` that waiting needs; tests bring their own."""

    def time(self) -> float:
        """Return seconds since the epoch."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


class Patience:
    """Waits between requests, within one budget for the whole job."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._spent = 0.0
        self._last_write = float("-inf")

    def pace_writes(self) -> None:
        """Wait until the last write is long enough ago."""
        due = self._last_write + _BETWEEN_WRITES
        if (wait := due - self.clock.time()) > 0:
            self.clock.sleep(min(wait, _BETWEEN_WRITES))
        self._last_write = self.clock.time()

    def after_failure(self, failures: int) -> bool:
        """Wait after the nth failure of a request; return False where it is time to give up."""
        wait = float(2 ** (failures - 1))
        if failures >= _ATTEMPTS or self._spent + wait > _BUDGET:
            return False
        self._wait(wait)
        return True

    def after_limit(self, wait: float, limits: int, what: str) -> None:
        """Wait out the nth rate limit in a row. Raises RateLimitedError where it is too long."""
        if limits > _LIMITS:
            raise RateLimitedError(f"{what}: the rate limit was still reached after {limits} tries")
        if self._spent + wait > _BUDGET:
            raise RateLimitedError(
                f"{what}: the rate limit is reached; waited {self._spent:.0f} s so far, "
                f"and {wait:.0f} s more would exceed the limit of {_BUDGET:.0f} s"
            )
        self._wait(wait)

    def _wait(self, seconds: float) -> None:
        self._spent += seconds
        self.clock.sleep(seconds)


class UnusableAnswerError(Exception):
    """No answer, or one that makes no sense; the request may have taken effect."""


class Connection(Requester):
    """PyGithub's requester, which waits out limits and repeats what may be repeated."""

    def __init__(
        self, token: str, api_url: str, clock: Clock, rehearse: Callable[[str], None] | None
    ) -> None:
        super().__init__(
            auth=Auth.Token(token),
            base_url=api_url,
            timeout=TIMEOUT,
            user_agent=AGENT,
            per_page=100,
            verify=True,
            retry=None,
            pool_size=None,
            api_version="2022-11-28",
        )
        self.patience = Patience(clock)
        self._token = token
        self._rehearse = rehearse
        """Where a dry run prints its writes; None outside of dry runs."""

    def requestJson(  # noqa: N802  (PyGithub's name)
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        input: Any | None = None,  # noqa: A002  (PyGithub's name)
        cnx: Any = None,  # noqa: ARG002
        follow_302_redirect: bool = False,  # noqa: ARG002
    ) -> tuple[int, dict[str, Any], str]:
        """Send a request until GitHub has answered it.

        Raises UnclearError where a write that must not be repeated has no clear answer, and
        another GitHubError where GitHub refuses or cannot be reached.
        """
        document = input["query"] if input and url == self.graphql_url else ""
        what = f"GitHub: {verb} {urlsplit(url).path}"
        if document and (name := re.search(r"\{\s*(\w+)", document)):
            what = f"GitHub: GraphQL {name[1]}"
        writes = document.startswith("mutation") if document else verb != "GET"
        if writes and self._rehearse:
            return _rehearsed(verb, urlsplit(url).path, input, self._rehearse)
        if writes:
            self.patience.pace_writes()
        repeat = not writes or _may_repeat(verb, url, document)
        failures = limits = 0
        while True:
            try:
                status, names, text, data = self._attempt(verb, url, parameters, headers, input)
            except UnusableAnswerError as error:
                failures += 1
                if not repeat:
                    raise UnclearError(self._clean(f"{what}: {error}")) from None
                if not self.patience.after_failure(failures):
                    fault = f"{what}: {error}, also after {failures} tries"
                    raise GitHubError(self._clean(fault)) from None
                continue
            wait = limit_wait(status, names, data, limits + 1, self.patience.clock.time())
            if wait is None:
                break
            limits += 1
            self.patience.after_limit(wait, limits, what)
        if status >= 300 and status != 302:
            raise self._refusal(status, data, what)
        return status, names, text

    def graphql_query(
        self, query: str, variables: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Run a GraphQL query or mutation. Raises GitHubError where it has errors."""
        sent = {"query": query, "variables": variables}
        _, headers, text = self.requestJson("POST", self.graphql_url, input=sent)
        answer = json.loads(text)
        what = "GitHub: GraphQL"
        if errors := _errors(answer):
            kind = str(errors[0].get("type") or "")
            message = self._clean(f"{what}: {_error_message(answer)}")
            if kind in _PROTECTED or "rule violations" in message.lower():
                raise ProtectedError(message)
            if kind in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
                raise ForbiddenError(message)
            raise RefusedError(message, kind)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
            raise GitHubError(f"{what}: the answer has no data")
        return headers, answer

    def _attempt(
        self, verb: str, url: str, parameters: Any, headers: Any, body: Any
    ) -> tuple[int, dict[str, str], str, Any]:
        """Send a request once; return status, headers, text and parsed JSON."""
        asked = {"Accept": "application/vnd.github+json", **(headers or {})}
        try:
            status, answered, text = super().requestJson(
                verb, url, dict(parameters or {}), asked, body
            )
        except requests.Timeout:
            raise UnusableAnswerError(f"there was no answer within {TIMEOUT} s") from None
        except (requests.RequestException, OSError) as error:
            name = type(error).__name__
            raise UnusableAnswerError(f"the connection failed ({name})") from None
        except (GithubException, RuntimeError, ValueError, AssertionError) as error:
            path, name = urlsplit(url).path, type(error).__name__
            raise GitHubError(f"GitHub: {verb} {path}: no sensible answer ({name})") from None
        names = {name.lower(): str(value) for name, value in answered.items()}
        if status >= 500:
            raise UnusableAnswerError(f"it answered with status {status}")
        if not text.strip() and status in (204, 302):
            return status, names, text, None
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            if status >= 300:
                return status, names, text, None
            kind = names.get("content-type", "no content type").partition(";")[0]
            raise UnusableAnswerError(f"it answered with {kind} where JSON belongs") from None
        # GraphQL reports with status 200 that it timed out.
        gave_up = (one for one in _errors(data) if not one.get("type"))
        if status == 200 and any(
            "something went wrong" in str(one.get("message")).lower() for one in gave_up
        ):
            raise UnusableAnswerError("the server gave up")
        return status, names, text, data

    def _refusal(self, status: int, data: Any, what: str) -> GitHubError:
        message = self._clean(f"{what}: {_error_message(data) or 'refused'} (status {status})")
        if status == 401:
            return ForbiddenError(f"{message}: the token is wrong or has expired")
        if status == 403:
            return ForbiddenError(message)
        if status in (404, 410):
            return NotFoundError(message)
        return RefusedError(message, str(status))

    def _clean(self, message: str) -> str:
        """Return a message as one short line without the token, should a server ever echo it."""
        return printable(message.replace(self._token, "***"))[:500]


def _may_repeat(verb: str, url: str, document: str) -> bool:
    """Return True if a write may be sent twice: the second time changes nothing.

    An edit of a check run adds its annotations each time; what git stores is addressed by content.
    """
    if document:
        return False
    path = urlsplit(url).path
    if verb == "POST":
        return _CONTENT_ADDRESSED.search(path) is not None
    return "/check-runs/" not in path


def limit_wait(
    status: int, headers: Mapping[str, str], data: Any, times: int, now: float
) -> float | None:
    """Return the back-off for the nth rate limit in a row, in seconds; None for another answer."""
    if not _is_limit(status, headers, data):
        return None
    if (after := headers.get("retry-after")) is not None:
        # GitHub gives seconds, never a date.
        return max(float(after), 1.0) if after.strip().isdecimal() else _SECONDARY_WAIT
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        # The reset may come at any time within that second.
        return max(int(reset) - now, 0.0) + 1.0
    return float(_SECONDARY_WAIT * 2 ** (times - 1))


def _is_limit(status: int, headers: Mapping[str, str], data: Any) -> bool:
    if status == 403:
        message = _error_message(data).lower()
        spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
        return spent or "rate limit" in message or "abuse" in message
    # GraphQL reports its limit with status 200.
    limited = status == 200 and "RATE_LIMITED" in [one.get("type") for one in _errors(data)]
    return status == 429 or limited


def _errors(data: Any) -> list[dict[str, Any]]:
    """Return the errors of an answer; REST has texts among them."""
    found = data.get("errors") if isinstance(data, dict) else None
    listed = found if isinstance(found, list) else []
    return [one if isinstance(one, dict) else {"message": one} for one in listed]


def _error_message(data: Any) -> str:
    """Return the message of an error that GitHub answered, with its details."""
    details = [
        str(one.get("message") or f"{one.get('field')}: {one.get('code')}") for one in _errors(data)
    ]
    message = str(data.get("message") or "") if isinstance(data, dict) else ""
    return ": ".join(filter(None, [message, "; ".join(details)]))


def _rehearsed(
    verb: str, path: str, body: Any, say: Callable[[str], None]
) -> tuple[int, dict[str, Any], str]:
    """Print a write in full and answer it as if GitHub had done it."""
    if isinstance(body, dict) and "query" in body:
        name = re.findall(r"(\w+)\(input:", body["query"])[0]
        say(f"Would send GraphQL {name}")
        shown, data = body["variables"]["input"], {name: {"commit": {"oid": NOT_MADE}}}
        answered: dict[str, Any] = {"data": data}
    else:
        say(f"Would send {verb} {path}")
        given = body or {}
        same = {name: given[name] for name in ("name", "head_sha", "title", "body", "ref", "status")
                if name in given}  # fmt: skip
        moved = {"object": {"sha": given["sha"]}} if "sha" in given else {}
        shown = given
        answered = {"id": 0, "number": 0, "sha": NOT_MADE, "url": path, "html_url": ""}
        answered |= same | moved
    # Each line is set off, so that none of them can be a command to the runner.
    for line in _lines(shown, ""):
        say(f"  | {line}")
    return 200, {}, json.dumps(answered)


def _lines(value: Any, name: str) -> Iterator[str]:
    """Yield `a.b: value` for everything in a request's body, long texts line by line."""
    if isinstance(value, dict):
        for key, inner in value.items():
            coded = key == "contents"
            shown = base64.b64decode(inner).decode("utf-8", "replace") if coded else inner
            yield from _lines(shown, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _lines(inner, f"{name}.{at}")
    elif isinstance(value, str) and "\n" in value:
        yield f"{name}:"
        yield from value.splitlines()
    else:
        yield f"{name}: {value}"

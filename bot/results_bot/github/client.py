"""The connection to GitHub: PyGithub's objects over a requester that answers or raises one error.

PyGithub's GithubRetry acts on the status line, below the body: it cannot see a body that breaks
off, HTML with status 200, or a rate limit that GraphQL reports with status 200, and it repeats a
POST that may have taken effect. So all waiting and repeating happens here, in one loop.
Exceptions of PyGithub and requests hold the token; none is kept as cause or context of ours.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from github import Auth, BadAttributeException, GithubException
from github.GithubObject import GithubObject
from github.Repository import Repository
from github.Requester import Requester

from results_bot import __version__
from results_bot.errors import (
    ConfigError,
    ForbiddenError,
    GitHubError,
    NotFoundError,
    ProtectedError,
    RefusedError,
    UnclearError,
)
from results_bot.escape import printable
from results_bot.github import dry_run
from results_bot.github.rate_limits import Clock, Patience, error_message, limit_wait

T = TypeVar("T")
Object = TypeVar("Object", bound=GithubObject)

HOSTED = "https://api.github.com"
NONSENSE = (GithubException, BadAttributeException)
"""What PyGithub raises for a value of a wrong type, only when it is used."""
TIMEOUT = 30
"""Seconds to connect, and seconds of silence."""
_AGENT = f"results-bot/{__version__}"
_REDIRECTS = 3
_CHUNK = 1 << 16
_DOWNLOAD_SECONDS = 600.0
_PROTECTED = ("BRANCH_PROTECTION_RULE_VIOLATION", "REPOSITORY_RULE_VIOLATION")
_CONTENT_ADDRESSED = re.compile(r"/git/(?:blobs|trees|commits)\Z")


class Access(msgspec.Struct, frozen=True):
    """Where GitHub is, and the token for it. The token is not in the `repr`."""

    token: str
    api_url: str = HOSTED

    def __post_init__(self) -> None:
        if not self.token:
            raise ConfigError("no token for GitHub: set GITHUB_TOKEN, or the action's input token")
        if not all("!" <= character <= "~" for character in self.token):
            raise ConfigError(
                "the token for GitHub holds spaces, line ends or other odd characters"
            )
        url = urlsplit(self.api_url)
        plain = url.scheme in ("https", "http") and url.hostname and "@" not in url.netloc
        if not plain or url.query or url.fragment:
            raise ConfigError(f"GITHUB_API_URL must be an address such as {HOSTED}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Access:
        """Read `RESULTS_BOT_TOKEN` or `GITHUB_TOKEN`, and `GITHUB_API_URL`. Raises ConfigError."""
        token = environment.get("RESULTS_BOT_TOKEN") or environment.get("GITHUB_TOKEN", "")
        return cls(token.strip(), (environment.get("GITHUB_API_URL") or HOSTED).rstrip("/"))

    def __repr__(self) -> str:
        return f"Access({self.api_url!r})"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return [("api_url", self.api_url)]


class TooLargeError(GitHubError):
    """A download is larger than what is wanted in memory."""


class UnusableAnswerError(Exception):
    """No answer, or one that makes no sense; the request may have taken effect."""


class Connection(Requester):
    """PyGithub's requester, which waits out limits and repeats what may be repeated."""

    def __init__(
        self, access: Access, patience: Patience, rehearse: Callable[[str], None] | None
    ) -> None:
        super().__init__(
            auth=Auth.Token(access.token),
            base_url=access.api_url,
            timeout=TIMEOUT,
            user_agent=_AGENT,
            per_page=100,
            verify=True,
            retry=None,
            pool_size=None,
            api_version="2022-11-28",
        )
        self._access = access
        self._patience = patience
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
            return dry_run.answer(verb, urlsplit(url).path, input, self._rehearse)
        if writes:
            self._patience.pace_writes()
        repeat = not writes or _may_repeat(verb, url, document)
        failures = limits = 0
        while True:
            try:
                status, names, text, data = self._attempt(verb, url, parameters, headers, input)
            except UnusableAnswerError as error:
                failures += 1
                if not repeat:
                    raise UnclearError(self._clean(f"{what}: {error}")) from None
                if not self._patience.after_failure(failures):
                    fault = f"{what}: {error}, also after {failures} tries"
                    raise GitHubError(self._clean(fault)) from None
                continue
            wait = limit_wait(status, names, data, limits + 1, self._patience.clock.time())
            if wait is None:
                break
            limits += 1
            self._patience.after_limit(wait, limits, what)
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
        if not isinstance(answer, dict):
            raise GitHubError(f"{what}: the answer is no object")
        if errors := answer.get("errors"):
            first = errors[0] if isinstance(errors, list) else None
            kind = str(first.get("type") or "") if isinstance(first, dict) else ""
            message = self._clean(f"{what}: {error_message(answer)}")
            if kind == "NOT_FOUND":
                raise NotFoundError(message)
            if kind in _PROTECTED or "rule violations" in message.lower():
                raise ProtectedError(message)
            if kind in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
                raise ForbiddenError(message)
            raise RefusedError(message, kind)
        if not isinstance(answer.get("data"), dict):
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
        if status == 200 and _gave_up(data):
            raise UnusableAnswerError("the server gave up")
        return status, names, text, data

    def _refusal(self, status: int, data: Any, what: str) -> GitHubError:
        message = self._clean(f"{what}: {error_message(data) or 'refused'} (status {status})")
        if status == 401:
            return ForbiddenError(f"{message}: the token is wrong or has expired")
        if status == 403:
            return ForbiddenError(message)
        if status in (404, 410):
            return NotFoundError(message)
        return RefusedError(message, str(status))

    def _clean(self, message: str) -> str:
        """Return a message as one short line without the token, should a server ever echo it."""
        return printable(message.replace(self._access.token, "***"))[:500]


class Client:
    """One repository on GitHub, as the holder of a token sees it."""

    def __init__(
        self,
        access: Access,
        repository: str,
        *,
        clock: Clock = time,
        rehearse: Callable[[str], None] | None = None,
    ) -> None:
        self.repository = repository
        self.dry_run = rehearse is not None
        self.token = access.token
        self._access = access
        self._patience = Patience(clock)
        self.requester = Connection(access, self._patience, rehearse)
        self.repo = self.known(Repository, "")

    def close(self) -> None:
        """Close the connections."""
        self.requester.close()

    def known(self, kind: type[Object], path: str, **attributes: Any) -> Object:
        """Return an object at a path below the repository without asking GitHub for it."""
        url = f"/repos/{self.repository}{path}"
        return kind(self.requester, {}, {**attributes, "url": url}, completed=True)  # type: ignore[call-arg]

    def find(self, ask: Callable[[], T]) -> T | None:
        """Return what a request gives, or None where GitHub answers that it does not exist."""
        try:
            return ask()
        except NotFoundError:
            return None

    def once(self, write: Callable[[], T], look: Callable[[], T | None]) -> T:
        """Make a write that must not happen twice; where the outcome is unclear, look first."""
        failures = 0
        while True:
            try:
                return write()
            except UnclearError as error:
                failures += 1
                if not self._patience.after_failure(failures):
                    raise GitHubError(f"{error}, also after {failures} tries") from None
            if (found := look()) is not None:
                return found

    def query(self, document: str, kind: type[T], path: str, **variables: Any) -> T:
        """Run a GraphQL query on this repository; return the value at a dotted path of its data."""
        owner, _, name = self.repository.partition("/")
        asked = {"owner": owner, "name": name, **variables}
        _, answer = self.requester.graphql_query(document, asked)
        found: Any = answer["data"]
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        try:
            return msgspec.convert(found, kind, strict=False)
        except msgspec.ValidationError as error:
            raise GitHubError(f"GitHub: GraphQL {path}: {printable(str(error))}") from None

    @cached_property
    def login(self) -> str:
        """The login that this token writes under, such as `github-actions[bot]`."""
        return self.query("query { viewer { login } }", str, "viewer.login")

    def download(self, path: str, cap: int) -> bytes:
        """Download what GitHub stores elsewhere, without the token.

        The address is itself a secret for some minutes, and appears in no message. Raises
        TooLargeError beyond `cap` bytes.
        """

        def attempt() -> bytes:
            # Each try asks for a new address, since one is valid for some minutes only.
            status, headers, _ = self.requester.requestJson("GET", self.repo.url + path)
            if status != 302 or not headers.get("location"):
                raise GitHubError(f"GitHub: {path}: names no place to download from")
            try:
                return self._fetched(str(headers["location"]), cap)
            except (requests.RequestException, UnusableAnswerError) as error:
                reason = str(error) if isinstance(error, UnusableAnswerError) else "it was cut"
                raise UnclearError(f"GitHub: download of {path}: {reason}") from None

        return self.once(attempt, lambda: None)

    def _fetched(self, address: str, cap: int) -> bytes:
        with requests.Session() as session:
            # Without this, requests would send what a .netrc file has for the host.
            session.auth = lambda request: request
            session.headers.update({"User-Agent": _AGENT, "Accept-Encoding": "identity"})
            for _ in range(_REDIRECTS + 1):
                if urlsplit(address).scheme not in {"https", urlsplit(self._access.api_url).scheme}:
                    raise UnusableAnswerError("it is not offered over https")
                with session.get(
                    address, stream=True, timeout=TIMEOUT, allow_redirects=False
                ) as found:
                    if not found.is_redirect:
                        return _content(found, cap)
                    address = urljoin(address, found.headers["Location"])
        raise UnusableAnswerError("it is redirected again and again")


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


def _gave_up(data: Any) -> bool:
    """Return True if GraphQL timed out, which it reports with status 200."""
    errors = data.get("errors") if isinstance(data, dict) else None
    return any(
        isinstance(one, dict)
        and not one.get("type")
        and "something went wrong" in str(one.get("message", "")).lower()
        for one in (errors if isinstance(errors, list) else [])
    )


def _content(found: requests.Response, cap: int) -> bytes:
    if found.status_code != 200:
        raise UnusableAnswerError(f"the storage answered with status {found.status_code}")
    length = found.headers.get("Content-Length", "")
    over = TooLargeError(f"is over the cap of {cap / 1e6:,.1f} MB")
    if length.isdecimal() and int(length) > cap:
        raise over
    end = time.monotonic() + _DOWNLOAD_SECONDS
    data = bytearray()
    for chunk in found.iter_content(_CHUNK):
        data += chunk
        if len(data) > cap:
            raise over
        if time.monotonic() > end:
            raise UnusableAnswerError(f"it took more than {_DOWNLOAD_SECONDS:.0f} s")
    return bytes(data)

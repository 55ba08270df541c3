"""One repository on GitHub: PyGithub's objects, GraphQL queries, and downloads."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from github import BadAttributeException, GithubException
from github.GithubObject import GithubObject
from github.Repository import Repository

from results_bot.errors import GitHubError, NotFoundError, UnclearError
from results_bot.escape import printable
from results_bot.github.connection import AGENT, TIMEOUT, Clock, Connection, UnusableAnswerError

T = TypeVar("T")
Object = TypeVar("Object", bound=GithubObject)

NONSENSE = (GithubException, BadAttributeException)
"""What PyGithub raises for a value of a wrong type, only when it is used."""
_REDIRECTS = 3
_CHUNK = 1 << 16
_DOWNLOAD_SECONDS = 600.0


class TooLargeError(GitHubError):
    """A download is larger than what is wanted in memory."""


class Client:
    """One repository on GitHub, as the holder of a token sees it."""

    def __init__(
        self,
        token: str,
        api_url: str,
        repository: str,
        clock: Clock,
        rehearse: Callable[[str], None] | None = None,
    ) -> None:
        self.repository = repository
        self.dry_run = rehearse is not None
        self.requester = Connection(token, api_url, clock, rehearse)
        self._scheme = urlsplit(api_url).scheme
        self.repo = self.known(Repository, "")

    def close(self) -> None:
        """Close the connections."""
        self.requester.close()

    def known(self, kind: type[Object], path: str, /, **attributes: Any) -> Object:
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
                if not self.requester.patience.after_failure(failures):
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
            session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})
            for _ in range(_REDIRECTS + 1):
                if urlsplit(address).scheme not in {"https", self._scheme}:
                    raise UnusableAnswerError("it is not offered over https")
                with session.get(
                    address, stream=True, timeout=TIMEOUT, allow_redirects=False
                ) as found:
                    if not found.is_redirect:
                        return _content(found, cap)
                    address = urljoin(address, found.headers["Location"])
        raise UnusableAnswerError("it is redirected again and again")


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

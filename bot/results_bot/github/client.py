"""The only door to PyGithub and requests: one request, one outcome. `api` decides what follows.

PyGithub carries the requests (connections, proxies, certificates, the token's header) without its
own retries, waits and objects: it repeats a POST that may have had its effect, retries without
pause, lets exceptions of requests through, and takes a page of HTML for an object without
attributes. Exceptions of both libraries hold requests, and those hold the token; so none is kept
as the cause or context of ours.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import msgspec

from results_bot import __version__
from results_bot.errors import GitHubError
from results_bot.github.access import Access
from results_bot.github.retry import Answer

if TYPE_CHECKING:
    import requests

_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_AGENT = f"results-bot/{__version__}"
_REDIRECTS = 3
_CHUNK = 1 << 16
_DOWNLOAD_SECONDS = 600.0


class Silence(msgspec.Struct, frozen=True):
    """No usable answer; what was asked for may have happened or not."""

    reason: str


class TooLargeError(GitHubError):
    """A download is larger than what is wanted in memory."""


class Client:
    """Sends requests as the holder of a token."""

    def __init__(self, access: Access) -> None:
        from github import Auth, Github

        self.access = access
        self._github = Github(
            auth=Auth.Token(access.token),
            base_url=access.api_url,
            timeout=ceil(access.timeout),
            user_agent=_AGENT,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )

    def close(self) -> None:
        """Close the connections."""
        self._github.close()

    def exchange(
        self, method: str, path: str, params: Mapping[str, Any] | None = None, body: Any = None
    ) -> Answer | Silence:
        """Send one request, to a path below the API or to a whole address on its host."""
        from github import GithubException
        from requests import RequestException, Timeout

        try:
            status, headers, text = self._github.requester.requestJson(
                method, path, dict(params or {}), dict(_HEADERS), body
            )
        except Timeout:
            return Silence(f"there was no answer within {self.access.timeout:g} s")
        except (RequestException, OSError) as error:
            return Silence(f"the connection failed ({type(error).__name__})")
        except (GithubException, RuntimeError, ValueError) as error:
            fault = type(error).__name__
        else:
            return _answer(status, headers, text)
        raise GitHubError(f"GitHub: {method} {shown(path)}: no sensible answer ({fault})")

    def fetch(self, address: str, cap: int) -> bytes | Silence:
        """Download from the storage that GitHub refers to, without the token.

        The address is itself a secret for some minutes, and is in no message. Raises
        TooLargeError beyond `cap` bytes.
        """
        import requests

        with requests.Session() as session:
            # Anything set here keeps requests from sending what a .netrc says.
            session.auth = lambda request: request
            session.headers.update({"User-Agent": _AGENT, "Accept-Encoding": "identity"})
            try:
                return self._followed(session, address, cap)
            except requests.RequestException as error:
                return Silence(f"the download was cut ({type(error).__name__})")

    def _followed(self, session: requests.Session, address: str, cap: int) -> bytes | Silence:
        for _ in range(_REDIRECTS + 1):
            if urlsplit(address).scheme not in {"https", urlsplit(self.access.api_url).scheme}:
                return Silence("the download is not offered over https")
            timeout = self.access.timeout
            with session.get(address, stream=True, timeout=timeout, allow_redirects=False) as found:
                if not found.is_redirect:
                    return _content(found, cap)
                address = urljoin(address, found.headers["Location"])
        return Silence("the download is redirected again and again")


def shown(path: str) -> str:
    """Return a path as messages may show it: nothing but the path."""
    return urlsplit(path).path


def _answer(status: int, headers: Mapping[str, Any], text: str) -> Answer | Silence:
    names = {name.lower(): str(value) for name, value in headers.items()}
    if status >= 500:
        return Silence(f"it answered with status {status}")
    if not text.strip():
        return Answer(status, names, None)
    try:
        return Answer(status, names, json.loads(text))
    except (ValueError, RecursionError):
        if status >= 300:
            return Answer(status, names, None)
    kind = names.get("content-type", "no content type").partition(";")[0]
    return Silence(f"it answered with {kind} where JSON belongs")


def _content(found: requests.Response, cap: int) -> bytes | Silence:
    if found.status_code != 200:
        return Silence(f"the storage answered with status {found.status_code}")
    length = found.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > cap:
        raise TooLargeError(_over(cap))
    end = time.monotonic() + _DOWNLOAD_SECONDS
    data = bytearray()
    for chunk in found.iter_content(_CHUNK):
        data += chunk
        if len(data) > cap:
            raise TooLargeError(_over(cap))
        if time.monotonic() > end:
            return Silence(f"the download took more than {_DOWNLOAD_SECONDS:.0f} s")
    return bytes(data)


def _over(cap: int) -> str:
    return f"is over the cap of {cap / 1e6:,.1f} MB"

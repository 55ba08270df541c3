"""PyGithub as it comes, pointed at the double and without its waits."""

from __future__ import annotations

from github import Auth, Github

from tests.github_double.people import Token


def connect(url: str, token: Token, timeout: int = 5) -> Github:
    """Return a client that neither retries nor waits between requests."""
    return Github(
        auth=Auth.Token(token.secret),
        base_url=url,
        timeout=timeout,
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )

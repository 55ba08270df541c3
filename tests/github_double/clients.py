"""PyGithub as it comes, pointed at the double and without its waits."""

from __future__ import annotations

from github import Auth, Github
from github.GithubRetry import GithubRetry

from tests.github_double.people import Token


def connect(url: str, token: Token, timeout: int = 5, retry: GithubRetry | None = None) -> Github:
    """Return a client that does not wait between requests, and retries only where told how."""
    return Github(
        auth=Auth.Token(token.secret),
        base_url=url,
        timeout=timeout,
        retry=retry,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )

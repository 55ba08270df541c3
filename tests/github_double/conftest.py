"""The double's fixtures, and a client for its own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from github import Github
from github.GithubRetry import GithubRetry

from tests.github_double.clients import connect
from tests.github_double.double import GitHubDouble
from tests.github_double.fixtures import github, new_github
from tests.github_double.people import Token
from tests.github_double.state import Repository

__all__ = ["github", "new_github"]

Client = Callable[..., Github]


@pytest.fixture
def client(github: GitHubDouble) -> Iterator[Client]:
    """Make PyGithub clients for tokens; all are closed at the end."""
    made: list[Github] = []

    def make(token: Token, url: str | None = None, retry: GithubRetry | None = None) -> Github:
        made.append(connect(url or github.url, token, retry=retry))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def repo(github: GitHubDouble) -> Repository:
    """A repository with a page and people."""
    roles = {"mia": "maintain", "wren": "write", "tess": "triage", "ravi": "read"}
    return github.repository("octo/results", {"RESULTS.md": "# Results\n"}, roles=roles)

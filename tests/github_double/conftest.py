"""The double's fixtures, and plain requests to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.github_double.double import GitHubDouble
from tests.github_double.fixtures import github, new_github
from tests.github_double.records import PullRequest, Repository, Token

__all__ = ["github", "new_github"]
API = "/repos/octo/results"


@dataclass
class Client:
    """Sends requests with a token."""

    github: GitHubDouble
    token: Token

    def __call__(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Send to a path of the repository, or to another that begins with two slashes."""
        path = path[1:] if path.startswith("//") else API + path
        headers = {"Authorization": f"Bearer {self.token.secret}"}
        return requests.request(
            method, self.github.url + path, json=body, headers=headers, timeout=60,
            allow_redirects=False,
        )  # fmt: skip

    def graph(self, query: str, **variables: Any) -> Any:
        answer = self("POST", "//graphql", {"query": query, "variables": variables})
        return answer.json() if answer.ok else answer.text


@pytest.fixture
def repo(github: GitHubDouble) -> Repository:
    """A repository with a page and people."""
    roles = {"mia": "maintain", "wren": "write", "tess": "triage", "ravi": "read"}
    return github.repository("octo/results", {"RESULTS.md": "# Results\n"}, roles=roles)


@pytest.fixture
def send(github: GitHubDouble, repo: Repository) -> Client:
    """Requests with the workflow's own token."""
    return Client(github, github.actions_token(repo))


@pytest.fixture
def pull(github: GitHubDouble, repo: Repository) -> PullRequest:
    """A pull request from a branch of the repository."""
    github.push(repo, "feature", {"new.txt": "1\n"})
    return github.open_pull(repo, "feature", login="wren")

"""The double's fixtures, and PyGithub as it comes, pointed at the double."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from github import Auth, Github
from github.Repository import Repository as Seen

from tests.github_double.double import GitHubDouble
from tests.github_double.fixtures import github, new_github
from tests.github_double.records import PullRequest, Repository, Token

__all__ = ["github", "new_github"]

See = Callable[[Token], Seen]


@pytest.fixture
def see(github: GitHubDouble) -> Iterator[See]:
    """Show the repository to a token by PyGithub, which neither waits nor asks again."""
    made: list[Github] = []

    def make(token: Token) -> Seen:
        auth = Auth.Token(token.secret)
        made.append(
            Github(
                auth=auth,
                base_url=github.url,
                timeout=5,
                retry=None,
                seconds_between_requests=0,
                seconds_between_writes=0,
            )
        )
        url = f"{github.url}/repos/octo/results"
        return Seen(made[-1].requester, {}, {"url": url}, completed=True)

    yield make
    for one in made:
        one.close()


@pytest.fixture
def repo(github: GitHubDouble) -> Repository:
    """A repository with a page and people."""
    roles = {"mia": "maintain", "wren": "write", "tess": "triage", "ravi": "read"}
    return github.repository("octo/results", {"RESULTS.md": "# Results\n"}, roles=roles)


@pytest.fixture
def seen(github: GitHubDouble, repo: Repository, see: See) -> Seen:
    """The same repository, as a workflow's own token sees it."""
    return see(github.actions_token(repo))


@pytest.fixture
def pull(github: GitHubDouble, repo: Repository) -> PullRequest:
    """A pull request from a branch of the repository."""
    github.push(repo, "feature", {"new.txt": "1\n"})
    return github.open_pull(repo, "feature", login="wren")

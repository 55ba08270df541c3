"""The fixtures `github` and `new_github`; import them into a `conftest`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.github_double import published
from tests.github_double.double import GitHubDouble

REQUIRED = "RESULTS_BOT_REQUIRE_GITHUB_DOUBLE"


def require_descriptions() -> None:
    """Skip where the npm packages are missing, and fail where the environment forbids that."""
    reason = published.missing()
    if reason is None:
        return
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture
def new_github() -> Iterator[Callable[[], GitHubDouble]]:
    """Make as many doubles as a test wants; each is judged and closed at the end."""
    require_descriptions()
    made: list[GitHubDouble] = []

    def make() -> GitHubDouble:
        made.append(GitHubDouble())
        return made[-1]

    yield make
    for double in made:
        double.close()
    check(made)


@pytest.fixture
def github(new_github: Callable[[], GitHubDouble]) -> GitHubDouble:
    """One double for one test, which fails if anything broke GitHub's description."""
    return new_github()


def check(doubles: list[GitHubDouble]) -> None:
    """Fail on what any double has against its clients, or against itself."""
    if wrong := [violation for double in doubles for violation in double.violations]:
        pytest.fail("GitHub's description was broken:\n" + "\n".join(wrong), pytrace=False)

"""The double's fixtures, and a stage for scenarios: from an event's payload to the final state."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.github.stage import Stage
from tests.github_double.double import GitHubDouble
from tests.github_double.fixtures import github, new_github

__all__ = ["github", "new_github"]


@pytest.fixture
def stage(github: GitHubDouble, tmp_path: Path) -> Stage:
    """A repository with a page that is true, and one job after another."""
    return Stage(github, tmp_path)

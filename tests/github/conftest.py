"""The double's fixtures, and repositories for scenarios: from an event to the final state."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.github.scene import CONFIG, Scene, files
from tests.github_double.double import GitHubDouble
from tests.github_double.fixtures import github, new_github

__all__ = ["github", "new_github"]


@pytest.fixture
def scene(github: GitHubDouble, tmp_path: Path) -> Scene:
    """A repository without settings."""
    return Scene(github, tmp_path)


@pytest.fixture
def stage(github: GitHubDouble, tmp_path: Path) -> Scene:
    """A repository with settings, and other runs."""
    return Scene(github, tmp_path, CONFIG, files())

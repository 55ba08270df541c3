"""The double's fixtures for the flows of the trusted half."""

from __future__ import annotations

from tests.github_double.fixtures import github, new_github

__all__ = ["github", "new_github"]

"""All routes, by the operations' ids."""

from __future__ import annotations

from tests.github_double import (
    routes_actions,
    routes_checks,
    routes_contents,
    routes_git,
    routes_issues,
    routes_pulls,
    routes_repos,
)
from tests.github_double.call import ROUTES

__all__ = [
    "ROUTES",
    "routes_actions",
    "routes_checks",
    "routes_contents",
    "routes_git",
    "routes_issues",
    "routes_pulls",
    "routes_repos",
]

"""Where GitHub's published descriptions are on this machine; knows nothing of their content."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules" / "@octokit"
OPENAPI = PACKAGES / "openapi" / "generated" / "api.github.com.json"
GRAPHQL = PACKAGES / "graphql-schema" / "schema.graphql"


def missing() -> str | None:
    """Why the double cannot run here, or None when it can."""
    absent = [path for path in (OPENAPI, GRAPHQL) if not path.is_file()]
    if not absent:
        return None
    names = " and ".join(f"@octokit/{path.relative_to(PACKAGES).parts[0]}" for path in absent)
    return (
        f"GITHUB DOUBLE NOT RUN: the npm packages {names} are not installed; "
        "run `npm ci` in tests/github_double (needs Node 18 or later)"
    )

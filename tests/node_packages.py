"""Installs what the tests need of npm; where that cannot be, one line says what is left out.

`python -m tests.node_packages TARGET PART...` for a target of the Makefile; it needs nothing but
Python, because nothing else is installed then.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NO_NPM = "npm is not here (install Node 18 or later)"
# npm gives up after eleven seconds instead of seventy; a user's own settings come first.
PATIENCE = {
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_retry_maxtimeout": "10000",
}
PARTS = {
    "github_double": (
        "The tests against GitHub's API description",
        "RESULTS_BOT_REQUIRE_GITHUB_DOUBLE",
    ),
    "browser": ("The test of the report page with axe-core", "RESULTS_BOT_REQUIRE_BROWSER"),
}
"""What needs a folder's packages, and the variable that is set where it may not be skipped."""


def main(target: str, *names: str) -> int:
    """Install what is missing; return 1 where the target cannot go on, with the reason printed."""
    for name in names:
        if (why := install(HERE / name)) is None:
            continue
        what, required = PARTS[name]
        if target.startswith("demo"):
            what = "The part on GitHub"
        optional = target == "test" and why == NO_NPM and os.environ.get(required) != "1"
        done = "will be skipped" if optional else "cannot run"
        sys.stderr.write(f"{what} {done}: {why}.\n")
        if not optional:
            return 1
    return 0


def install(folder: Path) -> str | None:
    """Return why a folder's packages are not there; None where they are."""
    wanted, found = (
        _versions(folder / name)
        # npm writes its own list at the end.
        for name in ("package-lock.json", "node_modules/.package-lock.json")
    )
    if wanted == found:
        return None
    if (npm := shutil.which("npm")) is None:
        return NO_NPM
    command = [npm, "ci", "--prefix", str(folder), "--loglevel", "error"]
    done = subprocess.run(command, env=PATIENCE | os.environ, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        return f"`npm ci --prefix {folder.relative_to(HERE.parent)}` failed"
    # The copies with references written out are most of it, and nobody reads them.
    for path in folder.glob("node_modules/@octokit/openapi/generated/*.deref.json"):
        path.unlink()
    return None


def _versions(path: Path) -> dict[str, str] | None:
    """Return the packages of a lock file by their folders; None where it cannot be read."""
    try:
        packages: dict[str, Any] = json.loads(path.read_text("utf-8"))["packages"]
        # The root, which only one of them has, is no package.
        return {name: one["integrity"] for name, one in packages.items() if name}
    except (OSError, ValueError, LookupError):
        return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

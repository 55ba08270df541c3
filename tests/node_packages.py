"""What the tests need of npm, fetched once; one line says why where that cannot be.

`python -m tests.node_packages TARGET PART...` for a target of the Makefile; it needs nothing but
Python, because nothing else is installed then.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NO_NPM = "npm is not here"
PATIENCE = {
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_retry_maxtimeout": "10000",
}
"""Milliseconds before npm asks again: it gives up after eleven seconds instead of seventy."""


@dataclass(frozen=True)
class Part:
    """A folder with a package-lock.json, and what needs it."""

    folder: Path
    tests: str
    required: str
    """The variable that is set where its tests may not be skipped."""
    useless: str = ""
    """Most of what is fetched, which nobody reads."""


PARTS = {
    "github_double": Part(
        HERE / "github_double",
        "the tests against GitHub's API description",
        "RESULTS_BOT_REQUIRE_GITHUB_DOUBLE",
        # The copies with references written out.
        "node_modules/@octokit/openapi/generated/*.deref.json",
    ),
    "browser": Part(
        HERE / "browser",
        "the test of the report page with axe-core",
        "RESULTS_BOT_REQUIRE_BROWSER",
    ),
}


def main(target: str, *names: str) -> int:
    """Fetch what is missing; return 1 where the target cannot go on, having said why."""
    for part in (PARTS[name] for name in names):
        why = fetch(part)
        if why is None:
            continue
        skipped = target == "test" and why == NO_NPM and os.environ.get(part.required) != "1"
        sys.stderr.write(_line(part, target, why, skipped=skipped) + "\n")
        if not skipped:
            # What keeps one from being fetched keeps the others.
            return 1
    return 0


def fetch(part: Part) -> str | None:
    """Return why a part's packages are not there; None where they are."""
    if _there(part.folder):
        return None
    npm = shutil.which("npm")
    if npm is None:
        return NO_NPM
    # A user's own settings come first.
    done = subprocess.run(
        [npm, "ci", "--prefix", str(part.folder), "--silent", "--json"],
        env=PATIENCE | os.environ,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        return f"`npm ci` failed: {_reason(done)}"
    for path in part.folder.glob(part.useless) if part.useless else ():
        path.unlink()
    return None


def _there(folder: Path) -> bool:
    """Tell whether what the lock file names was installed; npm writes its own list at the end."""
    wanted, found = (
        _versions(folder / name)
        for name in ("package-lock.json", "node_modules/.package-lock.json")
    )
    return wanted is not None and wanted == found


def _versions(path: Path) -> dict[str, str] | None:
    try:
        packages: dict[str, Any] = json.loads(path.read_text("utf-8"))["packages"]
        # The root, which only one of them has, is no package.
        return {name: one["integrity"] for name, one in packages.items() if name}
    except (OSError, ValueError, LookupError):
        # A broken one is npm's to tell of.
        return None


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """Return npm's own summary, or the last line that was said where it did not come to one."""
    try:
        said = str(json.loads(done.stdout)["error"]["summary"]).strip().partition("\n")[0]
    except (ValueError, LookupError, TypeError):
        said = (done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2]
    said = said.removeprefix("FetchError: ").rstrip(". ")
    return said or f"it ended with {done.returncode}"


def _line(part: Part, target: str, why: str, *, skipped: bool) -> str:
    folder = part.folder.relative_to(HERE.parent)
    shows = f"mend what `npm ci --prefix {folder}` tells of"
    do = "install Node 18 or later with npm" if why == NO_NPM else shows
    if target == "demo":
        return f"\nThe part on GitHub is left out: {why}. To see it, {do}, then `make demo-github`."
    if skipped:
        return f"{_first(part.tests)} will be skipped: {why}. To run it all, {do}."
    what = "The part on GitHub" if target == "demo-github" else _first(part.tests)
    return f"{what} cannot run: {why}. {_first(do)}, then `make {target}`."


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

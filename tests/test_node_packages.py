"""Where npm's packages cannot be had, one line says why and what to do; the demo ends well."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT

NO_NPM = "without npm"
DEAD = "a dead registry"
BROKEN = "without node"
REQUIRED = {"RESULTS_BOT_REQUIRE_GITHUB_DOUBLE": "1"}
REFUSED = (
    "`npm ci` failed: request to http://127.0.0.1:9/{} failed, "
    "reason: connect ECONNREFUSED 127.0.0.1:9"
)
MEND = "mend what `npm ci --prefix tests/github_double` tells of, then"
API = "The tests against GitHub's API description"
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone on which Python's packages were installed, and npm's were not."""
    for path in ("Makefile", "pyproject.toml", "tests/__init__.py", "tests/node_packages.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    for name in ("github_double", "browser"):
        (tmp_path / "tests" / name).mkdir()
        for file in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / "tests" / name / file, tmp_path / "tests" / name)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "bot").symlink_to(ROOT / "bot")
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    for stamp in (".run", ".dev"):
        (tmp_path / ".venv" / stamp).touch()
    return tmp_path


def run(project: Path, npm: str, *command: str, more: Mapping[str, str] | None = None) -> Done:
    """Run a command where npm is missing or of no use."""
    tools = project / "tools"
    tools.mkdir()
    for name in ("make", "sh", "env", "git", *([] if npm == NO_NPM else ["npm"])):
        if (found := shutil.which(name)) is None:
            pytest.skip(f"{name} is not here")
        (tools / name).symlink_to(found)
    if npm == DEAD and (node := shutil.which("node")):
        (tools / "node").symlink_to(node)
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("RESULTS_BOT_", "MAKE", "npm_"))
    }
    dead = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}
    dead |= {"npm_config_cache": str(project / "cache")}
    environment = kept | dead | {"PATH": str(tools)} | dict(more or {})
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("npm", "target", "more", "code", "line"),
    [
        (NO_NPM, "demo", {}, 1, "\nThe part on GitHub is left out: npm is not here. "
         "To see it, install Node 18 or later with npm, then `make demo-github`."),
        (NO_NPM, "demo-github", {}, 1, "The part on GitHub cannot run: npm is not here. "
         "Install Node 18 or later with npm, then `make demo-github`."),
        (NO_NPM, "test", {}, 0, f"{API} will be skipped: npm is not here. "
         "To run it all, install Node 18 or later with npm."),
        (NO_NPM, "test", REQUIRED, 1, f"{API} cannot run: npm is not here. "
         "Install Node 18 or later with npm, then `make test`."),
        (DEAD, "demo-github", {}, 1,
         f"The part on GitHub cannot run: {REFUSED}. {MEND.capitalize()} `make demo-github`."),
        (DEAD, "test", {}, 1, f"{API} cannot run: {REFUSED}. {MEND.capitalize()} `make test`."),
        (BROKEN, "test", {}, 1,
         f"{API} cannot run: `npm ci` failed: {{}}. {MEND.capitalize()} `make test`."),
    ],
)  # fmt: skip
def test_one_line_says_why(
    project: Path, npm: str, target: str, more: Mapping[str, str], code: int, line: str
) -> None:
    python = str(project / ".venv/bin/python")
    done = run(
        project, npm, python, "-m", "tests.node_packages", target, "github_double", more=more
    )
    assert (done.returncode, done.stdout) == (code, "")
    before, _, after = line.partition("{}")
    assert done.stderr.startswith(before)
    assert done.stderr.endswith(f"{after}\n")
    assert done.stderr.strip().count("\n") == 0
    assert npm != BROKEN or "node" in done.stderr[len(before) : -len(after)]


def test_the_demo_ends_well_without_its_part_on_github(project: Path) -> None:
    done = run(project, DEAD, "make", "demo")
    assert done.returncode == 0, done.stderr
    assert "──── $ results-bot diff" in done.stdout
    left = done.stderr.strip().split("\n")[-1]
    assert left.startswith("The part on GitHub is left out: `npm ci` failed: request to http://127")
    assert left.endswith(f"To see it, {MEND} `make demo-github`.")


def test_the_tests_do_not_run_without_what_they_need(project: Path) -> None:
    done = run(project, DEAD, "make", "test")
    assert (done.returncode, done.stdout) == (2, "")
    why, make, *more = done.stderr.strip().split("\n")
    assert why.startswith(f"{API} cannot run: `npm ci` failed: request to http://127.0.0.1:9/")
    assert make.startswith("make: ***")
    assert not more


@pytest.mark.parametrize("name", ["github_double", "browser"])
def test_what_is_there_is_not_fetched_again(project: Path, name: str) -> None:
    """By npm's own list of what it installed, which has all that the lock file has but the root."""
    source = ROOT / "tests" / name / "node_modules/.package-lock.json"
    if not source.is_file():
        pytest.skip("npm's packages are not here")
    target = project / "tests" / name / "node_modules"
    target.mkdir()
    shutil.copy(source, target)
    command = (str(project / ".venv/bin/python"), "-m", "tests.node_packages", "test", name)
    done = run(project, NO_NPM, *command)
    assert (done.returncode, done.stderr) == (0, "")

"""Where npm's packages cannot be had, one line says what is left out; the demo ends well."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT

REQUIRED = {"RESULTS_BOT_REQUIRE_GITHUB_DOUBLE": "1"}
API = "The tests against GitHub's API description"
NO_NPM = "npm is not here (install Node 18 or later).\n"
FAILED = "`npm ci --prefix tests/github_double` failed.\n"
FETCH = (".venv/bin/python", "-m", "tests.node_packages")


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


def run(
    project: Path, *command: str, npm: bool = False, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command where npm is missing or has a dead registry."""
    tools = project / "tools"
    tools.mkdir()
    for name in ("make", "sh", "env", "git", *(("npm", "node") if npm else ())):
        if (found := shutil.which(name)) is None:
            pytest.skip(f"{name} is not here")
        (tools / name).symlink_to(found)
    ours = ("RESULTS_BOT_", "MAKE", "npm_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    dead = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}
    dead |= {"npm_config_cache": str(project / "cache"), "PATH": str(tools)}
    env = kept | dead | dict(more or {})
    return subprocess.run(
        command, cwd=project, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("target", "more", "code", "line"),
    [
        ("demo", {}, 1, f"The part on GitHub cannot run: {NO_NPM}"),
        ("test", {}, 0, f"{API} will be skipped: {NO_NPM}"),
        ("test", REQUIRED, 1, f"{API} cannot run: {NO_NPM}"),
    ],
)
def test_without_npm(
    project: Path, target: str, more: dict[str, str], code: int, line: str
) -> None:
    done = run(project, *FETCH, target, "github_double", more=more)
    assert (done.returncode, done.stderr) == (code, line)


def test_the_demo_ends_well_without_its_part_on_github(project: Path) -> None:
    done = run(project, "make", "demo", npm=True)
    assert done.returncode == 0, done.stderr
    assert "──── $ results-bot diff" in done.stdout
    assert "ECONNREFUSED" in done.stderr
    assert done.stderr.endswith(f"The part on GitHub cannot run: {FAILED}")


@pytest.mark.parametrize("name", ["github_double", "browser"])
def test_what_is_there_is_not_fetched_again(project: Path, name: str) -> None:
    """By npm's own list of what it installed, which has all that the lock file has but the root."""
    source = ROOT / "tests" / name / "node_modules/.package-lock.json"
    if not source.is_file():
        pytest.skip("npm's packages are not here")
    target = project / "tests" / name / "node_modules"
    target.mkdir()
    shutil.copy(source, target)
    done = run(project, *FETCH, "test", name)
    assert (done.returncode, done.stderr) == (0, "")

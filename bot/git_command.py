"""One question to git, as a process of its own. What is asked, and what it means, others know."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bot.errors import RepositoryError

_PLAIN = {"LANGUAGE": "C", "LC_ALL": "C"}
"""What git says is compared, so it says it in English."""


def run(
    folder: Path,
    *arguments: str,
    given: bytes = b"",
    environment: Mapping[str, str] = _PLAIN,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder with `given` as its input, however it ends. Raises RepositoryError."""
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            input=given,
            env={**os.environ, **_PLAIN, **environment},
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise RepositoryError("git is not installed, or not on the PATH") from None


def ask(
    folder: Path,
    *arguments: str,
    given: bytes = b"",
    environment: Mapping[str, str] = _PLAIN,
) -> bytes:
    """Return what git answers. Raises RepositoryError with its reason where it fails."""
    done = run(folder, *arguments, given=given, environment=environment)
    if done.returncode:
        raise RepositoryError(f"git {arguments[0]} failed: {reason(done)}")
    return done.stdout


def reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what git complained of."""
    return done.stderr.decode("utf-8", "replace").strip()

"""One question to git, as a process of its own. What is asked, and what it means, others know."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bot.errors import RepositoryError

_PLAIN = {"LANGUAGE": "C", "LC_ALL": "C"}
"""What git says is compared, so it says it in English."""
WHERE = (
    "rev-parse", "--revs-only",
    "--show-toplevel", "--absolute-git-dir", "--git-common-dir", "HEAD",
)  # fmt: skip
"""The question that a repository is opened with."""
_begun: dict[tuple[Path, tuple[str, ...]], subprocess.Popen[bytes]] = {}
"""Questions that git is at; whoever asks one takes it from here."""


def begin(folder: Path, *arguments: str) -> None:
    """Let git begin with a question that `ask` or `run` will put soon, in these very words."""
    with suppress(OSError):  # Whoever asks will hear of it.
        _begun[folder, arguments] = subprocess.Popen(
            ["git", *arguments],
            cwd=folder,
            env={**os.environ, **_PLAIN},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def run(
    folder: Path,
    *arguments: str,
    given: bytes = b"",
    environment: Mapping[str, str] = _PLAIN,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder with `given` as its input, however it ends. Raises RepositoryError."""
    begun = _begun.pop((folder, arguments), None)
    if begun is not None:
        out, complaint = begun.communicate()
        return subprocess.CompletedProcess(begun.args, begun.returncode, out, complaint)
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

"""Questions to git, each a process of its own. What is asked, and what it means, others know."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from results_bot.errors import RepositoryError

_PLAIN = {"LANGUAGE": "C", "LC_ALL": "C"}
"""What git says is compared, so it says it in English."""
WHERE = (
    "rev-parse", "--revs-only",
    "--show-toplevel", "--absolute-git-dir", "--git-common-dir", "HEAD",
)  # fmt: skip
"""The question that a repository is opened with."""
_Begun = tuple["subprocess.Popen[bytes]", BinaryIO | None]
Done = subprocess.CompletedProcess[bytes]
_begun: dict[tuple[Path, tuple[str, ...]], _Begun] = {}
"""Questions that git is at, and where its answers go; whoever asks one takes it from here."""


def begin(folder: Path, *arguments: str) -> None:
    """Let git begin with a question that `ask` or `run` will put soon, in these very words."""
    if (folder, arguments) in _begun:
        return
    answer = None
    if sys.platform == "linux":
        # A pipe holds little, and git would wait for somebody to read the rest of a long answer.
        answer = os.fdopen(os.memfd_create("git"), "w+b")
    try:
        asked = subprocess.Popen(
            ["git", *arguments],
            cwd=folder,
            env={**os.environ, **_PLAIN},
            stdin=subprocess.DEVNULL,
            stdout=answer or subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError:
        if answer is not None:
            answer.close()  # Whoever asks will hear of it.
    else:
        _begun[folder, arguments] = asked, answer


def run(
    folder: Path,
    *arguments: str,
    given: bytes = b"",
    environment: Mapping[str, str] = _PLAIN,
) -> Done:
    """Run git in a folder with `given` as its input, however it ends. Raises RepositoryError."""
    begun = _begun.pop((folder, arguments), None)
    if begun is not None:
        return _ended(*begun)
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


def _ended(asked: subprocess.Popen[bytes], answer: BinaryIO | None) -> Done:
    """Wait for the end of what was begun."""
    out, complaint = asked.communicate()
    if answer is not None:
        with answer:
            answer.seek(0)
            out = answer.read()
    return subprocess.CompletedProcess(asked.args, asked.returncode, out, complaint)


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start git in a folder, to be written to and read from. Raises RepositoryError."""
    try:
        return subprocess.Popen(
            ["git", *arguments],
            cwd=folder,
            env={**os.environ, **_PLAIN},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
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

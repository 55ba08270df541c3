"""What every test may rely on: no network, no settings of this machine, nothing written but in tmp.

And the fixtures of the end-to-end tests: the example as a real repository, the command line.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from results_bot.cli import main
from results_bot.example import write_tree

ROOT = Path(__file__).parent.parent

# No examples kept in the checkout, and no time limit: the machine may be busy.
_ALIKE = settings(database=None, deadline=None, max_examples=60)
# The same examples every time, so that chance does not fail a change that is not at fault.
settings.register_profile("fixed", _ALIKE, derandomize=True)
settings.register_profile("explore", _ALIKE)
settings.load_profile("fixed")

_ADA = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.invalid"))
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_writable: tuple[str, ...] = ()
"""Where a running test may write; empty between tests."""


def _tripwire(event: str, arguments: Sequence[object]) -> None:
    """Stop a test that connects to another machine, or writes outside of the temporary folder."""
    if not _writable:
        return
    if event == "socket.connect":
        sock, address = arguments
        if isinstance(sock, socket.socket) and sock.family != socket.AF_UNIX:
            host = str(address[0]) if isinstance(address, tuple) else str(address)
            assert host.startswith("127.") or host in ("::1", "localhost"), f"network: {address}"
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
        path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes) else ""
        outside = path and not os.path.abspath(path).startswith(_writable)  # noqa: PTH100
        assert not outside or "__pycache__" in path, f"written outside of tmp: {path}"


sys.addaudithook(_tripwire)


@pytest.fixture(autouse=True)
def _isolated(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    global _writable  # noqa: PLW0603 - an audit hook cannot be taken away again
    base = tmp_path_factory.getbasetemp()
    monkeypatch.setattr(tempfile, "tempdir", str(base))
    monkeypatch.setenv("TMPDIR", str(base))
    home = base / "home"
    home.mkdir(exist_ok=True)
    (home / "gitconfig").touch()
    for name in os.environ:
        if name.startswith(("GIT_", "RESULTS_BOT_DEBUG", "SOURCE_DATE_EPOCH", "COLUMNS")):
            monkeypatch.delenv(name)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, str(home / "gitconfig"))
    for name, value in _ADA.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folders = [str(ROOT / f"tests/{one}/golden") for one in ("judge", "report")]
    golden = folders if os.environ.get("UPDATE_GOLDEN") else []
    _writable = (str(base), "/dev/", "/proc/self/", *golden)
    yield
    _writable = ()


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The only line it said on standard error."""
        assert self.err.count("\n") == 1, self.err
        return self.err.rstrip("\n")


def run_cli(args: Sequence[str], cwd: Path) -> Done:
    """Run a command as a user would, but in this process; `results_bot.cli` has no state."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.chdir(cwd)
        patch.setattr(sys, "argv", ["results-bot", *args])
        with pytest.raises(SystemExit) as ended:
            main()
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return Done(int(ended.value.code or 0), *texts)


def git(cwd: Path, *args: str) -> str:
    return subprocess.run(
        ["git", *args], cwd=cwd, env=_ADA | os.environ, check=True, capture_output=True, text=True
    ).stdout


def train(root: Path, run: str = "a", **metrics: float) -> Path:
    """Write the metrics of a run below `experiments/`, as a training job does."""
    path = root / "experiments" / run / "metrics.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(metrics))
    return path


def attempt(cwd: Path, *args: str) -> tuple[int, str]:
    """Run git, which may fail; return its exit code and all that it says."""
    done = subprocess.run(
        ["git", *args], cwd=cwd, env=_ADA | os.environ, check=False, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def commit_all(repo: Path, message: str = "Commit") -> None:
    """Commit everything, making the folder a repository where it is none."""
    if not (repo / ".git").exists():
        git(repo, "init", "-q", "-b", "main")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", message)


@pytest.fixture(scope="session")
def _example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "repo"
    write_tree(folder)
    return folder


@pytest.fixture
def example(_example: Path, tmp_path: Path) -> Path:
    """The example's tree and hand-made page, committed to a repository."""
    repo = tmp_path / "repo"
    shutil.copytree(_example, repo)
    commit_all(repo, "Keep results by hand")
    return repo

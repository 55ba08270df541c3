"""The pre-commit framework installs the hook from this checkout and runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent


@pytest.mark.network
def test_try_repo(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    (repo / "experiments" / "a").mkdir(parents=True)
    (repo / "experiments" / "a" / "metrics.json").write_text('{"test_loss": 0.5}')
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}

    def call(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=repo, env=environment, capture_output=True, text=True, check=False
        )

    call("git", "init", "-q", "-b", "main")
    call("git", "add", "-A")
    framework = (sys.executable, "-m", "pre_commit", "try-repo", str(CHECKOUT), "results-bot")
    first = call(*framework, "--all-files")
    assert first.returncode == 1, first.stdout + first.stderr
    assert (
        "results-bot: RESULTS.md refreshed; stage it and commit again: 1 run added." in first.stdout
    )
    assert "| a | 0.5000 |" in (repo / "RESULTS.md").read_text()

    call("git", "add", "-A")
    again = call(sys.executable, "-m", "results_bot", "hook", "--no-stage")
    assert (again.returncode, again.stdout) == (0, "")

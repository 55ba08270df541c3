"""The project's own results page is up to date with what the benchmarks wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.conftest import ROOT, git, run_cli


def test_the_page_is_up_to_date(tmp_path: Path) -> None:
    for name in ("RESULTS.md", "results-bot.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "benchmarks" / "results", tmp_path / "benchmarks" / "results")
    git(tmp_path, "init", "--quiet")
    done = run_cli(["refresh", "--check"], tmp_path)
    assert done.code == 0, done.out
    assert "is up to date" in done.out

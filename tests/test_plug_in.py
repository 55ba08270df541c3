"""The reader that the documentation shows, installed as another project's package is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "formats.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_documented_reader_reads(tmp_path: Path) -> None:
    site, repo = tmp_path / "site", tmp_path / "repo"
    package, metadata = site / "my_package", site / "my_package-1.0.dist-info"
    run = repo / "experiments" / "mine"
    for folder in (package, metadata, run):
        folder.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "scores.py").write_text(block("python"), "utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my_package\nVersion: 1.0\n")
    table = block("toml").replace('project.entry-points."', "").replace('"]', "]")
    (metadata / "entry_points.txt").write_text(table.replace('"', ""), "utf-8")
    (run / "scores.txt").write_text("accuracy 0.75\nf1 0.5\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "results_bot", "inspect", "experiments"],
        cwd=repo,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{site}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "experiments/mine/scores.txt (Scores): 2 numbers" in done.stdout
    assert "accuracy = 0.75 (final)" in done.stdout


def test_it_has_ten_lines() -> None:
    assert len([line for line in block("python").splitlines() if line.strip()]) <= 10

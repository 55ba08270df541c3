"""The project's own results page is true: made by results-bot from what the benchmarks wrote."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIGHT = ("pandas", "numpy", "scipy", "github", "git", "rich", "markdown_it", "tabulate", "yaml")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    for name in ("RESULTS.md", "results-bot.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "benchmarks" / "results", tmp_path / "benchmarks" / "results")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def run(root: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )


CHECK = """
import sys
sys.path.insert(0, {root!r})
sys.argv = ["results-bot", "refresh", "--check"]
from results_bot.cli import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


def test_the_page_is_up_to_date(own: Path) -> None:
    done = run(own, CHECK.format(root=str(ROOT)))
    assert done.returncode == 0, done.stdout
    assert "is up to date" in done.stdout


def test_where_nothing_changed_nothing_heavy_is_imported(own: Path) -> None:
    code = CHECK.format(root=str(ROOT))
    first = set(run(own, code).stderr.split())
    again = run(own, code)
    assert again.returncode == 0
    assert "results_bot.workspace" in first
    assert not first & {
        "git",
        "markdown_it",
        "scipy",
        "sqlite3",
        "results_bot.judge",
        "results_bot.report.review",
    }
    assert not first & {"click", "typing_extensions"}
    modules = set(again.stderr.split())
    assert "results_bot.unchanged" in modules
    assert not modules & {*LIGHT, "results_bot.workspace", "results_bot.commands.refresh"}
    assert not modules & {"click", "enum", "typing", "inspect", "msgspec", "pathlib", "subprocess"}


@pytest.mark.parametrize("there", [True, False])
def test_a_page_that_was_just_written_need_not_be_made_again(own: Path, there: bool) -> None:
    page = own / "RESULTS.md"
    if there:
        page.write_text(page.read_text("utf-8").replace(" | ", " | 9", 20), "utf-8")
    else:
        page.unlink()
    refresh = CHECK.replace(', "--check"', "").format(root=str(ROOT))
    assert run(own, refresh).returncode == 1
    again = run(own, CHECK.format(root=str(ROOT)))
    assert again.returncode == 0
    assert "results_bot.workspace" not in again.stderr.split()

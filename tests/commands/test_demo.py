"""`demo` shows what the README promises, and leaves what it names."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, git, run_cli

README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "kept"


@pytest.fixture(scope="module")
def shown(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "results_bot", "demo", "--keep", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_it_walks_through_all_that_a_user_would_do(shown: str) -> None:
    steps = re.findall(r"^──── (.+)$", shown, re.MULTILINE)
    commands = [step for step in steps if step.startswith("$")]
    assert [one.partition(":")[0] for one in commands] == [
        "$ results-bot init",
        "$ results-bot refresh",
        "$ results-bot diff",
        "$ results-bot refresh; results-bot report --html report.html",
    ]
    assert shown.count("\n") < 110, "a screen for each part"
    unknown = "1 value worse (noise unknown), 1 value better (noise unknown)"
    counts = f"2 values worse, 1 value better, {unknown}, 1 run added, 1 run removed."
    assert counts in flat(shown)
    assert "combo_6_balanced Test KL 0.3504 0.3182 -0.0322 better" in flat(shown)
    assert "- shallow (removed)" in shown
    assert "tolerance-loosened" not in shown, "nothing in it looks like a trick"


def test_what_the_readme_says_it_catches_is_what_it_says(shown: str) -> None:
    block = README.partition("<!-- catches:begin -->\n```text\n")[2].partition("```")[0]
    said = [flat(part).strip() for part in re.split(r"\n(?= [✗!·] )|\n(?= {5})", block) if part]
    assert len(said) == 6
    assert not [part for part in said if part not in flat(shown)]


def test_what_it_names_is_there(shown: str, folder: Path) -> None:
    named = shown.rpartition("──── look for yourself")[2]
    paths = [Path(line.strip()) for line in named.split("\n") if line.startswith("  /")]
    assert len(paths) == 3
    assert all(path.is_file() for path in paths)
    assert git(folder, "status", "--short") == "?? report.html\n"
    assert len(git(folder, "log", "--oneline").splitlines()) >= 2


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    done = run_cli(["demo", "--keep", str(tmp_path)], tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "is not an empty folder" in done.line

"""The wheel holds all that is needed, and works from where it is unpacked."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT, git

NOT_CODE = {
    "results_bot/py.typed",
    "results_bot/hooks/pre-commit",
    "results_bot/hooks/pre-merge-commit",
    *(
        f"results_bot/report/html/{name}"
        for name in ("page.html", "page.css", "page.js", "table.js")
    ),
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """The wheel unpacked as pip does it, the bits of executables kept."""
    folder = tmp_path / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
        for entry in archive.infolist():
            (folder / entry.filename).chmod(entry.external_attr >> 16 & 0o777)
    return folder


def test_nothing_is_missing_and_nothing_else_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = {
        path.relative_to(ROOT / "bot").as_posix()
        for path in (ROOT / "bot").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    hooks = {f"results_bot/hooks/{path.name}" for path in (ROOT / "hooks").iterdir()}
    assert names == tracked | hooks
    assert names >= NOT_CODE


def test_what_it_says_of_itself(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (folder,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        meta = archive.read(f"{folder}/METADATA").decode()
        assert (
            "results-bot = results_bot.__main__:main"
            in archive.read(f"{folder}/entry_points.txt").decode()
        )
        assert archive.read(f"{folder}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert "License-Expression: Apache-2.0\n" in meta
    for minor in range(11, 15):
        assert f"Classifier: Programming Language :: Python :: 3.{minor}\n" in meta


@pytest.mark.parametrize("way", ["init", "core.hooksPath"])
def test_its_hook_commits_a_page(
    way: str, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(installed))
    repo, shipped = tmp_path / "repository", installed / "results_bot/hooks"
    (repo / "runs/a").mkdir(parents=True)
    (repo / "runs/a/metrics.json").write_text('{"accuracy": 0.5}', "utf-8")
    git(repo, "init", "-q", "-b", "main")
    if way == "init":
        command = [sys.executable, "-m", "results_bot", "init", "--hook"]
        subprocess.run(command, cwd=repo, capture_output=True, check=True)
        written = (repo / ".git/hooks/pre-commit").read_bytes()
        assert written == (shipped / "pre-commit").read_bytes()
    else:
        assert os.access(shipped / "pre-commit", os.X_OK)
        git(repo, "config", "core.hooksPath", str(shipped))
        git(repo, "config", "results-bot.command", f"{sys.executable} -m results_bot")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "First")
    assert "| a | 50.00% |" in git(repo, "show", "HEAD:RESULTS.md")

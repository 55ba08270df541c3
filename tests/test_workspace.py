"""What a repository that somebody else wrote can make a command read, write and print."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from results_bot.workspace import Workspace

from tests.conftest import commit_all, run_cli, train


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    train(root, test_loss=0.5)
    commit_all(root)
    return root


@pytest.mark.parametrize("name", ["results-bot.toml", "dvc.yaml", "RESULTS.md"])
@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_only_regular_files_are_opened(repo: Path, name: str, kind: str) -> None:
    path = repo / name
    if kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    done = run_cli(["refresh"], repo)
    assert done.code == 2
    assert done.line.startswith(f"results-bot: {name}: ")


def test_a_page_has_one_path(repo: Path) -> None:
    package = repo / "packages/a"
    package.mkdir(parents=True)
    for folder, page in ((repo, "./P.md"), (package, "../../docs/../Q.md")):
        (folder / "results-bot.toml").write_text(f'page = "{page}"\n')
    (package / "metrics.json").write_text('{"accuracy": 0.5}')
    pages = [Workspace.find(folder).page for folder in (repo, package)]
    assert pages == ["P.md", "Q.md"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ('page = ".git/config"', ".git/config: lies in git's own folder"),
        ('page = "out/.GIT/x.md"', "out/.GIT/x.md: lies in git's own folder"),
        ('page = "../x.md"', "../x.md: lies outside the repository"),
        ('page = "link/x.md"', "link/x.md: lies outside the repository"),
        ("charts = true", "RESULTS-charts/experiments--runs.svg: lies outside the repository"),
        ('"\\u001b]0;pwn\\u0007x" = 1', "results-bot.toml: unknown key `␛]0;pwn␇x`;"),
        ('page = "\\u001b]0;x"', "␛]0;x: holds a character that cannot be shown"),
    ],
)
def test_nothing_is_written_or_printed_elsewhere(repo: Path, config: str, message: str) -> None:
    (repo.parent / "elsewhere").mkdir()
    (repo / "link").symlink_to(repo.parent / "elsewhere")
    (repo / "RESULTS-charts").symlink_to(repo.parent / "elsewhere")
    (repo / "results-bot.toml").write_text(config)
    train(repo, "b", test_loss=0.25)
    train(repo, "c", test_loss=0.125)
    before = (repo / ".git/config").read_bytes()
    done = run_cli(["refresh"], repo)
    assert done.code == 2
    assert done.line.startswith(f"results-bot: {message}")
    assert not [*(repo.parent / "elsewhere").iterdir()]
    assert (repo / ".git/config").read_bytes() == before


def test_a_key_is_no_workflow_command(repo: Path) -> None:
    (repo / "results-bot.toml").write_text('"x\\n::error title=pwn::owned\\n" = 1')
    done = run_cli(["refresh"], repo)
    assert done.code == 2
    assert not [line for line in done.err.splitlines() if line.startswith("::")]
    (repo / "experiments/a/metrics.json").write_text('{"test_loss": 1, "x\\u001b[31m": 2}')
    (repo / "results-bot.toml").write_text(
        '[[sections]]\nid = "a"\nruns = ["experiments/*"]\nsort = "\\u001b]0;x"\n'
    )
    assert "\x1b" not in run_cli(["refresh"], repo).err


def test_what_a_killed_command_left_is_cleared(repo: Path) -> None:
    old, new = repo / ".results-bot-old", repo / ".results-bot-new"
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (0, 0))
    assert run_cli(["refresh"], repo).code == 1
    assert (old.exists(), new.exists()) == (False, True)

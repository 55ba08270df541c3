"""The command line itself: exit codes and the options before a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import git, run_cli, train


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        train(tmp_path, name, test_loss=0.5)
    return tmp_path


def test_exit_zero_hides_only_code_1(project: Path) -> None:
    assert run_cli(["refresh", "--check"], project).code == 1
    assert run_cli(["refresh", "--check", "--exit-zero"], project).code == 0
    (project / "experiments/one/metrics.json").write_text('{"test_loss": 0.', "utf-8")
    assert run_cli(["refresh", "--exit-zero"], project).code == 4
    assert run_cli(["refresh", "--exit-zero", "--nonsense"], project).code == 2


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        (["--config", "own.toml"], "sub"),
        (["--config", "../sub/own.toml"], "experiments"),
        (["-C", "sub", "--config", "own.toml"], "."),
    ],
    ids=" ".join,
)
def test_config_is_relative_to_the_current_folder(
    project: Path, arguments: list[str], folder: str
) -> None:
    git(project, "init", "-q")
    (project / "sub").mkdir()
    own = '[[sections]]\nid = "own"\ntitle = "Only one"\nruns = ["experiments/one"]\n'
    (project / "sub/own.toml").write_text(own, "utf-8")
    done = run_cli([*arguments, "refresh"], project / folder)
    assert done.out == "RESULTS.md refreshed (1 run): 1 run added.\n", done.err
    assert "Only one" in (project / "RESULTS.md").read_text("utf-8")

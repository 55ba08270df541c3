"""Metrics files that only `dvc.yaml` names are found without configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from results_bot.collect.readers.dvc import metrics_files

from tests.conftest import commit_all, git, run_cli

PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [lr]
    metrics:
      - metrics.json:
          cache: false
  evaluate:
    cmd: python evaluate.py
    wdir: eval
    metrics: [scores.json, ../metrics.json]
metrics:
  - dvclive/metrics.json
"""


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (PIPELINE, ("dvclive/metrics.json", "metrics.json", "eval/scores.json")),
        ("metrics:\n- a.json\n- ./a.json\n- b/c.yaml\n", ("a.json", "b/c.yaml")),
        ("metrics:\n- /etc/a.json\n- ../a.json\n- ${m}.json\n- '*.json'\n", ()),
        ("metrics: a.json\nstages: [1, {}]\n", ()),
        ("stages:\n  a: null\n  b: {metrics: {c.json: 1}}\n", ()),
        ("metrics: [", ()),
        ("- metrics", ()),
        ("", ()),
    ],
)
def test_what_a_pipeline_names(text: str, paths: tuple[str, ...]) -> None:
    assert metrics_files(text) == paths


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "dvc.yaml").write_text("metrics:\n- metrics.json\n- dvclive/metrics.json\n")
    (tmp_path / "metrics.json").write_text('{"accuracy": 0.5, "loss": 1.5}')
    (tmp_path / "package.json").write_text('{"accuracy": 0.25}')
    (tmp_path / "dvclive").mkdir()
    (tmp_path / "dvclive/metrics.json").write_text('{"f1": 0.75, "step": 3}')
    return tmp_path


def test_the_page_of_a_pipeline(project: Path) -> None:
    done = run_cli(["refresh"], project)
    assert done.out == "RESULTS.md refreshed (2 runs): 2 runs added.\n"
    text = (project / "RESULTS.md").read_text("utf-8")
    assert "## DVC metrics\n" in text
    assert "| metrics | 50.00% | 1.5000 |\n" in text
    assert "| dvclive | 0.7500 |\n" in text
    assert run_cli(["init"], project).code == 0
    assert 'runs = ["metrics.json"]' in (project / "results-bot.toml").read_text("utf-8")
    assert run_cli(["refresh"], project).out.startswith("RESULTS.md is up to date")


def test_what_the_pipeline_names_anew_is_seen(project: Path) -> None:
    run_cli(["refresh"], project)
    (project / "more.json").write_text('{"accuracy": 0.625}')
    assert run_cli(["refresh"], project).code == 0
    (project / "dvc.yaml").write_text("metrics:\n- metrics.json\n- more.json\n")
    assert run_cli(["refresh"], project).code == 1
    assert "| more | 62.50% |" in (project / "RESULTS.md").read_text("utf-8")


def test_a_commit_is_read_by_its_own_pipeline(project: Path) -> None:
    run_cli(["refresh"], project)
    commit_all(project)
    (project / "dvc.yaml").unlink()
    git(project, "switch", "-q", "-c", "worse")
    git(project, "checkout", "-q", "HEAD", "dvc.yaml")
    (project / "metrics.json").write_text('{"accuracy": 0.375, "loss": 1.5}')
    run_cli(["refresh"], project)
    commit_all(project)
    done = run_cli(["diff", "main", "HEAD"], project)
    assert done.code == 1
    assert "Accuracy of metrics is worse: 50.00% to 37.50%" in done.out

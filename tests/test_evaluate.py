"""One comparison, whichever command asks for it: each page by its own commit's settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import commit_all, run_cli


def write(root: Path, **values: float) -> None:
    folder = root / "experiments/a"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(values))


@pytest.mark.parametrize("arguments", [("HEAD~1",), ("HEAD~1", "HEAD")])
@pytest.mark.parametrize(
    "config", ["", "[tolerance]\nrelative = 0.01\n", "[tolerance]\nrelative = 0\n"]
)
def test_every_tolerance_counts_between_commits(
    tmp_path: Path, config: str, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "results-bot.toml").write_text(config)
    write(tmp_path, test_accuracy=0.9633, test_auroc=0.9989)
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path, "First")
    write(tmp_path, test_accuracy=0.9655, test_auroc=0.9990)
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path, "Second")
    out = run_cli(["diff", *arguments], tmp_path).out
    assert ("within 1%" in out) == ("= 0\n" not in config)
    assert ("better" in out) == ("= 0\n" in config)


@pytest.mark.parametrize("arguments", [("HEAD~1",), ("HEAD~1", "HEAD")])
def test_the_page_of_the_base_is_read_with_the_settings_of_the_base(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    config = tmp_path / "results-bot.toml"
    config.write_text('[metrics.score]\ntitle = "Old title"\ndirection = "higher"\n')
    write(tmp_path, score=0.9, test_loss=0.1)
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path, "First")
    config.write_text('[metrics.score]\ntitle = "New title"\ndirection = "higher"\n')
    (tmp_path / "RESULTS.md").unlink()
    write(tmp_path, score=0.5, test_loss=0.1)
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path, "Second")
    found = json.loads(run_cli(["diff", *arguments, "--json"], tmp_path).out)
    changes = [
        (one["metric"], one["before"]["text"], one["after"]["text"]) for one in found["changes"]
    ]
    assert changes == [("score", "0.9000", "0.5000")]


def test_unknown_directions_are_asked_about_in_one_line(tmp_path: Path) -> None:
    write(tmp_path, test_loss=0.1, wombats=3.0, latency_budget_use=1.0, accuracy_drop=0.2)
    out = run_cli(["init", "--no-hook"], tmp_path).out
    asked = [line for line in out.splitlines() if "Which way" in line]
    assert len(asked) == 1
    assert all(name in asked[0] for name in ("wombats", "latency_budget_use", "accuracy_drop"))

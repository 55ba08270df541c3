"""A change of settings, of a folder or of a name hides no value.

Each case is one change of a repository with three runs, and what blocks it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from results_bot.evaluate import evaluate
from results_bot.workspace import Workspace

from tests.conftest import commit_all, train

NOW = datetime(2026, 3, 5, tzinfo=UTC)

CONFIG = """\
[metrics.perplexity]
direction = "lower"
format = ".2f"
tolerance = {relative = 0.01}
[[sections]]
id = "nightly"
runs = ["experiments/nightly/*"]
sort = "test_accuracy"
"""
FIRST = '[[sections]]\nid = "old"\nruns = ["experiments/nightly/alpha"]\n'
OTHER = '[[sections]]\nid = "other"\nruns = ["experiments/nightly/*"]\n'
CATCH_ALL = '[[sections]]\nid = "zzz"\nruns = ["experiments/**"]\n'
SOURCES = '[metrics.test_accuracy]\nsources = ["train_accuracy", "test_accuracy"]\n'
COLUMNS = CONFIG.replace('sort = "test_accuracy"', 'columns = ["perplexity"]')
ALPHA = {
    "test_accuracy": 0.91,
    "test_loss": 0.5,
    "perplexity": 145.0,
    "wombats": 3,
    "num_samples": 2000,
}


def write(root: Path, name: str, **values: float) -> None:
    train(root, f"nightly/{name}", **(ALPHA | values))


def settings(root: Path, **loss: str) -> None:
    for number, name in enumerate(("alpha", "beta", "gamma")):
        config = {"lr": number, "loss": loss.get(name, "ce")}
        (root / f"experiments/nightly/{name}/config.json").write_text(json.dumps(config))


def repository(root: Path, config: str = CONFIG, *, with_settings: bool = False) -> None:
    write(root, "alpha")
    write(root, "beta", test_accuracy=0.84)
    write(root, "gamma", test_accuracy=0.8)
    if with_settings:
        settings(root)
    configure(root, config)
    refresh(root, "Base")


def configure(root: Path, config: str) -> None:
    (root / "results-bot.toml").write_text(config)


def move(root: Path, old: str, new: str) -> None:
    (root / "experiments" / old).rename(root / "experiments" / new)


def refresh(root: Path, message: str) -> None:
    (root / "RESULTS.md").write_text(evaluate(Workspace.find(root), NOW).fresh.text)
    commit_all(root, message)


def flagged(root: Path) -> set[tuple[str, str, str]]:
    """Refresh and commit, and return what blocks: rule, section and runs."""
    refresh(root, "Change")
    workspace = Workspace.find(root)
    assert workspace.repo is not None
    base, head = map(workspace.repo.commit, ("HEAD~1", "HEAD"))
    blocking = evaluate(workspace, NOW, base, head).verdict.blocking
    return {(one.id, one.section, ",".join(one.runs)) for one in blocking}


@pytest.mark.parametrize(
    ("before", "after", "values", "section"),
    [
        (CONFIG, FIRST + CONFIG, {"test_accuracy": 0.11}, "old"),
        (CONFIG, CONFIG.replace("*", "beta") + CATCH_ALL, {"test_accuracy": 0.11}, "zzz"),
        ("", FIRST.replace("alpha", "beta"), {"test_accuracy": 0.11}, "experiments/nightly"),
        ("", OTHER, {"test_accuracy": 0.11}, "other"),
        (CONFIG, COLUMNS, {"test_accuracy": 0.11}, "nightly"),
        (CONFIG, CONFIG + SOURCES, {"test_accuracy": 0.44, "train_accuracy": 0.99}, "nightly"),
        (CONFIG, CONFIG.replace(".2f", ".2g"), {"perplexity": 154.9}, "nightly"),
        (CONFIG, CONFIG.replace('format = ".2f"\n', ""), {"perplexity": 154.9}, "nightly"),
    ],
    ids=["first", "catch-all", "unread", "ids", "columns", "sources", "digits", "format"],
)
def test_settings_that_hide_a_drop(
    tmp_path: Path, before: str, after: str, values: dict[str, float], section: str
) -> None:
    repository(tmp_path, before)
    configure(tmp_path, after)
    write(tmp_path, "alpha", **values)
    found = flagged(tmp_path)
    assert ("metric-regressed", section, "alpha") in found
    page = (tmp_path / "RESULTS.md").read_text()
    unread = section == "experiments/nightly"
    assert page.count("| alpha |") == 1 or unread, "a row stayed where the run was"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CONFIG, FIRST + CONFIG),
        ("", OTHER),
        (CONFIG, CONFIG.replace("*", "beta") + CATCH_ALL),
        (CONFIG, CONFIG + 'hide = ["wombats", "test_loss"]\n'),
        (CONFIG, CONFIG + 'columns = ["test_accuracy"]\n'),
    ],
)
def test_a_run_that_the_page_shows_otherwise_is_no_finding_of_its_own(
    tmp_path: Path, before: str, after: str
) -> None:
    repository(tmp_path, before)
    configure(tmp_path, after)
    assert {rule for rule, *_ in flagged(tmp_path)} <= {"tolerance-loosened"}
    assert (tmp_path / "RESULTS.md").read_text().count("| alpha |") == 1


def rename(root: Path) -> None:
    move(root, "nightly/beta", "nightly/beta2")
    write(root, "beta2", test_accuracy=0.04)


def rename_two(root: Path) -> None:
    rename(root)
    move(root, "nightly/gamma", "nightly/gamma2")
    write(root, "gamma2", test_accuracy=0.81)


def rename_beyond_recognition(root: Path) -> None:
    rename(root)
    move(root, "nightly/beta2", "nightly/chosen")


def replace_by_worse(root: Path) -> None:
    shutil.rmtree(root / "experiments/nightly/beta")
    train(root, "nightly/tiny", test_accuracy=0.5, test_loss=0.7, perplexity=200, num_samples=2000)


def replace_by_better(root: Path) -> None:
    shutil.rmtree(root / "experiments/nightly/beta")
    train(root, "nightly/huge", test_accuracy=0.9, test_loss=0.4, perplexity=100, num_samples=2000)


def rename_folder(root: Path) -> None:
    write(root, "beta", test_accuracy=0.04)
    move(root, "nightly", "daily")


def remove_best(root: Path) -> None:
    shutil.rmtree(root / "experiments/nightly/alpha")


def remove_all(root: Path) -> None:
    shutil.rmtree(root / "experiments/nightly")


def other_experiment(root: Path) -> None:
    rename(root)
    (root / "experiments/nightly/beta2/config.json").write_text('{"lr": 7}')


def lose_a_metric(root: Path) -> None:
    for name in ("alpha", "beta", "gamma"):
        path = root / f"experiments/nightly/{name}/metrics.json"
        values = json.loads(path.read_text())
        path.write_text(json.dumps({k: v for k, v in values.items() if k != "perplexity"}))


def lose_a_hidden_metric(root: Path) -> None:
    configure(root, CONFIG + 'hide = ["perplexity"]\n')
    refresh(root, "Hide")
    lose_a_metric(root)


def loss_up(root: Path) -> None:
    settings(root, beta="focal")
    write(root, "beta", test_accuracy=0.84, test_loss=9.5)


def loss_down(root: Path) -> None:
    settings(root, beta="focal")
    write(root, "beta", test_accuracy=0.84, test_loss=0.1)


@pytest.mark.parametrize(
    ("change", "with_settings", "expected"),
    [
        (rename, False, {("metric-regressed", "experiments/nightly", "beta2")}),
        (rename, True, {("metric-regressed", "experiments/nightly", "beta2")}),
        (rename_two, True, {("metric-regressed", "experiments/nightly", "beta2")}),
        (rename_two, False, {("row-removed", "experiments/nightly", "beta,gamma")}),
        (rename_beyond_recognition, False, {("metric-regressed", "experiments/nightly", "chosen")}),
        (replace_by_worse, False, {("row-removed", "experiments/nightly", "beta")}),
        (replace_by_better, False, set()),
        (rename_folder, False, {("metric-regressed", "experiments/daily", "beta")}),
        (remove_best, True, {("best-regressed", "experiments/nightly", "beta")}),
        (remove_all, True, {("best-regressed", "experiments/nightly", "alpha")}),
        (other_experiment, True, set()),
        (loss_up, True, {("loss-changed", "experiments/nightly", "beta")}),
        (loss_down, True, set()),
        (lose_a_metric, False, {("metric-lost", "experiments/nightly", "alpha,beta,gamma")}),
        (lose_a_hidden_metric, False, {("metric-lost", "nightly", "alpha,beta,gamma")}),
    ],
)
def test_a_run_that_goes_and_a_loss_that_changes(
    tmp_path: Path,
    change: Callable[[Path], None],
    with_settings: bool,
    expected: set[tuple[str, str, str]],
) -> None:
    repository(tmp_path, "", with_settings=with_settings)
    change(tmp_path)
    assert flagged(tmp_path) == expected

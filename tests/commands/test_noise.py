"""`noise`, and verdicts by the page's history, in real repositories."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import commit_all, run_cli, train

LOSSES = (0.300, 0.312, 0.291, 0.305, 0.296, 0.308)


def write(root: Path, loss: float, name: str = "a") -> None:
    train(root, name, test_loss=loss, test_accuracy=0.9)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A row that was trained six times on the main branch; the page moved in between."""
    root = tmp_path_factory.mktemp("trained") / "repo"
    write(root, LOSSES[0])
    run_cli(["refresh"], root)
    commit_all(root, "Train")
    page = root / "RESULTS.md"
    text = page.read_text()
    for at, loss in enumerate(LOSSES[1:]):
        write(root, loss)
        page.write_text(text.replace(f"{LOSSES[0]:.4f}", f"{loss:.4f}"))
        commit_all(root, f"Train, try {at}")
        if at == 2:
            (root / "docs").mkdir()
            page = page.rename(root / "docs" / "RESULTS.md")
            (root / "results-bot.toml").write_text('page = "docs/RESULTS.md"\n')
            commit_all(root, "Move the page")
    return root


@pytest.fixture
def repo(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "repo")


def blocking(root: Path, *arguments: str) -> tuple[int, list[str]]:
    document = json.loads(run_cli(["diff", *arguments, "--json"], root).out)
    kinds = [one["evidence"]["kind"] for one in document["findings"] if one["evidence"]]
    return document["blocking"], kinds


@pytest.mark.parametrize(("loss", "found"), [(0.318, (0, [])), (0.36, (1, ["earlier values"]))])
def test_a_new_value_is_judged_by_those_before(
    repo: Path, loss: float, found: tuple[int, list[str]]
) -> None:
    write(repo, loss)
    assert blocking(repo) == found
    # A branch does not feed its own noise, however often it trains.
    subprocess.run(["git", "checkout", "-qb", "feature"], cwd=repo, check=True)
    page = repo / "docs" / "RESULTS.md"
    text = page.read_text()
    for other in (0.36, 0.34, 0.37, 0.35, loss):
        write(repo, other)
        page.write_text(text.replace(f"{LOSSES[-1]:.4f}", f"{other:.4f}"))
        commit_all(repo, f"Try {other}")
    assert blocking(repo) == found


def test_the_hook_and_refresh_read_the_same_history(repo: Path) -> None:
    write(repo, 0.318)
    document = json.loads(run_cli(["refresh", "--check", "--json"], repo).out)
    assert document["findings"] == []
    assert document["changes"][0]["passed"].startswith("noise, p = ")


def test_a_shallow_checkout_is_named(repo: Path, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repo}", str(shallow)], check=True)
    write(shallow, 0.36)
    (finding,) = (
        one
        for one in json.loads(run_cli(["diff", "--json"], shallow).out)["findings"]
        if one["id"] == "metric-regressed"
    )
    assert finding["severity"] == "warning"
    assert "older versions of the page were not fetched" in finding["message"]
    assert "git fetch --unshallow" in run_cli(["noise"], shallow).out


def test_each_source_is_named(repo: Path) -> None:
    for seed, loss in enumerate((0.30, 0.32, 0.31)):
        write(repo, loss, f"folded_seed{seed}")
    train(repo, "counted", test_accuracy=0.8, test_num_samples=1000)
    train(repo, "evaluated", test_accuracy=0.7, test_accuracy_stderr=0.0125)
    found = json.loads(run_cli(["noise", "--json"], repo).out)
    sources = {(one["run"], one["metric"]): (one["source"], one["n"]) for one in found}
    assert sources["a", "test_loss"] == ("earlier values", 6)
    assert sources["folded", "test_loss"] == ("replicate seeds", 3)
    assert sources["counted", "test_accuracy"] == ("sample count", 1000)
    assert sources["evaluated", "test_accuracy"] == ("standard error", 0)
    assert sources["a", "test_accuracy"] == (None, 0)
    text = run_cli(["noise"], repo).out
    assert "6 earlier values  0.0078" in text
    assert "standard error  " in text
    assert "Nothing is known of 2 of 6 values." in text


@pytest.mark.parametrize(
    ("left", "known"),
    [
        ({"date": "2026-01-1{}", "git_commit": "{}1f2e3d"}, 5),
        ({"started_at": "2026-01-1{}T02:11:09", "duration": "0:4{}:32"}, 5),
        ({"took": "0:4{}:32", "latency": "6.{} ms"}, 5),
        ({"best_epoch": "1{}", "best_checkpoint": "ckpt/epoch={}.pt", "author": "a{}"}, 5),
        ({"lr": "0.{}"}, 0),
    ],
)
def test_only_inputs_of_a_training_cut_its_history(
    tmp_path: Path, left: dict[str, str], known: int
) -> None:
    root = tmp_path / "repo"
    for at in range(5):
        for name, loss in (("a", LOSSES[at]), ("b", 0.5)):
            write(root, loss, name)
            params = {key: text.format(at) for key, text in left.items()}
            (root / "experiments" / name / "config.json").write_text(json.dumps(params))
        if not at:
            table = f'[[sections]]\nid = "x"\nruns = ["experiments/*"]\nparameters = {[*left]}\n'
            (root / "results-bot.toml").write_text(table)
        run_cli(["refresh"], root)
        commit_all(root, f"Train, try {at}")
    found = json.loads(run_cli(["noise", "--json"], root).out)
    (loss,) = (one for one in found if (one["run"], one["metric"]) == ("a", "test_loss"))
    assert loss["n"] == known

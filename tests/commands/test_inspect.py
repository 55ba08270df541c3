"""`inspect`: what is found, by which reader, what is taken, what is left and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import run_cli

FILES = {
    "metrics.json": '{"accuracy": 0.5, "aux": 2, "converged": true, "loss": "1,5", "lr": 0.1}',
    "history.csv": "epoch,val_loss\n0,1.5\n1,0.25\n2,0.5\n",
    "broken.json": '{"accuracy": 0.5, "lo',
}
SAID = """\
runs/a/broken.json: is cut off in line 1: it was not written to its end
runs/a/history.csv (CSV): 3 numbers
    val_loss = 0.5 (last at step 2)
    best_val_loss = 0.25 (best at step 1)
    total_epochs = 3 (last)
runs/a/metrics.json (JSON, JSON lines): 2 numbers, 1 setting
    accuracy = 0.5 (final)
    aux = 2 (final; which way is better is not known)
    left out converged: is a yes or no
    left out loss: is text, not a number: 1,5

1 run:
  runs/a: finished, 5 numbers, 3 of them judged
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "runs/a").mkdir(parents=True)
    for name, text in FILES.items():
        (tmp_path / "runs/a" / name).write_text(text, "utf-8")
    return tmp_path


def test_what_it_tells_of_a_folder(project: Path) -> None:
    done = run_cli(["inspect", "runs/a"], project)
    assert (done.code, done.out, done.err) == (4, SAID, "")


def test_one_file(project: Path) -> None:
    done = run_cli(["inspect", "runs/a/history.csv"], project)
    assert done.code == 0
    assert done.out.endswith("\n1 run:\n  runs/a: finished, 3 numbers, 2 of them judged\n")


def test_a_file_without_numbers(project: Path) -> None:
    for content, why in (("{}", ": holds no numbers"), ("[]", "left out x.json: is an empty list")):
        (project / "x.json").write_text(content)
        assert why in run_cli(["inspect", "x.json"], project).out


def test_a_folder_whose_name_begins_with_a_dot(project: Path) -> None:
    (project / "runs").rename(project / ".benchmarks")
    done = run_cli(["inspect", ".benchmarks/a/history.csv"], project)
    assert done.out.startswith(".benchmarks/a/history.csv (CSV): 3 numbers\n")
    done = run_cli(["inspect", ".benchmarks"], project)
    assert done.out.endswith("\n1 run:\n  .benchmarks/a: finished, 5 numbers, 3 of them judged\n")


def test_as_json(project: Path) -> None:
    document = json.loads(run_cli(["inspect", "--json", "runs/a"], project).out)
    by_path = {one["path"].rpartition("/")[2]: one for one in document["files"]}
    assert by_path["metrics.json"]["taken"] == ["accuracy", "aux"]
    assert by_path["metrics.json"]["left_out"][0] == ["converged", "is a yes or no"]
    assert by_path["history.csv"]["reader"] == "CSV"
    assert by_path["broken.json"]["problem"].startswith("is cut off")
    assert document["runs"] == [{"path": "runs/a", "name": "a", "status": "finished"}]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere", "nowhere: there is nothing here"),
        ("empty", "empty: no reader wants anything here"),
    ],
)
def test_where_there_is_nothing(project: Path, path: str, said: str) -> None:
    (project / "empty").mkdir()
    done = run_cli(["inspect", path], project)
    assert done.code == 2
    assert done.line.startswith(f"results-bot: {said}")


def test_a_file_of_two_gigabytes_is_named_at_once(project: Path) -> None:
    with (project / "runs/a/metrics.json").open("r+b") as file:
        file.truncate(2_000_000_000)
    done = run_cli(["inspect", "runs/a/metrics.json"], project)
    assert done.code == 4
    assert done.out == (
        "runs/a/metrics.json: is 2,000.0 MB, over the cap of 64.0 MB (max-file-size-mb)\n"
        "\n1 run:\n  runs/a: unfinished, 0 numbers\n"
    )

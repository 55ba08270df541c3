from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from math import inf, isnan
from pathlib import Path

import pytest
from results_bot.collect.file import UnreadableError
from results_bot.collect.readers import mlflow
from results_bot.model import Kind, Status

from tests.collect.readers.recorded import by_name, gathered, put, read_bytes, values

RUN = "mlruns/1/0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("store", ["mlflow_files", "mlflow_sqlite"])
def test_recorded_store(store: str, tmp_path: Path) -> None:
    found = gathered(put(store, tmp_path))
    runs = by_name(found)
    assert {name: run.status for name, run in runs.items()} == {
        "adam": Status.FINISHED,
        "child": Status.FINISHED,
        "broken": Status.FAILED,
        "gone": Status.DELETED,
    }
    adam = values(runs["adam"])
    assert isnan(adam.pop("bad"))
    assert adam == {
        "test_accuracy": 0.91,
        "test_f1": 0.88,
        "train_loss": 1 / 3,
        "best_train_loss": 1 / 3,
        "val_loss": 0.4,
        "best_val_loss": 0.3,
        "worse": inf,
    }
    best = runs["adam"].readings["best_val_loss"]
    assert (best.kind, best.step) == (Kind.BEST, 1)
    started = {"date": "2026-11-24"}
    assert runs["adam"].params == {"lr": 0.1, "model": "cnn", "note": "", **started}
    assert "digits" in found.titles.values()
    assert not found.problems
    assert not found.remarks


def test_the_commit_that_a_run_was_trained_from(tmp_path: Path) -> None:
    put("mlflow_files", tmp_path / "files")
    for folder in (tmp_path / "files").rglob("tags"):
        (folder / "mlflow.source.git.commit").write_text("c0ffee")
    stored = put("mlflow_sqlite", tmp_path / "database")
    with closing(sqlite3.connect(stored / "mlflow.db")) as database:
        tag = "INSERT INTO tags (run_uuid, key, value) SELECT run_uuid, ?, 'c0ffee' FROM runs"
        database.execute(tag, ("mlflow.source.git.commit",))
        database.commit()
    for store in ("files", "database"):
        runs = by_name(gathered(tmp_path / store))
        assert runs["adam"].params["git_commit"] == "c0ffee", store


def test_predictions_among_the_artifacts_are_evidence(tmp_path: Path) -> None:
    adam = by_name(gathered(put("mlflow_files", tmp_path)))["adam"]
    assert [path.rpartition("/")[2] for path in adam.predictions] == ["test_predictions.csv"]


def test_a_run_in_both_stores_is_one_run(tmp_path: Path) -> None:
    put("mlflow_sqlite", tmp_path)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        [run_id] = database.execute("SELECT run_uuid FROM runs WHERE name = 'adam'").fetchone()
    folder = tmp_path / "elsewhere/7" / run_id
    (folder / "metrics").mkdir(parents=True)
    (folder / "metrics/test_accuracy").write_text("1700000000000 0.91 0\n")
    assert len(by_name(gathered(tmp_path))) == 4


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (b"30 0.1 2\n10 0.3 5\n20 0.2 5\n40 0.4 1\n", (0.2, 5)),
        (b"10 0.3 0\n20 0.2 1\n30 0.", (0.2, 1)),  # The last line was cut off.
        (b"1500000000 0.5\n", (0.5, 0)),  # The oldest stores have no step.
    ],
)
def test_last_is_by_step_and_time_not_by_line(lines: bytes, last: tuple[float, int]) -> None:
    [found] = read_bytes(f"{RUN}/metrics/loss", lines)
    assert (found.readings[0].value, found.readings[0].step) == last
    assert found.root == RUN


@pytest.mark.parametrize("line", [b"nonsense", b"1 2 3 4 5", b"1 x 1", b"1 1 " + b"9" * 30])
def test_a_line_in_the_middle_that_is_none_is_an_error(line: bytes) -> None:
    with pytest.raises(UnreadableError, match="line 1 is not"):
        read_bytes(f"{RUN}/metrics/loss", line + b"\n1 0.5 1\n")


@pytest.mark.parametrize(
    ("status", "stage", "expected"),
    [
        ("1", "active", Status.UNFINISHED),
        ("3", "active", Status.FINISHED),
        ("4", "active", Status.FAILED),
        ("5", "active", Status.FAILED),
        ("3", "deleted", Status.DELETED),
        ("FINISHED", "active", Status.FINISHED),
    ],
)
def test_status(status: str, stage: str, expected: Status) -> None:
    meta = f"artifact_uri: x\nstatus: {status}\nlifecycle_stage: {stage}\nrun_name: a\n"
    [found] = read_bytes(f"{RUN}/meta.yaml", meta.encode())
    assert (found.status, found.name) == (expected, "a")


def test_a_deleted_experiment_lies_in_the_trash() -> None:
    meta = b"artifact_uri: x\nstatus: 3\nlifecycle_stage: active\n"
    [found] = read_bytes(RUN.replace("mlruns/", "mlruns/.trash/") + "/meta.yaml", meta)
    assert found.status is Status.DELETED


def test_what_only_repeats_is_not_counted(tmp_path: Path) -> None:
    put("mlflow_files", tmp_path)
    for repeated in ("models", "traces", "datasets"):
        assert not any("only_here" in values(run) for run in gathered(tmp_path).runs)
        for folder in tmp_path.rglob(repeated):
            shutil.rmtree(folder)
    assert len(by_name(gathered(tmp_path))) == 4


@pytest.mark.parametrize(
    ("path", "claimed"),
    [
        (f"{RUN}/metrics/val/top-1 accuracy", True),
        (f"{RUN}/params/lr", True),
        (f"{RUN}/meta.yaml", True),
        (f"{RUN}/tags/mlflow.user", False),
        (f"{RUN}/artifacts/model.pkl", False),
        (f"{RUN}/artifacts/eval/metrics.json", True),
        ("experiments/a/metrics/loss", False),
        ("experiments/a/params.yaml", False),
    ],
)
def test_claims_the_layout(path: str, claimed: bool) -> None:
    assert mlflow.claims(path) is claimed


def test_a_file_that_only_looks_like_a_store_goes_to_others() -> None:
    [found] = read_bytes("experiments/12/meta.yaml", b"accuracy: 0.5\n")
    assert [reading.name for reading in found.readings] == ["accuracy"]


def test_another_programs_database_is_nobodys(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "cache.db")) as database:
        database.execute("CREATE TABLE runs (run_uuid TEXT)")
    assert gathered(tmp_path).runs == ()


def test_names_with_slashes_stay_in_their_place(tmp_path: Path) -> None:
    put("mlflow_sqlite", tmp_path)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute("UPDATE runs SET run_uuid = '../../x' WHERE name = 'gone'")
        database.commit()
    assert all(".." not in run.path.split("/") for run in gathered(tmp_path).runs)


def test_a_database_with_a_write_ahead_log_is_read_without_it(tmp_path: Path) -> None:
    put("mlflow_sqlite", tmp_path)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
    data = (tmp_path / "mlflow.db").read_bytes()
    found = read_bytes("mlflow.db", data)
    assert any("-wal" in reason for piece in found for _, reason in piece.left_out)
    assert len(by_name(gathered(tmp_path))) == 4


def test_a_truncated_database_is_an_error(tmp_path: Path) -> None:
    data = (put("mlflow_sqlite", tmp_path) / "mlflow.db").read_bytes()
    for size in (50, 5_000, len(data) // 2):
        with pytest.raises(UnreadableError, match="SQLite"):
            read_bytes("mlflow.db", data[:size])

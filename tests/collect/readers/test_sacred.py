from __future__ import annotations

import json
from math import isnan
from pathlib import Path

import pytest
from results_bot.collect.file import UnreadableError
from results_bot.collect.readers import sacred
from results_bot.model import Status

from tests.collect.readers.recorded import by_name, file_of, gathered, put, read_bytes, values

SERIES = {"steps": [0, 1], "timestamps": ["a", "b"], "values": [0.5, 0.25]}


def test_recorded_runs(tmp_path: Path) -> None:
    runs = by_name(gathered(put("sacred", tmp_path), "sacred"))
    assert [run.path for run in runs.values()] == ["sacred/1", "sacred/2"]
    done, failed = runs["digits 1"], runs["digits 2"]
    assert (done.status, failed.status) == (Status.FINISHED, Status.FAILED)
    shown = values(done)
    assert isnan(shown.pop("bad"))
    assert shown == {"val_loss": 0.4, "best_val_loss": 0.3, "test_f1": 0.7, "result": 0.91}
    assert done.readings["best_val_loss"].step == 1
    assert "result" not in failed.readings
    assert (done.params["lr"], done.params["date"]) == (0.1, "2026-11-24")
    assert failed.params["fail"] is True


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("COMPLETED", Status.FINISHED),
        ("RUNNING", Status.UNFINISHED),
        ("INTERRUPTED", Status.FAILED),
        ("TIMEOUT", Status.FAILED),
    ],
)
def test_status(status: str, expected: Status) -> None:
    document = {"experiment": {"name": "a"}, "status": status, "heartbeat": None, "result": 0.5}
    [found] = read_bytes("sacred/3/run.json", json.dumps(document).encode())
    assert (found.status, found.name) == (expected, "a 3")


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("run.json", {"status": "COMPLETED", "accuracy": 0.5}),
        ("metrics.json", {"accuracy": 0.5}),
        ("metrics.json", {"loss": SERIES, "accuracy": 0.5}),
        ("info.json", {"accuracy": 0.5}),
        ("config.json", {"lr": 0.5}),
    ],
)
def test_other_peoples_files_go_to_others(name: str, document: object) -> None:
    assert sacred.read(file_of(f"a/{name}", json.dumps(document).encode())) is None


def test_series_of_two_lengths_are_an_error() -> None:
    broken = {"loss": {**SERIES, "values": [0.5]}}
    with pytest.raises(UnreadableError, match="2 steps and 1 values"):
        read_bytes("a/metrics.json", json.dumps(broken).encode())


def test_pickled_objects_are_never_built() -> None:
    data = b'{"accuracy": {"py/reduce": [{"py/type": "os.system"}, {"py/tuple": ["false"]}]}}'
    [found] = read_bytes("a/info.json", data)
    assert found.readings == ()


def test_pickled_objects_in_each_other_without_end_are_an_error() -> None:
    data = b'{"py/a":' * 500 + b"1" + b"}" * 500
    with pytest.raises(UnreadableError, match="nested"):
        read_bytes("a/info.json", data)

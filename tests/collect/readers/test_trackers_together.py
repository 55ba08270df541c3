from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from tests.collect.readers.recorded import gathered, put

RUNS = {
    "mlflow_files": 4,
    "optuna": 7,
    "sacred": 2,
    "tensorboard": 3,
    "wandb_offline": 2,
    "wandb_online": 1,
    "aim": 0,
}


def test_all_trackers_in_one_tree(tmp_path: Path) -> None:
    for fixture in RUNS:
        put(fixture, tmp_path / "experiments" / fixture)
    started = time.perf_counter()
    found = gathered(tmp_path, "experiments")
    assert time.perf_counter() - started < 5
    count = Counter(run.path.split("/")[1] for run in found.runs)
    assert count == {fixture: n for fixture, n in RUNS.items() if n}
    assert not found.problems
    assert [remark.file for remark in found.remarks] == ["experiments/aim/.aim/VERSION"]


def test_nothing_of_the_recording_machine_is_kept() -> None:
    from tests.collect.readers.recorded import DATA

    for fixture in (*RUNS, "mlflow_sqlite"):
        for file in (DATA / fixture).rglob("*"):
            if file.is_file() and file.suffix != ".gz":
                data = file.read_bytes()
                assert b"/tmp/" not in data, file
                assert b"/root/" not in data, file

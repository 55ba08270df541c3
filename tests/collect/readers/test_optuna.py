from __future__ import annotations

from math import inf
from pathlib import Path

import pytest
from results_bot.model import Direction, Run, Status

from tests.collect.readers.recorded import gathered, put, values

STATUS = [Status.FINISHED, Status.PRUNED, Status.FAILED, Status.FAILED, Status.FINISHED]


def _runs(folder: Path, *kept: str) -> dict[str, Run]:
    put("optuna", folder)
    for file in folder.iterdir():
        if file.name not in kept:
            file.unlink()
    return {run.path: run for run in gathered(folder).runs}


@pytest.mark.parametrize(
    ("file", "study"),
    [("optuna.db", "hpo"), ("trials.csv", "trials"), ("multi_index.csv", "multi_index")],
)
def test_each_trial_is_a_run(file: str, study: str, tmp_path: Path) -> None:
    runs = _runs(tmp_path, file)
    trials = [runs[f"{file}/{study}/trial_{number}"] for number in range(5)]
    assert [trial.status for trial in trials] == STATUS
    assert f"{file}/{study}/trial_5" not in runs, "a waiting trial has not begun"
    assert trials[0].name == "trial_0"
    first = values(trials[0])
    assert first == {"value": trials[0].params["x"], "test_accuracy": 1 - first["value"]}
    assert "value" in trials[1].readings, "pruned trials carry their last value"
    assert "value" not in trials[2].readings, "a NaN objective has failed"
    assert trials[4].readings["value"].value == inf
    assert set(trials[0].params) == {"x", "optimizer", "layers", "note"}
    assert trials[0].params["optimizer"] in ("adam", "sgd")
    assert trials[0].params["layers"] in (1, 2, 3, 4)


def test_several_objectives_have_their_names(tmp_path: Path) -> None:
    runs = _runs(tmp_path, "optuna.db")
    loss, accuracy = runs["optuna.db/both/trial_0"].readings.values()
    assert (loss.name, loss.direction) == ("loss", Direction.LOWER)
    assert (accuracy.name, accuracy.direction) == ("accuracy", Direction.HIGHER)
    again = _runs(tmp_path, "both.csv")["both.csv/both/trial_0"]
    assert values(again) == values(runs["optuna.db/both/trial_0"])


def test_database_and_tables_together_count_once(tmp_path: Path) -> None:
    put("optuna", tmp_path)
    found = gathered(tmp_path)
    assert len(found.runs) == 7
    assert not found.remarks
    with_value = [run for run in found.runs if "value" in run.readings]
    assert {run.readings["value"].direction for run in with_value} == {Direction.LOWER}


def test_a_table_with_a_state_but_no_value_is_no_study(tmp_path: Path) -> None:
    (tmp_path / "states.csv").write_text("number,state,accuracy\n1,open,0.5\n2,shut,0.7\n")
    assert not any("trial" in run.name for run in gathered(tmp_path).runs)

"""Rows that do not fit: each is read by the names above it or left out, and named in a remark."""

from __future__ import annotations

from pathlib import Path

import pytest
from results_bot.collect.file import UnreadableError

from tests.collect.readers.recorded import gathered, read_bytes

NO_REMARK = ""
CASES = {
    "a resumed training logs more columns": (
        "log.csv",
        "epoch,loss,lr\n1,0.5,0.1\n2,0.4,0.1\nepoch,loss,val_acc,lr\n3,0.3,0.9,0.1\n4,0.2,0.8,0.1\n",
        {"loss": 0.2, "val_acc": 0.8, "best_val_acc": 0.9, "total_epochs": 4},
        "line 4 is another header; the rows below are read by it",
    ),
    "its columns moved": (
        "log.csv",
        "epoch,loss,val_acc\n1,0.5,0.8\n\nepoch,val_acc,loss\n2,0.9,0.4\n",
        {"loss": 0.4, "val_acc": 0.9, "best_loss": 0.4, "total_epochs": 2},
        "line 4 is another header; the rows below are read by it",
    ),
    "the same header once more": (
        "log.csv",
        "epoch,loss\n1,0.5\nepoch,loss\n2,0.4\n",
        {"loss": 0.4, "total_epochs": 2},
        NO_REMARK,
    ),
    "a training that begins again": (
        "log.csv",
        "epoch,val_loss\n1,0.5\n2,0.1\n3,0.2\n1,0.6\n2,0.4\n",
        {"val_loss": 0.4, "best_val_loss": 0.4, "total_epochs": 2},
        "holds 2 trainings, each from step 1; the last is shown",
    ),
    "in JSON lines as well": (
        "log.jsonl",
        '{"epoch": 0, "loss": 0.1}\n{"epoch": 1, "loss": 0.2}\n{"epoch": 0, "loss": 0.4}\n',
        {"loss": 0.4, "best_loss": 0.4, "total_epochs": 1},
        "holds 2 trainings, each from step 0; the last is shown",
    ),
    "a test after the training has the count 0": (
        "log.csv",
        "epoch,val_loss,test_acc\n0,0.5,\n1,0.4,\n0,,0.9\n",
        {"val_loss": 0.4, "test_acc": 0.9, "total_epochs": 2},
        NO_REMARK,
    ),
    "a row of two writers": (
        "log.csv",
        "epoch,val_acc\n1,0.5\n2,0.62,0.7\n3,0.7\n",
        {"val_acc": 0.7, "best_val_acc": 0.7, "total_epochs": 3},
        "has 3 cells in line 3, under 2 names: left out",
    ),
    "a comma at the end of each row": (
        "log.csv",
        "epoch,val_acc\n1,0.5,\n2,0.6,\n",
        {"val_acc": 0.6, "total_epochs": 2},
        NO_REMARK,
    ),
    "a repeated column": (
        "log.csv",
        "epoch,acc,acc\n1,0.5,0.6\n2,0.7,0.8\n",
        {"acc": 0.8, "total_epochs": 2},
        "`acc` names several columns; the last of them counts",
    ),
    "a repeated column of equal cells": (
        "log.csv",
        "epoch,acc,acc\n1,0.5,0.5\n2,0.7,0.7\n",
        {"acc": 0.7, "total_epochs": 2},
        NO_REMARK,
    ),
    "comments above the header": (
        "log.csv",
        '# run 7, seed 1\n#{"env": "x"}\nepoch,val_acc\n1,0.5\n2,0.6\n',
        {"val_acc": 0.6, "total_epochs": 2},
        NO_REMARK,
    ),
    "the comment is the header, as numpy.savetxt writes it": (
        "log.csv",
        "# epoch,val_acc\n1,0.5\n2,0.6\n",
        {"val_acc": 0.6, "total_epochs": 2},
        NO_REMARK,
    ),
    "a last row cut in mid-write": (
        "log.csv",
        "epoch,lr,val_loss\n0,0.1,1.5\n1,0.1,0.25\n2,0.",
        {"val_loss": 0.25, "total_epochs": 2},
        "the last row was not written to its end and is left out",
    ),
    "a last cell cut behind its point": (
        "log.csv",
        "epoch,val_nll\n1,0.5\n2,0.25\n3,0.",
        {"val_nll": 0.25, "total_epochs": 2},
        "the last row was not written to its end and is left out",
    ),
    "a last cell cut behind its exponent": (
        "log.csv",
        "epoch,val_nll\n1,0.5\n2,0.25\n3,1e-",
        {"val_nll": 0.25, "total_epochs": 2},
        "the last row was not written to its end and is left out",
    ),
    "a last cell cut behind its sign": (
        "log.csv",
        "epoch,val_nll\n1,-0.5\n2,0.25\n3,-",
        {"val_nll": 0.25, "total_epochs": 2},
        "the last row was not written to its end and is left out",
    ),
    "a last cell that ends with a point as others do": (
        "log.csv",
        "epoch,val_nll\n1,2.\n2,1.",
        {"val_nll": 1.0, "total_epochs": 2},
        NO_REMARK,
    ),
    "a last cell without a value": (
        "log.csv",
        "epoch,val_acc,val_f1\n1,0.5,0.5\n2,0.6,-",
        {"val_acc": 0.6, "val_f1": 0.5, "total_epochs": 2},
        NO_REMARK,
    ),
    "a last line cut in mid-write": (
        "log.jsonl",
        '{"epoch": 1, "val_loss": 0.5}\n{"epoch": 2, "val_lo',
        {"val_loss": 0.5, "total_epochs": 1},
        "the last line was not written to its end and is left out",
    ),
    "two objects on a line": (
        "log.jsonl",
        '{"epoch": 1, "val_acc": 0.5}{"epoch": 2, "val_acc": NaN}\n{"epoch": 3, "val_acc": 0.4}\n',
        {"val_acc": 0.4, "best_val_acc": 0.5, "total_epochs": 3},
        "line 1 holds 2 objects; each was read",
    ),
    "a loss that was lost for a while": (
        "log.csv",
        "epoch,loss\n1,0.5\n2,nan\n3,0.25\n4,0.2\n",
        {"loss": 0.2, "best_loss": 0.2, "total_epochs": 4},
        "`loss` is NaN at 1 of 4 steps, but not at the last",
    ),
    "a metric that is not computed at every step": (
        "log.csv",
        "epoch,val_acc\n1,0.5\n2,nan\n3,0.25\n",
        {"val_acc": 0.25, "best_val_acc": 0.5, "total_epochs": 3},
        NO_REMARK,
    ),
    "no header": (
        "results.csv",
        "0.5,0.25\n0.75,0.5\n",
        {},
        "has no header: what its columns are is not known",
    ),
    "a matrix has none": ("confusion_matrix.csv", "5,1\n2,7\n", {}, NO_REMARK),
    "a repeated run name": (
        "results.csv",
        "model,acc\nbert,0.5\nbert,0.75\ngpt,0.5\n",
        {"acc": 0.75},
        "`bert` names more than one row; the last one counts",
    ),
    "a repeated key": (
        "metrics.json",
        '{"acc": 0.4, "acc": 0.5}',
        {"acc": 0.5},
        "`acc` is more than once in one object; the last one counts",
    ),
    "a repeated key in an inner object": (
        "metrics.json",
        '{"a": {"f1": 1}, "b": {"acc": 0.5, "loss": 1, "loss": 2}}',
        {"a.f1": 1, "b.acc": 0.5, "b.loss": 2},
        "`loss` is more than once in one object; the last one counts",
    ),
}


@pytest.mark.parametrize(("name", "text", "values", "remark"), CASES.values(), ids=CASES)
def test_values_and_the_remark(name: str, text: str, values: dict[str, float], remark: str) -> None:
    found, *_ = read_bytes(f"runs/a/{name}", text)
    read = {reading.name: reading.value for reading in found.readings}
    assert {one: read[one] for one in values} == values
    assert found.remarks == ((remark,) if remark else ())


def test_a_log_that_ended_with_nan_beside_a_final_number(tmp_path: Path) -> None:
    folder = tmp_path / "runs/a"
    folder.mkdir(parents=True)
    (folder / "log.csv").write_text("epoch,val_loss\n1,0.5\n2,nan\n", "utf-8")
    (folder / "metrics.json").write_text('{"val_loss": 0.5}', "utf-8")
    found = gathered(tmp_path)
    assert found.runs[0].readings["val_loss"].value == 0.5
    [remark] = found.remarks
    assert (remark.file, remark.reason) == (
        "runs/a/log.csv",
        "`val_loss` is NaN at the end of the log and 0.5 in runs/a/metrics.json",
    )


@pytest.mark.parametrize(
    ("metric", "best", "final", "is_far"),
    [
        ("val_accuracy", 0.41, 0.82, True),
        ("val_accuracy", 0.80, 0.82, False),
        ("val_accuracy", 0.82, 0.41, False),  # The last checkpoint, or a harder evaluation.
        ("val_accuracy", 80.0, 82.0, False),
        ("val_loss", 0.9, 0.4, True),
        ("val_loss", 0.9, 0.6, False),
        ("val_loss", 0.4, 0.9, False),
    ],
)
def test_a_final_number_that_its_log_never_came_near(
    metric: str, best: float, final: float, is_far: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "runs/a"
    folder.mkdir(parents=True)
    (folder / "log.csv").write_text(f"epoch,{metric}\n1,{best}\n2,{best}\n", "utf-8")
    (folder / "metrics.json").write_text(f'{{"{metric}": {final}}}', "utf-8")
    found = gathered(tmp_path)
    assert found.runs[0].readings[metric].value == final
    reason = f"`{metric}` is {best} at best here and {final} in runs/a/metrics.json; "
    assert [
        one.reason.removesuffix("is that of an earlier training?") for one in found.remarks
    ] == ([reason] if is_far else [])


def test_a_log_that_ends_with_unnamed_cells_is_refused() -> None:
    """Its last values are not known: those of the rows above would be stale."""
    text = b"epoch,val_acc\n1,0.5\n2,0.6,0.1\n3,0.7,0.2\n"
    with pytest.raises(UnreadableError, match="has 3 cells in line 3, under 2 names: which is"):
        read_bytes("runs/a/log.csv", text)

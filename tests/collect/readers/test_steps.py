"""Last and best values of a log, and the choice of the best step."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from results_bot.collect import steps
from results_bot.collect.file import UnreadableError
from results_bot.collect.flatten import MAX_LEAVES
from results_bot.model import Direction, Kind, Reading

from tests.collect.readers.recorded import file_of

Records = list[dict[str, Any]]


def read(records: Records, split: str | None = None) -> dict[str, Reading]:
    return {one.name: one for one in steps.of_records(records, file_of("log.csv", b"-"), split)}


def log(**columns: list[Any]) -> Records:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def test_an_arrow_states_which_step_is_best() -> None:
    found = read(log(epoch=[1, 2, 3], **{"Forget Acc ↓": [0.5, 0.1, 0.2]}))
    assert {one.direction for one in found.values() if "Acc" in one.name} == {Direction.LOWER}
    assert found["Forget.Acc"].value == 0.2
    assert found["best_Forget.Acc"].value == 0.1


TEST_BEST: list[tuple[str, Records, tuple[int | None, float] | None]] = [
    (
        "the twin in validation chooses, not the test metric's own best",
        log(epoch=[1, 2, 3], val_acc=[0.5, 0.9, 0.8], test_acc=[0.95, 0.7, 0.6]),
        (2, 0.7),
    ),
    (
        "the twin chooses before the loss",
        log(epoch=[1, 2], val_loss=[1.0, 2.0], val_acc=[0.5, 0.9], test_acc=[0.1, 0.2]),
        (2, 0.2),
    ),
    (
        "without a twin the validation loss chooses",
        log(epoch=[1, 2, 3], val_loss=[3.0, 1.0, 2.0], test_acc=[0.9, 0.5, 0.8]),
        (2, 0.5),
    ),
    (
        "`eval` and `dev` are validation too",
        log(step=[10, 20], eval_loss=[1.0, 2.0], test_acc=[0.4, 0.8]),
        (10, 0.4),
    ),
    (
        "without validation nothing may choose",
        log(epoch=[1, 2], train_loss=[2.0, 1.0], test_acc=[0.9, 0.5]),
        None,
    ),
    (
        "no test value at the chosen step",
        log(epoch=[1, 2, 3], val_loss=[3.0, 1.0, 2.0], test_acc=[0.9, "", 0.8]),
        None,
    ),
    (
        "names with slashes have twins too",
        log(epoch=[1, 2], **{"val/acc": [0.9, 0.5], "test/acc": [0.1, 0.5]}),
        (1, 0.1),
    ),
    (
        "NaN never wins",
        log(epoch=[1, 2], val_loss=["nan", 2.0], test_acc=[0.9, 0.5]),
        (2, 0.5),
    ),
    (
        "the values of one epoch may stand in two rows",
        [
            {"epoch": 1, "val_loss": 2.0},
            {"epoch": 1, "test_acc": 0.3},
            {"epoch": 2, "val_loss": 1.0},
            {"epoch": 2, "test_acc": 0.2},
        ],
        (2, 0.2),
    ),
]


@pytest.mark.parametrize(
    ("records", "expected"), [case[1:] for case in TEST_BEST], ids=[case[0] for case in TEST_BEST]
)
def test_validation_chooses(records: Records, expected: tuple[int | None, float] | None) -> None:
    found = read(records)
    best = found.get("best_test_acc")
    assert (None if best is None else (best.step, best.value)) == expected
    assert best is None or best.kind is Kind.BEST
    assert found["test_acc"].kind is Kind.LAST


def test_a_log_of_the_test_split_alone_has_last_values_only() -> None:
    found = read(log(epoch=[1, 2], accuracy=[0.9, 0.5]), split="test")
    assert found["test_accuracy"].value == 0.5
    assert "best_test_accuracy" not in found


def test_blanks_are_passed_over() -> None:
    found = read(log(epoch=[1, 2, 3], val_loss=["1.0", "0.5", ""], train_loss=["3", "", "1"]))
    assert (found["val_loss"].value, found["val_loss"].step) == (0.5, 2)
    assert (found["train_loss"].value, found["train_loss"].step) == (1.0, 3)


@pytest.mark.parametrize(
    ("epochs", "total"),
    [
        ([0, 1, 2], 3),
        ([1, 2, 3], 3),
        ([0, 0, 1, 1], 2),
        ([0, 1, 2, 0, 1, 2], 3),
        ([1, 2, 1, 2, 3], 3),
        ([0, 1, 2, 1, 2, 3], 4),
        ([5, 6, 7], 7),
        ([0, "nan", 1], 2),
    ],
)
def test_number_of_epochs(epochs: list[Any], total: int) -> None:
    found = read(log(epoch=epochs, loss=[1.0] * len(epochs)))
    assert found["total_epochs"].value == total


def test_a_name_on_every_line_is_data() -> None:
    with pytest.raises(UnreadableError, match="columns"):
        read([{"step": index, f"m{index}": 1.0} for index in range(MAX_LEAVES + 1)])


def test_a_log_of_many_names_takes_no_cell_for_each_name_in_each_record() -> None:
    records = [{"step": index, f"loss_{index}": 1.0} for index in range(2_000)]
    tracemalloc.start()
    try:
        assert len(read(records)) == 2 * len(records)
        assert tracemalloc.get_traced_memory()[1] < 8 * len(records) ** 2 / 4
    finally:
        tracemalloc.stop()

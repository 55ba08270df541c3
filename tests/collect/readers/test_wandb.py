from __future__ import annotations

import json
import shutil
import struct
import zlib
from math import isnan
from pathlib import Path

import pytest
from results_bot.collect.file import UnreadableError
from results_bot.collect.readers import wandb
from results_bot.model import Direction, Kind, Status

from tests.collect.readers.recorded import (
    DATA,
    by_name,
    field,
    file_of,
    gathered,
    put,
    read_bytes,
    values,
)

EXPECTED = {
    "train_loss": 1 / 3,
    "best_train_loss": 1 / 3,
    "val_loss": 0.4,
    "best_val_loss": 0.3,
    "nested.f1": 0.7,
    "best_nested.f1": 0.7,
    "test_accuracy": 0.913,
}
SUMMARY = ("train_loss", "best_val_loss", "nested.f1", "test_accuracy")
HEADER = b":W&B\xe1\xbe\0"
RUN = "wandb/offline-run-20240101_120000-abc/run-abc.wandb"


@pytest.mark.parametrize(
    ("fixture", "logs", "status", "expected"),
    [
        ("wandb_offline", True, {"calm-river-1": "finished", "crashed": "failed"}, EXPECTED),
        ("wandb_online", True, {"calm-river-2": "finished"}, EXPECTED),
        ("wandb_online", False, {}, {name: EXPECTED[name] for name in SUMMARY}),
    ],
)
def test_log_and_summary_count_once_and_each_alone_will_do(
    fixture: str,
    logs: bool,
    status: dict[str, str],
    expected: dict[str, float],
    tmp_path: Path,
) -> None:
    put(fixture, tmp_path)
    for log in tmp_path.rglob("*.wandb") if not logs else ():
        log.unlink()
    found = gathered(tmp_path)
    runs = by_name(found)
    assert not logs or {name: str(run.status) for name, run in runs.items()} == status
    run = next(iter(runs.values()))
    shown = values(run)
    assert isnan(shown.pop("bad"))
    assert shown == expected
    assert run.readings["best_val_loss"].kind is Kind.BEST
    assert run.params == {"lr": 0.1, "model.depth": 3}
    assert not found.remarks
    if fixture == "wandb_offline":
        assert run.readings["best_val_loss"].step == 1
        assert run.readings["val_loss"].direction is Direction.LOWER


@pytest.mark.parametrize(
    ("add", "metric", "value"),
    [
        ({}, "train_loss", 1 / 3),
        ({"wandb/run-29990101_000000-{id}/files/wandb-summary.json": '{"train/loss": 0.25}'},
         "train_loss", 0.25),
        ({"{folder}/files/wandb-metadata.json": '{"cpu_count": 8, "accuracy": 0.1}'},
         "accuracy", None),
        ({"{folder}/files/media/table/t.table.json": '{"accuracy": 0.2}'}, "accuracy", None),
    ],
)  # fmt: skip
def test_one_run_in_several_folders_and_files(
    add: dict[str, str], metric: str, value: float | None, tmp_path: Path
) -> None:
    """A resumed run has a folder more; what W&B notes of the machine is no metric."""
    put("wandb_online", tmp_path)
    [folder] = (tmp_path / "wandb").iterdir()
    for path, text in add.items():
        run_id = folder.name.rpartition("-")[2]
        file = tmp_path / path.format(id=run_id, folder=folder)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "wandb/latest-run").symlink_to(folder.name)
    found = gathered(tmp_path)
    [run] = found.runs
    assert values(run).get(metric) == value
    assert found.problems == found.remarks == ()


def _recorded() -> bytes:
    [log] = (DATA / "wandb_online").rglob("*.wandb")
    return log.read_bytes()


def test_a_log_that_is_cut_off_is_an_unfinished_run() -> None:
    data = _recorded()
    for size in range(7, len(data), 7):
        [found] = read_bytes(RUN, data[:size])
        assert len(found.readings) <= 12
        assert found.status is Status.UNFINISHED


def test_damage_with_more_to_come_is_an_error() -> None:
    data = bytearray(_recorded())
    data[100] ^= 0xFF
    with pytest.raises(UnreadableError, match="damaged"):
        read_bytes(RUN, bytes(data))


def test_a_foreign_file_is_nobodys() -> None:
    assert wandb.read(file_of(RUN, b"something else")) is None


def _piece(data: bytes, kind: int) -> bytes:
    return struct.pack("<IHB", zlib.crc32(bytes([kind]) + data), len(data), kind) + data


def _history(**values: object) -> bytes:
    items = b"".join(
        field(1, field(2, key.encode()) + field(16, json.dumps(value).encode()))
        for key, value in values.items()
    )
    return field(2, items)


def _log(*records: bytes) -> bytes:
    return HEADER + b"".join(_piece(record, 1) for record in records)


def test_a_record_over_several_blocks_is_put_together() -> None:
    record = _history(text="x" * 90_000, accuracy=0.5)
    first = 32_768 - 7 - 7
    data = HEADER + _piece(record[:first], 2)
    middle = 32_768 - 7
    data += _piece(record[first : first + middle - 3], 3) + b"\0" * 3
    data += _piece(record[first + middle - 3 :], 4)
    [found] = read_bytes(RUN, data)
    assert [(r.name, r.value) for r in found.readings] == [("accuracy", 0.5)]


def test_pieces_out_of_order_are_an_error() -> None:
    for kinds in ((2, 1), (3, 1), (4, 1), (2, 2)):
        data = HEADER + b"".join(_piece(_history(a=1), kind) for kind in kinds)
        with pytest.raises(UnreadableError, match="out of order"):
            read_bytes(RUN, data)


def test_space_reserved_and_never_written_is_the_end() -> None:
    data = _log(_history(_step=0, accuracy=0.5)) + b"\0" * 70_000
    [found] = read_bytes(RUN, data)
    assert found.readings[0].value == 0.5


def test_keys_too_deep_and_text_for_numbers() -> None:
    deep: object = 1
    for _ in range(100):
        deep = {"a": deep}
    [found] = read_bytes(RUN, _log(_history(deep=deep, loss="0.5", on=True, _hidden=3)))
    assert [(r.name, r.value) for r in found.readings] == [("loss", 0.5)]


def test_a_sound_frame_with_nonsense_inside_is_an_error() -> None:
    with pytest.raises(UnreadableError, match="not a W&B log"):
        read_bytes(RUN, _log(b"\x0f\xff\xff"))


def test_names_are_made_harmless(tmp_path: Path) -> None:
    put("wandb_offline", tmp_path)
    shutil.rmtree(tmp_path / "wandb")
    record = field(17, field(8, b"a\nb\x1b[31m"))
    folder = tmp_path / RUN.rpartition("/")[0]
    folder.mkdir(parents=True)
    (tmp_path / RUN).write_bytes(_log(record, _history(accuracy=0.5)))
    [run] = gathered(tmp_path).runs
    assert run.name == "a\u240ab\u241b[31m"
    assert run.status is Status.UNFINISHED

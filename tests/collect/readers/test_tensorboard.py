from __future__ import annotations

import struct
from math import inf, isnan
from pathlib import Path

import pytest
from results_bot.collect import protobuf
from results_bot.collect.file import UnreadableError
from results_bot.collect.readers.tensorboard import masked_crc
from results_bot.model import Run, Status

from tests.collect.readers.recorded import DATA, field, gathered, put, read_bytes, values, varint

RUN = "runs/a/events.out.tfevents.1700000000.host"
SIMPLE = DATA / "tensorboard/runs/simple/events.out.tfevents.1700000000.host.1.0"


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, Run]:
    found = gathered(put("tensorboard", tmp_path), "runs")
    assert not found.problems
    assert not found.remarks
    return {run.path: run for run in found.runs}


def test_scalars_have_last_and_best_in_the_shortest_digits(runs: dict[str, Run]) -> None:
    shown = values(runs["runs/simple"])
    assert isnan(shown.pop("bad"))
    assert shown["val_Loss"] == 0.4
    assert shown["best_val_Loss"] == 0.3
    assert shown["test_Accuracy"] == 0.90962964
    assert shown["best_test_Accuracy"] == 0.91962963, "taken where validation is best"
    assert runs["runs/simple"].readings["best_test_Accuracy"].step == 1


def test_add_hparams_and_add_scalars_are_of_the_run_above(runs: dict[str, Run]) -> None:
    run = runs["runs/simple"]
    assert run.params == {"lr": 0.1, "model": "cnn", "wide": True}
    assert run.readings["f1"].value == 0.75
    assert run.readings["train_both"].value == 0.2
    assert run.readings["both.b"].value == 0.4
    assert set(runs) == {"runs/simple", "runs/keras", "runs/resumed"}


def test_several_add_hparams_are_a_run_each(tmp_path: Path) -> None:
    for index in range(3):
        folder = tmp_path / f"runs/sweep/170000000{index}.25"
        folder.mkdir(parents=True)
        (folder / "events.out.tfevents.1.host").write_bytes(_log(_scalar("hparam/f1", index)))
    assert len(gathered(tmp_path, "runs").runs) == 3


def test_add_scalars_of_pytorch(tmp_path: Path) -> None:
    for series in ("train", "ema"):
        folder = tmp_path / f"runs/a/Loss_all_{series}"
        folder.mkdir(parents=True)
        (folder / "events.out.tfevents.1.host").write_bytes(_log(_scalar("Loss/all", 0.5)))
    [run] = gathered(tmp_path, "runs").runs
    assert set(run.readings) == {"train_Loss.all", "Loss.all.ema"}


def test_folders_of_splits_and_several_event_files_are_one_run(runs: dict[str, Run]) -> None:
    assert values(runs["runs/keras"]) == {
        "train_epoch_loss": 0.35,
        "best_train_epoch_loss": 0.35,
        "validation_epoch_loss": 0.4,
        "best_validation_epoch_loss": 0.3,
    }
    assert values(runs["runs/resumed"]) == {"val_loss": 0.3, "best_val_loss": 0.2}


def test_what_is_no_scalar_is_named() -> None:
    data = SIMPLE.read_bytes()
    for size in range(1, len(data), 13):  # Every cut is survived.
        assert len(read_bytes(RUN, data[:size])) == 1
    [found] = read_bytes(RUN, data)
    assert dict(found.left_out).keys() == {"weights", "note/text_summary"}


def test_damage_with_more_to_come_is_an_error() -> None:
    data = bytearray(SIMPLE.read_bytes())
    for position in (3, 10, 20):
        data[position] ^= 0xFF
        with pytest.raises(UnreadableError, match="is damaged at byte"):
            read_bytes(RUN, bytes(data))
        data[position] ^= 0xFF


def test_damage_in_the_last_record_ends_the_file() -> None:
    data = bytearray(_log(_scalar("loss", 0.5, 1), _scalar("loss", 0.25, 2)))
    data[-6] ^= 0xFF
    [found] = read_bytes(RUN, bytes(data))
    assert [(r.name, r.value) for r in found.readings] == [("loss", 0.5)]


def test_space_reserved_and_never_written_is_the_end() -> None:
    [found] = read_bytes(RUN, _log(_scalar("loss", 0.5)) + b"\0" * 5_000)
    assert found.readings[0].value == 0.5


def test_a_restart_replaces_the_steps_it_repeats() -> None:
    points = [(0, 1.0), (5, 0.1), (9, 0.2), (3, 0.5), (4, 0.4)]
    [found] = read_bytes(RUN, _log(*(_scalar("loss", value, step) for step, value in points)))
    assert {r.name: (r.value, r.step) for r in found.readings} == {
        "loss": (0.4, 4),
        "best_loss": (0.4, 4),
    }


def test_a_failed_session_and_lightnings_placeholder() -> None:
    metadata = field(1, field(1, b"hparams") + field(2, field(4, b"\x08\x02")))
    end = field(5, field(1, field(1, b"_hparams_/session_end_info") + field(9, metadata)))
    [found] = read_bytes(RUN, _log(end, _scalar("hp_metric", -1.0), _scalar("accuracy", 0.5)))
    assert found.status is Status.FAILED
    assert [r.name for r in found.readings] == ["accuracy"]


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (b"\x08\x01\x22\x04" + struct.pack("<f", 0.1), 0.1),
        (b"\x08\x02\x32\x08" + struct.pack("<d", 0.1 + 1e-12), 0.1 + 1e-12),
        (b"\x08\x01\x2a\x08" + struct.pack("<2f", 0.1, 0.2), None),
        (b"\x08\x07\x42\x01x", None),
        (b"", None),
    ],
)
def test_tensors(tensor: bytes, expected: float | None) -> None:
    [found] = read_bytes(RUN, _log(field(5, field(1, field(1, b"loss") + field(8, tensor)))))
    assert [r.value for r in found.readings] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    "record",
    [
        b"\x2a\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x2b",
        b"\xff" * 12,
        b"\x2a\x02\x0a\x09",
        b"\x2a\x05\x0a\x03\x15\x00\x00",
    ],
)
def test_a_sound_frame_with_nonsense_inside_is_an_error(record: bytes) -> None:
    with pytest.raises(UnreadableError, match="not a TensorBoard event file"):
        read_bytes(RUN, _log(record))


def test_more_tags_than_metrics_are_data() -> None:
    value = b"".join(field(1, field(1, f"t{n}".encode()) + b"\x15\0\0\0\0") for n in range(20_001))
    with pytest.raises(UnreadableError, match="tags: data"):
        read_bytes(RUN, _log(field(5, value)))


@pytest.mark.parametrize("value", [0.1, 0.92962963, 1e-30, 3.4e38, -2.5, 16777217.0, 0.0, 1 / 3])
def test_shortest_digits_give_the_same_bits(value: float) -> None:
    [single] = struct.unpack("<f", struct.pack("<f", value))
    short = protobuf.shortest(single)
    assert struct.pack("<f", short) == struct.pack("<f", value)
    assert len(repr(short)) <= len(repr(single))
    assert isnan(protobuf.shortest(float("nan")))
    assert (protobuf.shortest(-inf), protobuf.shortest(1e40)) == (-inf, 1e40)


def test_the_checksum_is_castagnolis() -> None:
    # The check value of CRC-32C, 0xE3069283, masked as TFRecord does.
    crc = 0xE3069283
    assert masked_crc(b"123456789") == ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) % 2**32


def _scalar(tag: str, value: float, step: int = 0) -> bytes:
    inner = field(1, tag.encode()) + b"\x15" + struct.pack("<f", value)
    return b"\x10" + varint(step) + field(5, field(1, inner))


def _log(*records: bytes) -> bytes:
    out = b""
    for record in records:
        size = struct.pack("<Q", len(record))
        out += size + struct.pack("<I", masked_crc(size)) + record
        out += struct.pack("<I", masked_crc(record))
    return out

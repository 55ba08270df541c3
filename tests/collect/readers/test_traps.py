"""Malformed and hostile files: none stops the reading, and each gets one clear reason."""

from __future__ import annotations

import codecs
import json
import math
import random
import string
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import Listed, UnreadableError
from results_bot.collect.readers import READERS, is_claimed

from tests.collect.readers.recorded import DATA, collect, file_of, read_bytes


def one(path: str, data: bytes | str) -> Extracted:
    [found] = read_bytes(path, data)
    return found


def values(path: str, data: bytes | str) -> dict[str, float]:
    return {reading.name: reading.value for reading in one(path, data).readings}


def refused(path: str, data: bytes | str) -> str:
    with pytest.raises(UnreadableError) as caught:
        read_bytes(path, data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("m.json", '{"acc": Infinity, "f1": -Infinity}', {"acc": math.inf, "f1": -math.inf}),
        ("m.json", '{"acc": "0.91", "f1": "1e-3", "a": "0.5 at best"}', {"acc": 0.91, "f1": 1e-3}),
        ("m.json", '{"train": {"loss": 2}, "val": {"loss": 1}}', {"train_loss": 2, "val_loss": 1}),
        ("m.json", '{"val": {"acc": 0.5}}', {"val_acc": 0.5}),
        ("m.json", '{"val/acc": 0.5}', {"val_acc": 0.5}),
        ("m.json", '{"val.acc": 0.5}', {"val_acc": 0.5}),
        ("m.json", '{"metrics": {"val/top1.acc": 0.5}}', {"val_top1.acc": 0.5}),
        ("m.json", '{"mAP@0.5:0.95": 0.5}', {"mAP@0.5.0.95": 0.5}),
        ("samples.jsonl", '{"id": 1, "acc": 1.0}\n{"id": 2, "acc": 0.0}\n', {}),
        ("log.csv", "step,val_loss,f1\n0,1.5,0.5\n1,0.25\n",
         {"val_loss": 0.25, "best_val_loss": 0.25, "f1": 0.5, "best_f1": 0.5}),
        ("log.json", '{"step": 1, "val_loss": 0.5}\n{"step": 2, "val_loss": 0.75, "lr": 0.1}\n',
         {"val_loss": 0.75, "best_val_loss": 0.5}),
    ],
)  # fmt: skip
def test_numbers_and_names(name: str, text: str, found: dict[str, float]) -> None:
    assert values(f"runs/a/{name}", text) == found


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ('{"acc": 0.5, "converged": true}', "converged", "is a yes or no"),
        ('{"acc": 0.5, "confusion": [[1, 2], [3, 4]]}', "confusion", "is a list"),
        ('{"acc": 0.5, "auc": null}', "auc", "is empty"),
        ('{"acc": 0.5, "run": "7"}', "run", "is text"),
        ('{"acc": 0.5, "f1": "91.2 of 100"}', "f1", "is text, not a number: 91.2 of 100"),
        ('{"acc": 0.5, "loss": "0,5"}', "loss", "is text, not a number: 0,5"),
        ('{"acc": 0.5, "auc": "n/a"}', "auc", "is text, not a number: n/a"),
        (
            '{"acc": 0.5, "auc": "see \\u202e the very long log"}',
            "auc",
            "is text, not a number: see ",
        ),
    ],
)
def test_left_out_with_a_word(text: str, name: str, reason: str) -> None:
    found = one("runs/a/metrics.json", text)
    assert 0.5 in [reading.value for reading in found.readings]
    assert any(key == name and why.startswith(reason) for key, why in found.left_out)


ENCODINGS = {
    "utf-8 with a byte-order mark": (codecs.BOM_UTF8, "utf-8"),
    "utf-16 little": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16 big": (codecs.BOM_UTF16_BE, "utf-16-be"),
    "utf-16 without a mark": (b"", "utf-16-le"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metrics.json", '{"epoch": 2, "acc": 0.5}'),
        ("metrics.jsonl", '{"epoch": 1, "acc": 0.25}\n{"epoch": 2, "acc": 0.5}\n'),
        ("log.json", '{"epoch": 1, "acc": 0.25}\n{"epoch": 2, "acc": 0.5}\n'),
        ("metrics.csv", "epoch,acc\n1,0.25\n2,0.5\n"),
        ("metrics.yaml", "acc: 0.5\n"),
    ],
)
def test_encodings(encoding: str, name: str, text: str) -> None:
    mark, codec = ENCODINGS[encoding]
    assert values(f"runs/a/{name}", mark + text.encode(codec))["acc"] == 0.5


CSV = [
    ("semicolons and points", "epoch;val_loss\n0;1.5\n1;0.25\n"),
    ("semicolons and decimal commas", "epoch;val_loss\n0;1,5\n1;0,25\n"),
    ("decimal commas and thousands", "epoch;tokens;val_loss\n0;1.000;1.500,5\n1;2.000;0,25\n"),
    ("decimal commas and a version", "epoch;code;val_loss\n0;v1.2;1,5\n1;v1.2;0,25\n"),
    ("tabs", "epoch\tval_loss\n0\t1,5\n1\t0,25\n"),
    ("quotes", '"epoch","val_loss"\n"0","1.5"\n"1","0.25"\n'),
    ("spaces", "epoch , val_loss\n   0 ,   1.5\n   1 ,  0.25\n"),
    ("Windows line ends", "epoch,val_loss\r\n0,1.5\r\n1,0.25\r\n"),
    ("old Mac line ends", "epoch,val_loss\r0,1.5\r1,0.25\r"),
    ("blank lines and cells", "epoch,val_loss\n0,1.5\n\n1,0.25\n2,\n\n"),
]


@pytest.mark.parametrize("text", [case[1] for case in CSV], ids=[case[0] for case in CSV])
def test_csv_dialects(text: str) -> None:
    assert values("runs/a/log.csv", text)["best_val_loss"] == 0.25
    assert values("runs/a/log.csv", text)["val_loss"] == 0.25


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("metrics.json", '{"acc": 0.5, "lo', "is cut off in line 1: it was not written to its end"),
        ("metrics.json", '{"acc": 0.5,\n', "is cut off in line 2: it was not written to its end"),
        ("metrics.json", "{'acc': 0.5}", "is not valid JSON (line 1, column 2: "),
        ("metrics.json", "", "is empty"),
        ("metrics.csv", "epoch,précision\n1,0.5\n".encode("latin-1"), "is not UTF-8 (byte 8)"),
        ("metrics.json", b"\x80\x04\x95\x00\x00\x00", "is binary, not text"),
        ("metrics.json", b'{"a": \0\0\0}', "is binary, not text"),
        ("metrics.json", "[" * 100_000, "is nested too deeply"),
        ("metrics.json", '{"a":' * 500 + "1" + "}" * 500, "is nested more than 32 levels deep"),
        (
            "metrics.json",
            f'{{"a": NaN, "b": {"9" * 5000}}}',
            "holds a number of thousands of digit",
        ),
        ("log.jsonl", '{"epoch": 1}\n{"epoch"\n{"epoch": 3}\n', "line 2 is not valid JSON"),
        ("log.csv", ",,\n,,\n", "holds no names and no values"),
        ("metrics.yaml", "a: [1, 2", "is not valid YAML"),
        ("metrics.yaml", "a: &a [1]\nb: [" + "*a, " * 200 + "*a]\n", "has 201 YAML aliases"),
    ],
)
def test_refused_with_one_clause(name: str, data: bytes | str, reason: str) -> None:
    said = refused(f"runs/a/{name}", data)
    assert said.startswith(reason)
    assert "\n" not in said
    assert name not in said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("name", "above", "ours", "theirs"),
    [
        ("results.csv", "model,acc\nb,0.8\n", "a,0.9\n", "a,0.8\n"),
        ("results.csv", "", "model,acc\na,0.9\n", "model,f1\na,0.8\n"),
        ("results.tsv", "model\tacc\r\n", "a\t0.9\r\n", "c\t0.8\r\n"),
        ("metrics.yaml", "acc: 0.5\n", "f1: 0.9\n", "f1: 0.8\n"),
        ("metrics.json", "{\n", '"acc": 0.9\n', '"acc": 0.8\n'),
        ("log.jsonl", '{"epoch": 1, "acc": 0.5}\n', '{"epoch": 2, "acc": 0.9}\n', ""),
        ("train.log", "[0]\ttest-auc:0.5\n", "[1]\ttest-auc:0.9\n", "[1]\ttest-auc:0.8\n"),
    ],
)
def test_both_sides_of_a_conflict_are_not_read(
    name: str, above: str, ours: str, theirs: str, encoding: str
) -> None:
    end = "\r\n" if "\r" in above else "\n"
    text = f"{above}<<<<<<< HEAD{end}{ours}======={end}{theirs}>>>>>>> new-data{end}"
    reason = refused(f"runs/a/{name}", text.encode(encoding))
    assert reason == "has conflict markers of git; resolve them"


def test_one_marker_is_no_conflict() -> None:
    text = "epoch,val_loss,note\n>>>>>>> of,1,\n1,0.5,<<<<<<< up\n2,0.25,>>>>>>> down\n"
    assert values("runs/a/log.csv", text)["val_loss"] == 0.25
    assert not read_bytes("runs/a/train.log", "<<<<<<< SEARCH\nx = 1\n>>>>>>> REPLACE\n")


def test_python_objects_in_yaml_are_text() -> None:
    text = "act: !!python/object/apply:os.system ['touch /tmp/never']\nlr: 0.1\n"
    assert one("runs/a/hparams.yaml", text).params["lr"] == 0.1


@pytest.mark.parametrize("name", ["model", "default", "experiment", "resnet"])
def test_yaml_beside_results_holds_settings(name: str) -> None:
    read = one(f"runs/a/{name}.yaml", "loss: 0.5\naccuracy: 0.9\n")
    assert read.params == {"loss": 0.5, "accuracy": 0.9}
    assert not read.readings


@pytest.mark.parametrize("name", ["metrics.json", "log.jsonl", "log.json"])
def test_a_million_keys_are_data(name: str) -> None:
    keys = ",".join(f'"k{index}":1' for index in range(1_000_000))
    text = f"{{{keys}}}" if name == "metrics.json" else f'{{"step":1}}\n{{"step":2,{keys}}}\n'
    assert "more than 20,000" in refused(f"runs/a/{name}", text)


def test_a_file_of_two_gigabytes_is_never_opened() -> None:
    def never() -> bytes:
        raise AssertionError("opened")

    listed = [Listed(f"runs/a/{name}", 2_000_000_000, never) for name in ("m.json", "log.csv")]
    found = collect(listed, "runs")
    assert {problem.reason for problem in found.problems} == {
        "is 2,000.0 MB, over the cap of 64.0 MB (max-file-size-mb)"
    }


FIXTURES = [path for path in sorted(DATA.rglob("*")) if path.is_file() and is_claimed(path.name)]
HOSTILE: list[Any] = [
    None, True, -1, 10**40, math.nan, math.inf, "", "nan", "x" * 5000, "\u202e|`\n", [], {},
    [{}], [[]], {"": {"": 1}}, {"a": None},
]  # fmt: skip


def mutated(value: Any, chance: random.Random) -> Any:
    if chance.random() < 0.08:
        return chance.choice(HOSTILE)
    if isinstance(value, dict):
        return {
            key if chance.random() > 0.03 else chance.choice(string.printable): mutated(
                inner, chance
            )
            for key, inner in value.items()
        }
    return [mutated(inner, chance) for inner in value] if isinstance(value, list) else value


def damaged(path: Path) -> Iterator[bytes]:
    chance = random.Random(path.name)  # noqa: S311 - the same damage every time
    data = path.read_bytes()
    for _ in range(12):
        yield data[: chance.randrange(len(data))]
        cut = bytearray(data)
        for _ in range(5):
            cut[chance.randrange(len(cut))] = chance.randrange(256)
        yield bytes(cut)
    if path.suffix == ".json":
        for _ in range(40):
            lines = [line for line in data.split(b"\n") if line]
            try:
                yield json.dumps(mutated(json.loads(data), chance)).encode()
            except ValueError:
                yield b"\n".join(
                    json.dumps(mutated(json.loads(line), chance)).encode() for line in lines
                )


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.relative_to(DATA).as_posix())
def test_damage_is_refused_or_survived(path: Path) -> None:
    name = path.relative_to(DATA).as_posix()
    for data in damaged(path):
        for reader in READERS:
            if reader.claims(name):
                with suppress(UnreadableError):
                    reader.read(file_of(name, data))
        collect([Listed(name, len(data), partial(bytes, data))])

"""Keras: the CSVLogger's file, and `history.history` saved as JSON or by pandas as CSV."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from results_bot.collect import delimited, step_log
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import number

TITLE = "Keras history"
WHERE = "CSV with `epoch` (or an unnamed index), or JSON of lists: `NAME` beside `val_NAME`"
TRAPS: tuple[str, ...] = (
    "`loss` beside `val_loss` is of the training split: it is called `train_loss`",
    "epochs count from 0, and begin again at 0 where the log was appended to",
    "commas or semicolons; pandas leaves the index without a name",
)

MAX_COLUMNS = 1_000
"""More metrics than a model is compiled with."""
_RATES = ("lr", "learning_rate")


def claims(path: str) -> bool:
    """Take CSV and JSON; the names decide."""
    return path.endswith((".csv", ".json"))


def read(file: File) -> list[Extracted] | None:
    """Return last and best values; None where no `NAME` has its `val_NAME`."""
    if file.suffix == "json":
        return _lists(file)
    header = delimited.header(file)
    if header[:1] not in (["epoch"], [""]) or not _has_twins(header):
        return None
    table = delimited.table(file)
    if header[0] == "" and [number(row[0]) for row in table.body] != list(range(len(table.body))):
        return None
    names = set(header)
    records = [_record(record, names) for record in table.records]
    left_out = (delimited.CUT,) if table.cut else ()
    return [Extracted(step_log.readings(records, file.path), left_out=left_out)]


def _lists(file: File) -> list[Extracted] | None:
    document = file.json
    if not isinstance(document, dict):
        return None
    columns = list(document.values())
    if not all(isinstance(column, list) and column for column in columns):
        return None
    if not _has_twins(document):
        return None
    if len({len(column) for column in columns}) != 1:
        return None
    rows = zip(*columns, strict=True)
    records = [
        {"epoch": index, **_record(dict(zip(document, row, strict=True)), document)}
        for index, row in enumerate(rows)
    ]
    return [Extracted(step_log.readings(records, file.path))]


def _has_twins(names: Collection[str]) -> bool:
    """Tell whether `val_NAME` stands beside `NAME`, and no name speaks of another split."""
    if len(names) > MAX_COLUMNS:
        return False
    others = {name for name in names if name not in ("epoch", "", *_RATES)}
    plain = [name for name in others if not name.startswith("val_")]
    split = any(name.startswith(("train", "test")) for name in plain)
    return not split and any(f"val_{name}" in others for name in plain)


def _record(record: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {
        "epoch" if name == "" else f"train_{name}" if f"val_{name}" in names else name: value
        for name, value in record.items()
    }

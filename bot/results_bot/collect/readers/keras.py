"""Keras: the CSVLogger's file, and `history.history` saved as JSON or by pandas as CSV."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from results_bot.collect import csv_table, steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import number
from results_bot.model import Reading

TITLE = "Keras history"
WHERE = "CSV with `epoch` (or an unnamed index), or JSON of lists: `NAME` beside `val_NAME`"
TRAPS: tuple[str, ...] = (
    "`loss` beside `val_loss` is of the training split: it is called `train_loss`",
    "epochs count from 0; a log that was appended to holds several trainings, the last is shown",
    "commas or semicolons; pandas leaves the index without a name",
)

_MAX_COLUMNS = 1_000
"""More metrics than a model is compiled with."""
_RATES = ("lr", "learning_rate")


def claims(path: str) -> bool:
    """Claim CSV and JSON; the column names decide."""
    return path.endswith((".csv", ".json"))


def read(file: File) -> list[Extracted] | None:
    """Return last and best values; None where no `NAME` has its `val_NAME`."""
    if file.suffix == "json":
        document = file.json
        columns = list(document.values()) if isinstance(document, dict) else []
        is_history = all(isinstance(column, list) and column for column in columns)
        if not is_history or len({*map(len, columns)}) != 1 or not _has_twins(document):
            return None
        return [Extracted(_readings({"epoch": range(len(columns[0])), **document}, file))]
    header = csv_table.header(file)
    if header[:1] not in (["epoch"], [""]) or not _has_twins(header):
        return None
    table = csv_table.columns(file)
    index = [number(cell) for cell in table.get(header[0], ())]
    if header[0] == "" and index != list(range(len(index))):
        return None
    return [Extracted(_readings(table, file))]


def _has_twins(names: Collection[str]) -> bool:
    """Return True if some `NAME` has its `val_NAME`, and no name is of another split."""
    if len(names) > _MAX_COLUMNS:
        return False
    others = {name for name in names if name not in ("epoch", "", *_RATES)}
    plain = [name for name in others if not name.startswith("val_")]
    split = any(name.startswith(("train", "test")) for name in plain)
    return not split and any(f"val_{name}" in others for name in plain)


def _readings(columns: Mapping[str, Sequence[object]], file: File) -> tuple[Reading, ...]:
    renamed = {}
    for name, cells in columns.items():
        shown = f"train_{name}" if f"val_{name}" in columns else name
        renamed[shown if name else "epoch"] = cells
    return steps.of_columns(renamed, file)

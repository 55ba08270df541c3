"""Lightning's CSVLogger: one row per event, most cells blank; settings in `hparams.yaml`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from results_bot.collect import csv_table, steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import leaves
from results_bot.collect.readers import yaml_metrics
from results_bot.metric_names import Role, role, split_of
from results_bot.model import Kind

TITLE = "Lightning CSVLogger"


def claims(path: str) -> bool:
    """Claim `metrics.csv`, and the settings beside it."""
    folder, _, name = path.rpartition("/")
    is_version = folder.rpartition("/")[2].startswith("version_")
    return name == "metrics.csv" or (name == "hparams.yaml" and is_version)


def read(file: File) -> list[Extracted] | None:
    """Return last, best and test values; None for another `metrics.csv`."""
    if file.name == "hparams.yaml":
        settings = yaml_metrics.load(file.text)
        flat = leaves(settings if isinstance(settings, dict) else {}, file.path, file.stem)
        return [Extracted(params=flat.params, started=True)]
    header = csv_table.header(file)
    if not {"epoch", "step"} <= set(header):
        return None
    table = csv_table.columns(file)
    columns: dict[str, Sequence[object]] = {}
    for column, cells in table.items():
        stem, _, suffix = column.rpartition("_")
        if column.startswith("lr-"):
            file.leave_out(column, "is a setting")
        elif suffix == "step" and f"{stem}_epoch" in header:
            file.leave_out(column, f"is of one step; {stem}_epoch is taken")
        else:
            is_metric = suffix in ("step", "epoch") and role(stem) is Role.METRIC
            columns[stem if is_metric else column] = cells
    tested = _tested_rows(columns)
    epochs = zip(columns.get("epoch", ()), tested, strict=True)
    columns["epoch"] = ["" if test else epoch for epoch, test in epochs]
    return [
        Extracted(
            tuple(
                structs.replace(one, kind=Kind.FINAL)
                if sum(tested) == 1 and split_of(one.name) == "test" and one.kind is Kind.LAST
                else one
                for one in steps.of_columns(columns, file)
            )
        )
    ]


def _tested_rows(columns: dict[str, Sequence[object]]) -> list[bool]:
    """Return for each row whether all its metrics are of the test split."""
    metrics = {name: cells for name, cells in columns.items() if name not in ("epoch", "step")}
    splits = [split_of(name) for name in metrics]
    out = []
    for row in zip(*metrics.values(), strict=True) if "test" in splits else ():
        shown = {split for split, cell in zip(splits, row, strict=True) if cell not in (None, "")}
        out.append(shown == {"test"})
    return out or [False] * len(columns.get("epoch", ()))

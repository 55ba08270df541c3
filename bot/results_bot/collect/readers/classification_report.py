"""scikit-learn's `classification_report(output_dict=True)` as JSON, or by pandas as CSV."""

from __future__ import annotations

from typing import Any

from results_bot.collect import csv_table
from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import number
from results_bot.metric_names import canonical, split_of
from results_bot.model import Reading

TITLE = "scikit-learn classification_report"
WHERE = "JSON or CSV with `macro avg` and `weighted avg`, each of precision, recall, f1-score"
TRAPS: tuple[str, ...] = (
    "`accuracy` is a number among objects; as CSV it is repeated in every column",
    "classes, which may have digits for names, are left out; their averages are taken",
    "the CSV may have classes as rows or as columns",
)

_COLUMNS = ("precision", "recall", "f1-score", "support")
_SCORES = {"f1-score": "f1", "precision": "precision", "recall": "recall"}

claims = ending(".json", ".csv")


def read(file: File) -> list[Extracted] | None:
    """Return accuracy and averages; None for another file."""
    report = file.json if file.suffix == "json" else _from_table(file)
    if not isinstance(report, dict):
        return None
    average_of_classes = report.get("macro avg")
    if not isinstance(average_of_classes, dict) or not average_of_classes.keys() >= {*_COLUMNS}:
        return None
    accuracy = report.get("accuracy")
    if isinstance(accuracy, dict):  # In a table it is repeated in every column.
        accuracy = accuracy.get("precision")
    cells = {"accuracy": accuracy}
    for column, metric in _SCORES.items():
        for average in ("macro", "weighted", "micro", "samples"):
            row = report.get(f"{average} avg")
            cells[f"{average}_{metric}"] = row.get(column) if isinstance(row, dict) else None
    cells["num_samples"] = average_of_classes["support"]
    split = split_of(file.stem)
    readings = tuple(
        Reading(canonical(name, split), value, file.path)
        for name, cell in cells.items()
        if (value := number(cell)) is not None
    )
    return [Extracted(readings, left_out=(("classes", "are left out; the averages are taken"),))]


def _from_table(file: File) -> dict[str, Any] | None:
    """Return the report from a table that pandas saved, with classes as rows or as columns."""
    header = csv_table.header(file)
    if header[:1] != [""]:
        return None
    if tuple(header[1:]) == _COLUMNS:
        body = csv_table.table(file).body
        return {row[0]: dict(zip(_COLUMNS, row[1:], strict=False)) for row in body if len(row) == 5}
    if "macro avg" not in header:
        return None
    report: dict[str, Any] = {name: {} for name in header[1:]}
    for row in csv_table.table(file).body:
        for name, cell in zip(header[1:], row[1:], strict=False):
            report[name][row[0]] = cell
    return report

"""scikit-learn: `cv_results_` of a grid or random search, and classification reports."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from results_bot.collect import csv_table
from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import (
    inner,
    label,
    leaves,
    number,
    readings,
    row,
    setting,
    split_of_file,
)
from results_bot.metric_names import LARGEST_CLASS
from results_bot.metric_words import SPLITS
from results_bot.model import Direction, Reading, Scalar

TITLE = "scikit-learn"

_COLUMNS = ("precision", "recall", "f1-score", "support")
_SHOWN = {"f1-score": "f1", "precision": "precision", "recall": "recall"}

_SCORE = re.compile(r"(mean|std|rank|split\d+)_((?:test|train)_.+)")

_OF_SPLIT = re.compile(rf"(?:(.+)[_ ./-])?({'|'.join(sorted(SPLITS))})", re.IGNORECASE)
"""A data split, and the model before it: `svm_test`."""

_BESIDE = {"std": "{}_std", "rank": "{}_rank"}
"""What stands beside the scores, and what it is called."""

claims = ending(".json", ".csv")


def read(file: File) -> list[Extracted] | None:
    """Return a report's averages, or the folds of each candidate of a search."""
    if report := _report(file):
        return report
    records = _records(file)
    if not records or not any(name.startswith("mean_test_") for name in records[0]):
        return None
    runs = []
    for record in records:
        params = {
            label(name.removeprefix("param_")): setting(cell)
            for name, cell in record.items()
            if name.startswith("param_") and cell not in (None, "")
        }
        name = ",".join(f"{key}={value}" for key, value in params.items()) or "default"
        runs += _folds(record, name, params, file.path)
    return runs


def _records(file: File) -> Sequence[Mapping[str, Any]]:
    """Return a mapping per candidate; pandas writes JSON by column or by row."""
    if file.suffix == "csv":
        if "params" not in csv_table.header(file):
            return []
        return csv_table.table(file).records()
    document = file.json
    if isinstance(document, dict) and "params" in document:
        columns: dict[str, Sequence[Any]] = {
            str(name): [*cells.values()] if isinstance(cells, dict) else cells
            for name, cells in document.items()
            if isinstance(cells, list | dict)
        }
        document = [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=False)
        ]
    records = document if isinstance(document, list) else []
    return [one for one in records if isinstance(one, dict) and "params" in one]


def _folds(
    record: Mapping[str, Any], name: str, params: Mapping[str, Scalar], file: str
) -> list[Extracted]:
    scores: defaultdict[str, list[Reading]] = defaultdict(list)
    for column, cell in record.items():
        found, value = _SCORE.fullmatch(column), number(cell)
        if found and value is not None:
            kind, metric = found[1], label(found[2])
            is_score = kind not in _BESIDE
            way = Direction.HIGHER if is_score else Direction.UNKNOWN
            shown = metric if is_score else _BESIDE[kind].format(metric)
            scores[kind].append(Reading(shown, value, file, direction=way))
    folds = [readings for kind, readings in scores.items() if kind.startswith("split")]
    if len(folds) < 2:
        return [row(name, [*scores["mean"], *scores["std"], *scores["rank"]], params)]
    member = label(name).replace("/", ":")
    return [
        Extracted((*readings, *scores["rank"]), params, member=f"{member}/fold_{at}")
        for at, readings in enumerate(folds)
    ]


def _report(file: File) -> list[Extracted] | None:
    """Return accuracy and averages of the `classification_report` of each model, by data split.

    None for another file.
    """
    document = file.json if file.suffix == "json" else _from_table(file)
    if not isinstance(document, dict):
        return None
    models: defaultdict[str, list[Reading]] = defaultdict(list)
    rest = {} if _is_report(document) else dict(document)
    for key, name, report in _reports(document):
        found = _OF_SPLIT.fullmatch(name)
        model, split = found.groups("") if found else (name, split_of_file(file.stem))
        models[model] += _averages(report, file, split and split.lower())
        rest.pop(key, None)
    if not models:
        return None
    file.leave_out("classes", "the averages are taken")
    beside = leaves(rest, file.path, file.stem)
    if len(models) == 1:
        taken = (*chain(*models.values()), *beside.readings)
        return [Extracted(taken, beside.params, left_out=beside.left_out)]
    for one in beside.readings:
        file.leave_out(one.name, "stands beside several reports")
    return [row(model, found, beside.params, is_entry=True) for model, found in models.items()]


def _reports(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield each report with its outer key and its name: that key, or `svm/test` where it nests."""
    if _is_report(document):
        yield "", "", document
        return
    for key, one in document.items():
        if _is_report(one):
            yield key, key, one
        for below, report in one.items() if isinstance(one, dict) else ():
            model, split = sorted((key, below), key=lambda name: name.lower() in SPLITS)
            if split.lower() in SPLITS and _is_report(report):
                yield key, f"{model}/{split}", report


def _is_report(document: object) -> bool:
    return inner(document, "macro avg").keys() >= {*_COLUMNS}


def _averages(report: Mapping[str, Any], file: File, split: str | None) -> tuple[Reading, ...]:
    """Return the accuracy and the averages of a report."""
    # In a table the accuracy is repeated in every column.
    cells = {"accuracy": inner(report, "accuracy").get("precision", report.get("accuracy"))}
    for column, metric in _SHOWN.items():
        for average in ("macro", "weighted", "micro", "samples"):
            cells[f"{average}_{metric}"] = inner(report, f"{average} avg").get(column)
    cells["num_samples"] = inner(report, "macro avg")["support"]
    classes = [name for name in report if name != "accuracy" and not name.endswith(" avg")]
    supports = [number(inner(report, name).get("support")) or 0.0 for name in classes]
    total = sum(supports)
    if len(supports) > 1 and total > 0:
        cells[LARGEST_CLASS] = max(supports) / total
    return readings(cells, file, split)


def _from_table(file: File) -> dict[str, Any] | None:
    """Return the report from a table that pandas saved, with classes as rows or as columns."""
    header = csv_table.header(file)
    if header[:1] != [""]:
        return None
    is_turned = "macro avg" in header
    if not is_turned and tuple(header[1:]) != _COLUMNS:
        return None
    body = csv_table.table(file).body
    rows = {name: dict(zip(header[1:], cells, strict=False)) for name, *cells in body}
    if not is_turned:
        return rows
    return {name: {key: cells.get(name) for key, cells in rows.items()} for name in header[1:]}

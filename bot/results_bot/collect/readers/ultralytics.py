"""Ultralytics and YOLOv5: `results.csv`, one row per epoch, validation scores under `metrics/`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import isnan

from results_bot.collect import csv_table, steps
from results_bot.collect.extracted import Extracted, called
from results_bot.collect.file import File
from results_bot.collect.flatten import number
from results_bot.model import Kind, Reading

TITLE = "Ultralytics, YOLOv5"

_SCORE = re.compile(r"metrics/([\w.:-]+?)(?:\(([BMP])\))?")
_TASKS = {"B": "box", "M": "mask", "P": "pose"}
_NAMES = {"mAP_0.5": "map50", "mAP_0.5:0.95": "map50_95", "mAP50": "map50", "mAP50-95": "map50_95"}

claims = called("results.csv")


def read(file: File) -> list[Extracted] | None:
    """Return the values of the last epoch and of the best one."""
    header = csv_table.header(file)
    scores = {name: found for name in header if (found := _SCORE.fullmatch(name))}
    if "epoch" not in header or not scores:
        return None
    table = csv_table.columns(file)
    several = len({found[2] for found in scores.values()}) > 1
    columns: dict[str, Sequence[object]] = {}
    of_scores: dict[str, list[float | None]] = {}
    for column, cells in table.items():
        if found := scores.get(column):
            task = f"_{_TASKS[found[2]]}" if several and found[2] else ""
            name = f"val_{_NAMES.get(found[1], found[1])}{task}"
            columns[name], of_scores[name] = cells, [number(cell) for cell in cells]
        elif column == "epoch" or column.startswith(("train/", "val/")):
            columns[column.replace("/", "_")] = cells
    best = list(_best(of_scores, columns.get("epoch", ()), file.path))
    chosen = {reading.name for reading in best}
    readings = [one for one in steps.of_columns(columns, file) if one.name not in chosen]

    def rank(reading: Reading) -> int:
        stem = reading.name.removeprefix("best_")
        if stem.startswith("val_map50_95"):
            return -1  # What the trainer selects by.
        return 0 if stem in of_scores else 1 if stem.startswith("val") else 2

    return [Extracted(tuple(sorted([*readings, *best], key=rank)))]


def _best(
    scores: Mapping[str, Sequence[float | None]], epochs: Sequence[object], file: str
) -> Iterator[Reading]:
    """Yield the scores of the epoch with the highest fitness, whose weights the trainer keeps.

    Fitness is the sum of the tasks' mAP50-95, else of the accuracies, as since version 8.3; earlier
    versions gave mAP50 a tenth of the weight (ultralytics/utils/metrics.py, `fitness`).
    """
    fitness: dict[int, float] = {}
    for wanted in ("val_map50_95", "val_accuracy_top", "val_miou"):
        columns = [cells for name, cells in scores.items() if name.lower().startswith(wanted)]
        for index, row in enumerate(zip(*columns, strict=True)):
            values = [value for value in row if value is not None and not isnan(value)]
            if values:
                fitness.setdefault(index, sum(values))
    if not fitness:
        return
    best = max(fitness, key=lambda index: (fitness[index], -index))
    step = steps.whole(number(epochs[best]))
    for name, cells in scores.items():
        if (value := cells[best]) is not None:
            yield Reading(f"best_{name}", value, file, Kind.BEST, step)

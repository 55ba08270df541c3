"""Ultralytics and YOLOv5: `results.csv`, one row an epoch, validation scores under `metrics/`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

from results_bot.collect import delimited, step_log
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import number
from results_bot.model import Kind, Reading
from results_bot.patterns import later

TITLE = "Ultralytics, YOLOv5"
WHERE = "`results.csv` with `epoch` and `metrics/*`; settings in `args.yaml`, `opt.yaml`"
TRAPS: tuple[str, ...] = (
    "older versions pad names and cells with spaces, and count epochs from 0",
    "`metrics/*` is of the validation split; box, mask and pose scores are told apart",
    "the best epoch is the one that `best.pt` is of, by mAP50-95 or top-1: all best values are its",
)

_SCORE = later(r"metrics/([\w.:-]+?)(?:\(([BMP])\))?")
_TASKS = {"B": "box", "M": "mask", "P": "pose"}
_NAMES = {"mAP_0.5": "map50", "mAP_0.5:0.95": "map50_95", "mAP50": "map50", "mAP50-95": "map50_95"}


def claims(path: str) -> bool:
    """Take `results.csv`."""
    return path.rpartition("/")[2] == "results.csv"


def read(file: File) -> list[Extracted] | None:
    """Return the last epoch's values and those of the best one."""
    header = delimited.header(file)
    if "epoch" not in header or not any(_SCORE.fullmatch(name) for name in header):
        return None
    table = delimited.table(file)
    names = _names(header)
    records = [
        {names[name]: cell for name, cell in record.items() if name in names}
        for record in table.records
    ]
    scores = {name for column, name in names.items() if _SCORE.fullmatch(column)}
    readings = step_log.readings(records, file.path)
    best = list(_best(records, scores, file.path))
    chosen = {reading.name for reading in best}
    kept = (one for one in readings if one.name not in chosen)
    left_out = (delimited.CUT,) if table.cut else ()
    ordered = sorted((*kept, *best), key=lambda one: _rank(one.name, scores))
    return [Extracted(tuple(ordered), left_out=left_out)]


def _names(header: Sequence[str]) -> dict[str, str]:
    """Return the columns to take, each with its metric's name."""
    several = len({found[2] for name in header if (found := _SCORE.fullmatch(name))}) > 1
    names: dict[str, str] = {}
    for column in header:
        found = _SCORE.fullmatch(column)
        if found is not None:
            task = f"_{_TASKS[found[2]]}" if several and found[2] else ""
            names[column] = f"val_{_NAMES.get(found[1], found[1])}{task}"
        elif column == "epoch" or column.startswith(("train/", "val/")):
            names[column] = column.replace("/", "_")
    return names


def _best(records: Sequence[dict[str, str]], scores: set[str], file: str) -> Iterator[Reading]:
    """Yield the scores of the epoch with the best fitness, as the trainer keeps its weights."""
    by_fitness = [
        (fitness, -index)
        for index, record in enumerate(records)
        if (fitness := _fitness(record)) is not None
    ]
    if not by_fitness:
        return
    record = records[-max(by_fitness)[1]]
    epoch = number(record.get("epoch"))
    step = int(epoch) if epoch is not None and abs(epoch) < 2**53 else None
    for name in record:
        value = number(record[name])
        if name in scores and value is not None:
            yield Reading(f"best_{name}", value, file, Kind.BEST, step)


def _fitness(record: dict[str, str]) -> float | None:
    """Return the sum over the tasks' mAP50-95, else of the accuracies: the weights since 8.3.

    Earlier versions gave mAP50 a tenth of the weight (ultralytics/utils/metrics.py, `fitness`).
    """
    for wanted in ("val_map50_95", "val_accuracy_top", "val_miou"):
        cells = [number(cell) for name, cell in record.items() if name.lower().startswith(wanted)]
        values = [value for value in cells if value is not None and not isnan(value)]
        if values:
            return sum(values)
    return None


def _rank(name: str, scores: set[str]) -> int:
    stem = name.removeprefix("best_")
    if stem.startswith("val_map50_95"):
        return -1  # What the trainer chooses by.
    return 0 if stem in scores else 1 if stem.startswith("val") else 2

"""scikit-learn's `cv_results_` of a grid or random search: a row per candidate, its folds below."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from results_bot.collect import csv_table
from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import label, number, setting
from results_bot.model import Direction, Reading, Scalar

TITLE = "scikit-learn search"
WHERE = "CSV or JSON of `cv_results_`: `mean_test_NAME`, `split0_test_NAME`, `param_NAME`"
TRAPS: tuple[str, ...] = (
    "each fold is a replicate of its candidate: the row is their mean ± standard deviation",
    "without the folds, `mean_test_NAME` and `std_test_NAME` are shown",
    "of all scorers higher is better; a rank is shown where it is asked for",
    "a candidate is called by its parameters",
)

_SCORE = re.compile(r"(mean|std|rank|split\d+)_((?:test|train)_.+)")

_BESIDE = {"std": "{}_std", "rank": "rank_{}"}
"""What stands beside the scores, and what it is called."""

claims = ending(".csv", ".json")


def read(file: File) -> list[Extracted] | None:
    """Return the folds of each candidate, or a run per candidate where there are none."""
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
    member, ranks = label(name.replace("/", ":")), scores["rank"]
    if len(folds) < 2:
        readings = (*scores["mean"], *scores["std"], *ranks)
        return [Extracted(readings, params, member=member, name=label(name))]
    return [
        Extracted((*readings, *ranks), params, member=f"{member}/fold_{at}")
        for at, readings in enumerate(folds)
    ]

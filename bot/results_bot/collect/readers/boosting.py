"""Gradient boosting: the text logs of XGBoost and LightGBM, and CatBoost's JSON."""

from __future__ import annotations

import re

import msgspec
from msgspec import structs

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.metric_names import canonical, tokens
from results_bot.model import Direction

TITLE = "XGBoost, LightGBM, CatBoost"

_LINE = re.compile(r"^\[(\d+)\]\s+(\S.*)$", re.MULTILINE)
_VALUE = re.compile(r"(\w[\w.]*)(?:-|'s )([^\s:]+):\s*([-+\w.]+)")
_SETS = {"training": "train", "learn": "train"}
_LOGS = frozenset({"log", "logs", "train", "training"})
_MOST_BYTES = 16_000_000
_CATBOOST = "catboost_training.json"
_WAYS = {"Min": Direction.LOWER, "Max": Direction.HIGHER}


class _CatBoostMetric(msgspec.Struct):
    name: str
    best_value: str | float = ""


class _CatBoostMeta(msgspec.Struct):
    learn_sets: list[str] = []
    learn_metrics: list[_CatBoostMetric] = []
    test_sets: list[str] = []
    test_metrics: list[_CatBoostMetric] = []


class _CatBoostLog(msgspec.Struct):
    meta: _CatBoostMeta
    iterations: list[dict[str, float | list[float | None]]]


def claims(path: str) -> bool:
    """Claim CatBoost's log, all `.log`, and texts that are logs by their names."""
    name = path.rpartition("/")[2]
    is_text = name.endswith(".txt") and not _LOGS.isdisjoint(tokens(name))
    return is_text or name.endswith(".log") or name == _CATBOOST


def read(file: File) -> list[Extracted] | None:
    """Return last and best values; None for any other text."""
    if file.name == _CATBOOST:
        log = file.json_as(_CatBoostLog)
        return None if log is None else [_of_catboost(log, file)]
    if not 0 < file.size <= _MOST_BYTES:
        return None
    try:
        is_log = _LINE.search(file.decoded)
    except UnreadableError:  # Text of no interest, or none.
        return None
    if not is_log:
        return None
    records = [
        {"iteration": step, **{f"{_SETS.get(of, of)}.{name}": cell for of, name, cell in found}}
        for step, line in _LINE.findall(file.text)
        if (found := _VALUE.findall(line))
    ]
    return [Extracted(steps.of_records(records, file))] if records else None


def _of_catboost(log: _CatBoostLog, file: File) -> Extracted:
    """Return the metrics of every iteration, each with its direction.

    The evaluation set is called `test` and chooses the iteration: it is of the validation split.
    """
    meta = log.meta
    ways: dict[str, Direction] = {}
    records: list[dict[str, object]] = [
        {"iteration": one.get("iteration")} for one in log.iterations
    ]
    for split, sets, metrics in (
        ("train", meta.learn_sets, meta.learn_metrics),
        ("val", meta.test_sets, meta.test_metrics),
    ):
        for of_set in sets:
            prefix = f"{split}_{of_set}" if split == "val" and len(sets) > 1 else split
            names = [canonical(f"{prefix}_{metric.name}") for metric in metrics]
            for name, metric in zip(names, metrics, strict=True):
                ways[name] = _WAYS.get(str(metric.best_value), Direction.UNKNOWN)
            for record, logged in zip(records, log.iterations, strict=True):
                values = logged.get(of_set)
                if isinstance(values, list):
                    record.update(zip(names, values, strict=False))
    readings = (
        structs.replace(one, direction=ways[one.name.removeprefix("best_")])
        for one in steps.of_records(records, file)
    )
    above, _, folder = file.folder.rpartition("/")
    return Extracted(tuple(readings), root=above if folder == "catboost_info" else None)

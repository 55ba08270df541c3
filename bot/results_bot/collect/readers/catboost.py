"""CatBoost's training log: the metrics of every iteration, with their directions."""

from __future__ import annotations

import msgspec
from msgspec import structs

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted, called
from results_bot.collect.file import File
from results_bot.metric_names import canonical
from results_bot.model import Direction

TITLE = "CatBoost"

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


claims = called("catboost_training.json")


def read(file: File) -> list[Extracted] | None:
    """Return last and best values; None for another file of that name."""
    log = file.json_as(_CatBoostLog)
    if log is None:
        return None
    meta = log.meta
    several = len(meta.test_sets) > 1
    ways: dict[str, Direction] = {}
    records: list[dict[str, object]] = [
        {"iteration": one.get("iteration")} for one in log.iterations
    ]
    for split, sets, metrics in (
        ("train", meta.learn_sets, meta.learn_metrics),
        ("val", meta.test_sets, meta.test_metrics),
    ):
        for of_set in sets:
            prefix = f"{split}_{of_set}" if several and split == "val" else split
            names = [canonical(f"{prefix}_{metric.name}") for metric in metrics]
            ways |= {
                name: _WAYS.get(str(metric.best_value), Direction.UNKNOWN)
                for name, metric in zip(names, metrics, strict=True)
            }
            for record, logged in zip(records, log.iterations, strict=True):
                values = logged.get(of_set)
                if isinstance(values, list):
                    record.update(zip(names, values, strict=False))
    readings = (
        structs.replace(one, direction=ways[one.name.removeprefix("best_")])
        for one in steps.of_records(records, file)
    )
    above, _, folder = file.folder.rpartition("/")
    return [Extracted(tuple(readings), root=above if folder == "catboost_info" else None)]

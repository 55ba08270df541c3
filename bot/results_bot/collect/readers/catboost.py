"""CatBoost's training log: the metrics of every iteration, with their directions."""

from __future__ import annotations

from msgspec import structs

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.metric_names import canonical
from results_bot.model import Direction

TITLE = "CatBoost"
WHERE = "`catboost_info/catboost_training.json`"
TRAPS: tuple[str, ...] = (
    "the evaluation set is called `test` and chooses the iteration: it is shown as validation",
    "the log states whether the least or the greatest value of a metric is best",
    "`learn_error.tsv` and `test_error.tsv` repeat the log; times are not results",
)

_WAYS = {"Min": Direction.LOWER, "Max": Direction.HIGHER}


def claims(path: str) -> bool:
    """Claim the log."""
    return path.rpartition("/")[2] == "catboost_training.json"


def read(file: File) -> list[Extracted] | None:
    """Return last and best values; None for another file of that name."""
    document = file.json
    meta = document.get("meta") if isinstance(document, dict) else None
    logged = document.get("iterations") if isinstance(meta, dict) else None
    if not isinstance(meta, dict) or not isinstance(logged, list):
        return None
    columns: dict[str, tuple[str, int]] = {}
    ways: dict[str, Direction] = {}
    for part, split in (("learn", "train"), ("test", "val")):
        sets, metrics = meta.get(f"{part}_sets"), meta.get(f"{part}_metrics")
        for which in sets if isinstance(sets, list) else ():
            for at, metric in enumerate(metrics if isinstance(metrics, list) else ()):
                if isinstance(metric, dict):
                    several = f"{which}_" if isinstance(sets, list) and len(sets) > 1 else ""
                    name = canonical(f"{split}_{several}{metric.get('name')}")
                    columns[name] = str(which), at
                    ways[name] = _WAYS.get(str(metric.get("best_value")), Direction.UNKNOWN)
    records = [
        {
            "iteration": one.get("iteration"),
            **{
                name: one[which][at]
                for name, (which, at) in columns.items()
                if isinstance(one.get(which), list) and at < len(one[which])
            },
        }
        for one in logged
        if isinstance(one, dict)
    ]
    readings = (
        structs.replace(one, direction=ways[one.name.removeprefix("best_")])
        for one in steps.of_records(records, file)
    )
    above, _, folder = file.folder.rpartition("/")
    return [Extracted(tuple(readings), root=above if folder == "catboost_info" else None)]

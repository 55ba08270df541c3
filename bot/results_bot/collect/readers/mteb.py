"""MTEB: a model's folder with the scores of a task in each file."""

from __future__ import annotations

from statistics import fmean

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import label, number
from results_bot.model import Direction, Reading

TITLE = "MTEB"
WHERE = (
    "`MODEL/REVISION/TASK.json` with `task_name` and `scores`; `model_meta.json` names the model"
)
TRAPS: tuple[str, ...] = (
    "a task's main score is taken, the mean over its subsets, as on the leaderboard",
    "of several splits `test` is meant; a task without it shows its own",
    "memory, parameters and other facts of the model are not results",
)


def claims(path: str) -> bool:
    """Claim JSON; the content decides."""
    return path.endswith(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one task's main score, or the model's name."""
    document = file.json
    if not isinstance(document, dict):
        return None
    if file.name == "model_meta.json" and "revision" in document and "name" in document:
        name = label(str(document["name"]))
        return [Extracted(params={"revision": label(str(document["revision"]))}, name=name)]
    scores = document.get("scores")
    if not isinstance(scores, dict) or not isinstance(document.get("task_name"), str):
        return None
    by_split: dict[str, list[float]] = {}
    for split, subsets in scores.items():
        for subset in subsets if isinstance(subsets, list) else ():
            score = number(subset.get("main_score")) if isinstance(subset, dict) else None
            if score is not None:
                by_split.setdefault(split, []).append(score)
    if "test" in by_split:
        by_split = {"test": by_split["test"]}
    task = document["task_name"]
    readings = [
        Reading(
            label(f"{task}_main_score" if len(by_split) == 1 else f"{split}_{task}_main_score"),
            fmean(values),
            file.path,
            direction=Direction.HIGHER,
        )
        for split, values in by_split.items()
    ]
    return [Extracted(tuple(readings), root=file.folder)]

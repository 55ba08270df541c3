"""MTEB: a model's folder with the scores of a task in each file."""

from __future__ import annotations

from statistics import fmean

import msgspec

from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import label
from results_bot.model import Direction, Reading

TITLE = "MTEB"
WHERE = "`MODEL/REVISION/TASK.json` with `task_name` and `scores`, beside `model_meta.json`"
TRAPS: tuple[str, ...] = (
    "a task's main score is taken, the mean over its subsets, as on the leaderboard",
    "of several splits `test` is meant; a task without it shows its own",
    "memory, parameters and other facts of the model are not results",
)


class _MtebModel(msgspec.Struct):
    name: str
    revision: str


class _MtebSubset(msgspec.Struct):
    main_score: float


class _MtebTask(msgspec.Struct):
    task_name: str
    scores: dict[str, list[_MtebSubset]]


claims = ending(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one task's main score, or the model's name."""
    if file.name == "model_meta.json" and (model := file.json_as(_MtebModel)):
        return [Extracted(params={"revision": label(model.revision)}, name=label(model.name))]
    task = file.json_as(_MtebTask)
    if task is None:
        return None
    name = f"{task.task_name}_main_score"
    splits = ["test"] if "test" in task.scores else [*task.scores]
    readings = [
        Reading(
            label(f"{split}_{name}" if len(splits) > 1 else name),
            fmean(subset.main_score for subset in task.scores[split]),
            file.path,
            direction=Direction.HIGHER,
        )
        for split in splits
        if task.scores[split]
    ]
    return [Extracted(tuple(readings), root=file.folder)]

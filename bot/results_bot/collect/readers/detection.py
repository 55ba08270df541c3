"""JSON lines of Detectron2 and OpenMMLab (mmcv, MMEngine), training and evaluation mixed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.readers.json_lines import CUT
from results_bot.metric_names import tokens
from results_bot.model import Reading

TITLE = "Detectron2, MMDetection"
WHERE = "JSON lines, often named `.json`: `iteration` and `total_loss`, or `mode` and `iter`"
TRAPS: tuple[str, ...] = (
    "training and evaluation lines have different keys",
    "components of the loss, training diagnostics and single classes are left out",
    "in MMEngine `step` counts iterations on training lines and epochs on evaluation lines",
    "`scalars.json` repeats the log beside it: each number counts once",
)

_EVALUATION = re.compile(
    r"(?:.*/)?(?:bbox|segm|keypoints|box_proposals|sem_seg|panoptic_seg)/([^/]+)"
)
_SIZES = {"APs": "AP_small", "APm": "AP_medium", "APl": "AP_large"}
_LOSSES = ("total_loss", "loss")
_DIAGNOSTIC = "is a diagnostic of training"


def claims(path: str) -> bool:
    """Claim what may hold JSON lines."""
    return path.endswith((".json", ".jsonl"))


def read(file: File) -> list[Extracted] | None:
    """Return last and best values of the evaluations and of the total training loss."""
    lines = file.lines
    if lines is None:
        return None
    records = [record for record in lines.records if _step(record) is not None]
    if not records or not any(_is_ours(record) for record in records[:50]):
        return None
    sort = _openmmlab if any(_is_openmmlab(record) for record in records[:50]) else _detectron
    left_out: dict[str, str] = {}
    sorted_records = sort(records, left_out)
    found = steps.of_records(sorted_records, file.path)
    if lines.cut:
        left_out.setdefault(*CUT)
    return [Extracted(tuple(_evaluation_first(found)), left_out=tuple(left_out.items()))]


def _step(record: Mapping[str, Any]) -> object:
    return record.get("iteration", record.get("iter", record.get("step")))


def _is_ours(record: Mapping[str, Any]) -> bool:
    if _is_openmmlab(record):
        return True
    return "iteration" in record and (
        "total_loss" in record or any(_EVALUATION.fullmatch(name) for name in record)
    )


def _is_openmmlab(record: Mapping[str, Any]) -> bool:
    by_mode = record.get("mode") in ("train", "val") and "iter" in record
    return by_mode or {"step", "iter", "data_time", "time"} <= record.keys()


def _detectron(
    records: Iterable[Mapping[str, Any]], left_out: dict[str, str]
) -> list[dict[str, Any]]:
    """Rename by key: one line has training and evaluation of one iteration."""
    out = []
    for record in records:
        kept: dict[str, Any] = {"iteration": record.get("iteration")}
        for name, value in record.items():
            evaluated = _EVALUATION.fullmatch(name)
            if evaluated and "-" in evaluated[1]:
                left_out[name] = "is of one class"
            elif evaluated:
                short = _SIZES.get(evaluated[1], evaluated[1])
                kept[name.removesuffix(evaluated[1]) + short] = value
            else:
                _training(name, value, kept, left_out)
        out.append(kept)
    return out


def _openmmlab(
    records: Iterable[Mapping[str, Any]], left_out: dict[str, str]
) -> list[dict[str, Any]]:
    """Rename by line: a line is of training or of an evaluation."""
    out = []
    last: dict[str, Any] = {}
    for record in records:
        kept: dict[str, Any] = {}
        if record.get("mode", "train") == "train" and ("iter" in record or "mode" in record):
            last = {name: record.get(name) for name in ("epoch", "iter") if name in record}
            for name, value in record.items():
                _training(name, value, kept, left_out)
        else:
            # An evaluation belongs to the last epoch or iteration; its own `iter` counts batches.
            for name, value in record.items():
                if name not in ("mode", "epoch", "iter", "step", "lr", "memory"):
                    kept[f"val/{name.removeprefix('coco/')}"] = value
        by_mode = {"epoch": record["epoch"]} if "mode" in record and "epoch" in record else {}
        out.append({**(last or {"step": record.get("step")}), **by_mode, **kept})
    return out


def _training(name: str, value: object, kept: dict[str, Any], left_out: dict[str, str]) -> None:
    if name in _LOSSES:
        kept["train_loss"] = value
    elif "loss" in tokens(name):
        left_out[name] = "is a component of the training loss"
    elif isinstance(value, int | float) and name not in ("iteration", "iter", "epoch", "step"):
        left_out[name] = _DIAGNOSTIC


def _evaluation_first(readings: Iterable[Reading]) -> list[Reading]:
    return sorted(readings, key=lambda reading: "train" in tokens(reading.name))

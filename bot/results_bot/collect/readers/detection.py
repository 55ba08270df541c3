"""JSON lines of Detectron2 and OpenMMLab (mmcv, MMEngine), training and evaluation mixed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.metric_names import tokens

TITLE = "Detectron2, MMDetection"

_EVALUATION = re.compile(
    r"(?:.*/)?(?:bbox|segm|keypoints|box_proposals|sem_seg|panoptic_seg)/([^/]+)"
)
_SIZES = {"APs": "AP_small", "APm": "AP_medium", "APl": "AP_large"}
_COUNTERS = ("iteration", "iter", "epoch", "step")

claims = ending(".json", ".jsonl")


def read(file: File) -> list[Extracted] | None:
    """Return last and best values of the evaluations and of the total training loss."""
    document = file.json
    records = [
        one
        for one in (document if isinstance(document, list) else ())
        if isinstance(one, dict) and not {"iteration", "iter", "step"}.isdisjoint(one)
    ]
    is_openmmlab = any(
        (one.get("mode") in ("train", "val") and "iter" in one)
        or {"step", "iter", "data_time", "time"} <= one.keys()
        for one in records[:50]
    )
    if not is_openmmlab and not any(
        "iteration" in one and ("total_loss" in one or any(map(_EVALUATION.fullmatch, one)))
        for one in records[:50]
    ):
        return None
    left_out: dict[str, str] = {}
    renamed: list[dict[str, Any]] = []
    reached: dict[str, Any] = {}
    for record in records:
        if not is_openmmlab:
            renamed.append({"iteration": record.get("iteration"), **_metrics(record, left_out)})
            continue
        # A line is of training or of an evaluation. An evaluation belongs to the last epoch or
        # iteration of training; its own `iter` counts batches.
        if record.get("mode", "train") == "train" and ("iter" in record or "mode" in record):
            reached = {name: record.get(name) for name in ("epoch", "iter") if name in record}
            metrics = _metrics(record, left_out)
        else:
            metrics = {
                f"val/{name.removeprefix('coco/')}": value
                for name, value in record.items()
                if name not in ("mode", "epoch", "iter", "step", "lr", "memory")
            }
        epoch = {"epoch": record["epoch"]} if "mode" in record and "epoch" in record else {}
        renamed.append({**(reached or {"step": record.get("step")}), **epoch, **metrics})
    readings = sorted(steps.of_records(renamed, file), key=lambda one: "train" in tokens(one.name))
    return [Extracted(tuple(readings), left_out=tuple(left_out.items()))]


def _metrics(record: Mapping[str, Any], left_out: dict[str, str]) -> dict[str, Any]:
    """Return the total training loss and, as Detectron2 has them in one line, evaluations."""
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if evaluated := _EVALUATION.fullmatch(name):
            if "-" in evaluated[1]:
                left_out[name] = "is of one class"
            else:
                short = _SIZES.get(evaluated[1], evaluated[1])
                kept[name.removesuffix(evaluated[1]) + short] = value
        elif name in ("total_loss", "loss"):
            kept["train_loss"] = value
        elif "loss" in tokens(name):
            left_out[name] = "is a component of the training loss"
        elif isinstance(value, int | float) and name not in _COUNTERS:
            left_out[name] = "is a diagnostic of training"
    return kept

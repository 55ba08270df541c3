"""nnU-Net's `summary.json`, versions 1 and 2: the means over the cases of a fold, by label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import MAX_LEAVES, MAX_NAME, number
from results_bot.hostile import printable
from results_bot.model import Reading

TITLE = "nnU-Net"
WHERE = "`summary.json` with `foreground_mean` (version 2) or `results.mean` (version 1)"
TRAPS: tuple[str, ...] = (
    "single cases and counts of voxels are not metrics",
    "of raw and post-processed predictions the latter count",
    "label 0 of version 1 is the background",
    "`plans.json`, `dataset.json` and fingerprints are not results",
)

_VALIDATION = re.compile(r"(?:validation|postprocessed|cv_niftis)[^/]*")
_COUNTS = frozenset("FN FP TN TP n_pred n_ref".split())
_NO_RESULTS = frozenset(
    "plans.json dataset.json dataset_fingerprint.json debug.json splits_final.json "
    "postprocessing.json postprocessing_for_inference.json".split()
)


def claims(path: str) -> bool:
    """Claim summaries, and the files beside them in nnU-Net's folders."""
    name = path.rpartition("/")[2]
    return name == "summary.json" or (name in _NO_RESULTS and "nnunet" in path.lower())


def read(file: File) -> list[Extracted] | None:
    """Return the means over the foreground and by label."""
    if file.name != "summary.json":
        return [Extracted(started=False, left_out=((file.name, "describes data or plans"),))]
    document = file.json
    if not isinstance(document, dict):
        return None
    means = _means(document)
    if means is None:
        return None
    root = file.folder
    while _VALIDATION.fullmatch(root.rpartition("/")[2]):
        root = root.rpartition("/")[0]
    readings = tuple(sorted(_readings(means, file.path), key=_rank))
    postprocessed = float("postprocess" in file.folder.removeprefix(root))
    return [
        Extracted(
            readings,
            root=root,
            name=_name(root),
            order=(postprocessed,),
            left_out=(("cases", "are single cases; their means are taken"),),
        )
    ]


def _means(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]] | None:
    """Return the means by label; the mean over the foreground comes first, as `mean`."""
    if isinstance(document.get("foreground_mean"), dict):
        labels, foreground = document.get("mean"), document["foreground_mean"]
    else:
        results = document.get("results")
        labels = results.get("mean") if isinstance(results, dict) else None
        foreground = labels.get("mean") if isinstance(labels, dict) else None
    if not isinstance(labels, dict) or not labels:
        return None
    found: dict[str, Mapping[str, Any]] = {}
    if isinstance(foreground, dict):
        found["mean"] = foreground
    for label, metrics in labels.items():
        if isinstance(metrics, dict) and label not in ("0", "mean") and len(found) < MAX_LEAVES:
            found[f"label_{label}"] = metrics
    return found


def _readings(means: Mapping[str, Mapping[str, Any]], file: str) -> Iterator[Reading]:
    for label, metrics in means.items():
        for metric, cell in metrics.items():
            value = number(cell)
            if value is not None and metric not in _COUNTS and not metric.startswith("Total "):
                name = f"{label}_{metric.lower()}".replace(" ", "_")
                yield Reading(printable(name)[:MAX_NAME], value, file)


def _rank(reading: Reading) -> int:
    """Rank Dice before overlap, and overlap before the rest."""
    if reading.name.endswith("_dice"):
        return 0
    return 1 if reading.name.endswith(("_iou", "_jaccard")) else 2


def _name(root: str) -> str | None:
    """Return configuration and fold; the folder alone is `fold_0` everywhere."""
    parts = root.split("/")
    return "/".join(parts[-2:]) if len(parts) > 1 and parts[-1].startswith("fold_") else None

"""nnU-Net's `summary.json`, versions 1 and 2: the means over the cases of a fold, by label."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from results_bot.collect.extracted import Extracted, called
from results_bot.collect.file import File
from results_bot.collect.flatten import MAX_LEAVES, inner, label, number
from results_bot.model import Reading

TITLE = "nnU-Net"

_VALIDATION = re.compile(r"(?:validation|postprocessed|cv_niftis)[^/]*")
_COUNTS = frozenset("FN FP TN TP n_pred n_ref".split())

claims = called("summary.json")


def read(file: File) -> list[Extracted] | None:
    """Return the means over the foreground and by label."""
    means = _means(inner(file.json))
    if means is None:
        return None
    root = file.folder
    while _VALIDATION.fullmatch(root.rpartition("/")[2]):
        root = root.rpartition("/")[0]
    readings = []
    for region, metrics in means.items():
        for metric, cell in metrics.items():
            value = number(cell)
            if value is not None and metric not in _COUNTS and not metric.startswith("Total "):
                name = label(f"{region}_{metric.lower()}".replace(" ", "_"))
                readings.append(Reading(name, value, file.path))
    ranks = {"dice": 0, "iou": 1, "jaccard": 1}
    parts = root.split("/")
    # The folder of a fold is `fold_0` everywhere: its configuration goes before it.
    is_fold = len(parts) > 1 and parts[-1].startswith("fold_")
    return [
        Extracted(
            tuple(sorted(readings, key=lambda one: ranks.get(one.name.rpartition("_")[2], 2))),
            root=root,
            name="/".join(parts[-2:]) if is_fold else None,
            order=(float("postprocess" in file.folder.removeprefix(root)),),
            left_out=(("cases", "are single cases; their means are taken"),),
        )
    ]


def _means(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]] | None:
    """Return the means by label; the mean over the foreground comes first, as `mean`."""
    version_2 = isinstance(document.get("foreground_mean"), dict)
    by_label = inner(document, *(["mean"] if version_2 else ["results", "mean"]))
    foreground = document["foreground_mean"] if version_2 else by_label.get("mean")
    if not by_label:
        return None
    means: dict[str, Mapping[str, Any]] = {}
    if isinstance(foreground, dict):
        means["mean"] = foreground
    for name, metrics in by_label.items():
        if isinstance(metrics, dict) and name not in ("0", "mean") and len(means) < MAX_LEAVES:
            means[f"label_{name}"] = metrics
    return means

"""lm-evaluation-harness: `results` by task; new versions put a filter after the metric's name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import MAX_LEAVES, label, number
from results_bot.model import Direction, Reading, Scalar

TITLE = "lm-evaluation-harness, lighteval"

_DATE = re.compile(r"results_(\d{4})-(\d\d)-(\d\d)T(\d\d)-(\d\d)-([\d.]+)")
_NO_METRICS = frozenset({"alias", "name", "sample_len", "sample_count", " "})

claims = ending(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one model's metrics, by task."""
    document = file.json
    if not isinstance(document, dict) or not isinstance(document.get("results"), dict):
        return None
    if not isinstance(document.get("versions", document.get("configs")), dict):
        return None
    tasks: dict[str, Mapping[str, Any]] = {}
    for heading in ("results", "groups"):
        found = document.get(heading)
        for task, metrics in found.items() if isinstance(found, dict) else ():
            if isinstance(metrics, dict) and len(tasks) < MAX_LEAVES:
                tasks.setdefault(label(task), metrics)
    if not tasks:
        return None
    groups = document.get("group_subtasks")
    subtasks = groups.values() if isinstance(groups, dict) else ()
    parts = {str(part) for some in subtasks if isinstance(some, list) for part in some}
    better = document.get("higher_is_better")
    ways = better if isinstance(better, dict) else {}
    config = document.get("config", document.get("config_general"))
    config = config if isinstance(config, dict) else {}
    # lighteval has the date in the file's name only. Old versions have none at all, and one file
    # per model or checkpoint in a folder.
    written = _DATE.search(file.stem)
    date = number("".join(written.groups()) if written else document.get("date"))
    counts = document.get("n-samples")
    counts = counts if isinstance(counts, dict) else {}
    return [
        Extracted(
            tuple(
                reading
                for task in sorted(tasks, key=lambda task: (task != "all", task in parts))
                for reading in _metrics(
                    _name_of_task(task, tasks),
                    {**tasks[task], **_samples(counts.get(task))},
                    ways.get(task),
                    file.path,
                )
            ),
            _params(config, document.get("n-shot")),
            name=_name(document, config),
            root=None if date is None else file.folder,
            order=None if date is None else (date if isfinite(date) else 0.0,),
        )
    ]


def _name_of_task(task: str, tasks: Collection[str]) -> str:
    """Return lighteval's `suite|task|shots` without suite and shots, where that is unambiguous."""
    short = [[part for part in one.split("|") if not part.isdigit()][-1:] for one in tasks]
    own = [part for part in task.split("|") if not part.isdigit()][-1:]
    return own[0] if own and short.count(own) == 1 else task


def _samples(counts: object) -> dict[str, object]:
    """Return how many samples a task was evaluated on; `original` is the size of its data set."""
    effective = counts.get("effective") if isinstance(counts, dict) else None
    return {} if effective is None else {"num_samples": effective}


def _metrics(task: str, metrics: Mapping[str, Any], ways: object, file: str) -> list[Reading]:
    """Return the metrics of a task; `ways` maps their names to whether higher is better."""
    found = []
    for key, cell in metrics.items():
        value = number(cell)
        if key in _NO_METRICS or value is None:
            continue
        name, _, filtered = key.partition(",")
        suffix = f"_{filtered}" if filtered not in ("", "none") else ""
        # Joined without a dot, before which a task called `model_…` would look like a setting.
        shown = re.sub(r"[|:/\s]+", "_", f"{task}_{name}{suffix}")
        higher = ways.get(name) if isinstance(ways, dict) else None
        way = Direction.HIGHER if higher is True else Direction.UNKNOWN
        way = Direction.LOWER if higher is False else way
        found.append(Reading(label(shown), value, file, direction=way))
    return found


def _name(document: Mapping[str, Any], config: Mapping[str, Any]) -> str | None:
    """Return the model's name: as in the file, else from the arguments that loaded it."""
    name = document.get("model_name", config.get("model_name"))
    if not isinstance(name, str) or not name:
        arguments = config.get("model_args")
        pairs = arguments.split(",") if isinstance(arguments, str) else []
        named = {key.strip(): value for key, _, value in (pair.partition("=") for pair in pairs)}
        name = "@".join(filter(None, (named.get("pretrained"), named.get("revision"))))
    return label(name) or None


def _params(config: Mapping[str, Any], shots: object) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for key in ("model", "num_fewshot", "batch_size", "limit"):
        value = config.get(key)
        if isinstance(value, str | int | float):
            found[key] = label(value) if isinstance(value, str) else value
    counts = {str(count) for count in shots.values()} if isinstance(shots, dict) else set()
    if len(counts) == 1:
        found.setdefault("num_fewshot", label(counts.pop()))
    return found

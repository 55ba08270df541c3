"""lm-evaluation-harness: `results` by task; new versions put a filter after the metric's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import MAX_LEAVES, inner, label, number
from results_bot.model import Direction, Reading, Scalar

TITLE = "lm-evaluation-harness, lighteval"

_DATE = re.compile(r"results_(\d{4})-(\d\d)-(\d\d)T(\d\d)-(\d\d)-([\d.]+)")
_NO_METRICS = frozenset({"alias", "name", "sample_len", "sample_count", " "})

claims = ending(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one model's metrics, by task."""
    document = file.json
    if not inner(document, "results"):
        return None
    if not isinstance(document.get("versions", document.get("configs")), dict):
        return None
    tasks: dict[str, Mapping[str, Any]] = {}
    for heading in ("results", "groups"):
        for task, metrics in inner(document, heading).items():
            if isinstance(metrics, dict) and len(tasks) < MAX_LEAVES:
                tasks.setdefault(label(task), metrics)
    if not tasks:
        return None
    subtasks = inner(document, "group_subtasks").values()
    parts = {str(part) for some in subtasks if isinstance(some, list) for part in some}
    config = inner(document, "config" if "config" in document else "config_general")
    # lighteval has the date in the file's name only. Old versions have none at all, and one file
    # per model or checkpoint in a folder.
    written = _DATE.search(file.stem)
    date = number("".join(written.groups()) if written else document.get("date"))
    return [
        Extracted(
            tuple(
                reading
                for task in sorted(tasks, key=lambda task: (task != "all", task in parts))
                for reading in _metrics(task, tasks, document, file.path)
            ),
            _params(config, document.get("n-shot")),
            name=_name(document, config),
            root=None if date is None else file.folder,
            order=None if date is None else (date if isfinite(date) else 0.0,),
        )
    ]


def _metrics(
    task: str, tasks: Mapping[str, Mapping[str, Any]], document: Mapping[str, Any], file: str
) -> Iterator[Reading]:
    """Yield the metrics of a task, with its number of samples and the direction that it states."""
    # Lighteval's `suite|task|shots` is shown without suite and shots, where that is unambiguous.
    short = [[part for part in one.split("|") if not part.isdigit()][-1:] for one in tasks]
    own = [part for part in task.split("|") if not part.isdigit()][-1:]
    shown = own[0] if own and short.count(own) == 1 else task
    better = inner(document, "higher_is_better", task)
    test = _test(task, document)
    # `original` is the size of the data set.
    samples = inner(document, "n-samples", task).get("effective")
    counted = {} if samples is None else {"num_samples": samples}
    for key, cell in {**tasks[task], **counted}.items():
        value = number(cell)
        if key in _NO_METRICS or value is None:
            continue
        name, _, filtered = key.partition(",")
        suffix = f"_{filtered}" if filtered not in ("", "none") else ""
        # Joined without a dot, before which a task called `model_…` would look like a setting.
        metric = label(re.sub(r"[|:/\s]+", "_", f"{shown}_{name}{suffix}"))
        way = Direction.HIGHER if better.get(name) is True else Direction.UNKNOWN
        way = Direction.LOWER if better.get(name) is False else way
        yield Reading(metric, value, file, direction=way, test=test)


def _test(task: str, document: Mapping[str, Any]) -> dict[str, float]:
    """Return the version of a task and its number of examples in the prompt, where known."""
    shots = [part for part in task.split("|")[1:] if part.isdigit()]
    known = {
        "version": inner(document, "versions").get(task),
        "num_fewshot": inner(document, "n-shot").get(
            task, inner(document, "configs", task).get("num_fewshot", next(iter(shots), None))
        ),
    }
    # Groups have the version "N/A".
    numbers = {key: number(one) for key, one in known.items()}
    return {key: one for key, one in numbers.items() if one is not None and isfinite(one)}


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

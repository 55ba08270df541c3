"""lm-evaluation-harness: `results` by task; new versions put a filter after the metric's name."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import MAX_LEAVES, label, number
from results_bot.model import Reading, Scalar

TITLE = "lm-evaluation-harness"
WHERE = "`results*.json` with `results` by task beside `versions` or `configs`"
TRAPS: tuple[str, ...] = (
    "`groups` repeats the averages of tasks: each number counts once, groups before their tasks",
    "`alias`, `name` and `sample_len` are not metrics; `acc_stderr` is a spread",
    "of several evaluations of one model, the latest of each task counts",
    "`samples_*.jsonl` has one line per sample and is not a log",
)

_NO_METRICS = frozenset({"alias", "name", "sample_len", "sample_count", " "})


def claims(path: str) -> bool:
    """Claim JSON; the content decides."""
    return path.endswith(".json")


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
    parts = {
        part
        for subtasks in (groups.values() if isinstance(groups, dict) else ())
        if isinstance(subtasks, list)
        for part in subtasks
        if isinstance(part, str)
    }
    date = number(document.get("date"))
    return [
        Extracted(
            tuple(
                reading
                for task in sorted(tasks, key=parts.__contains__)
                for reading in _metrics(task, tasks[task], file.path)
            ),
            _params(document),
            name=_name(document),
            # Old versions have no date, and one file per model or checkpoint in a folder.
            root=None if date is None else file.folder,
            order=None if date is None else (date if isfinite(date) else 0.0,),
        )
    ]


def _metrics(task: str, metrics: Mapping[str, Any], file: str) -> list[Reading]:
    found = []
    for key, cell in metrics.items():
        value = number(cell)
        if key in _NO_METRICS or value is None:
            continue
        name, _, filtered = key.partition(",")
        suffix = f"_{filtered}" if filtered not in ("", "none") else ""
        # Joined without a dot, before which a task called `model_…` would look like a setting.
        shown = label(f"{task}_{name}{suffix}".replace(" ", "_"))
        found.append(Reading(shown, value, file))
    return found


def _config(document: Mapping[str, Any]) -> Mapping[str, Any]:
    config = document.get("config")
    return config if isinstance(config, dict) else {}


def _name(document: Mapping[str, Any]) -> str | None:
    """Return the model's name: as in the file, else from the arguments that loaded it."""
    name = document.get("model_name")
    if not isinstance(name, str) or not name:
        arguments = _config(document).get("model_args")
        pairs = arguments.split(",") if isinstance(arguments, str) else []
        named = {key.strip(): value for key, _, value in (pair.partition("=") for pair in pairs)}
        name = "@".join(filter(None, (named.get("pretrained"), named.get("revision"))))
    return label(name) or None


def _params(document: Mapping[str, Any]) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for key in ("model", "num_fewshot", "batch_size", "limit"):
        value = _config(document).get(key)
        if isinstance(value, str | int | float):
            found[key] = label(value) if isinstance(value, str) else value
    shots = document.get("n-shot")
    counts = {str(count) for count in shots.values()} if isinstance(shots, dict) else set()
    if len(counts) == 1:
        found.setdefault("num_fewshot", label(counts.pop()))
    return found

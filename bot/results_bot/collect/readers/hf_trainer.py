"""Hugging Face Trainer: `*_results.json`, and `trainer_state.json` of the run and checkpoints."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

from msgspec import structs

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted, called
from results_bot.collect.file import File
from results_bot.collect.flatten import inner, leaves, number
from results_bot.metric_names import Role, role
from results_bot.model import Kind, Reading, Status

TITLE = "Hugging Face Trainer"

_CHECKPOINT = re.compile(r"(?:.*/)?checkpoint-\d+")
_PARTS = ("all", "train", "eval", "test", "predict")

claims = called("trainer_state.json", *(f"{one}_results.json" for one in _PARTS))


def read(file: File) -> list[Extracted] | None:
    """Return final values, or the last and best of the history."""
    if file.name == "trainer_state.json":
        return _state(file)
    document = inner(file.json)
    if not any(name == "epoch" or role(name) is Role.TIME for name in document):
        return None
    kept: dict[str, Any] = {}
    for name, value in document.items():
        if role(name) is Role.TIME or name == "total_flos":
            file.leave_out(name, "is a speed or a cost")
        elif name == "epoch":
            kept["total_epochs"] = value
        else:
            kept[re.sub("^predict_", "test_", name)] = value
    return [structs.replace(leaves(kept, file.path, ""), params={}, status=Status.FINISHED)]


def _state(file: File) -> list[Extracted] | None:
    state = inner(file.json)
    if not isinstance(state.get("log_history"), list):
        return None
    history = [entry for entry in state["log_history"] if isinstance(entry, dict)]
    # The last entry of a training has its mean loss, and times instead of metrics.
    ends = [entry for entry in history if "train_runtime" in entry]
    log = [
        {"train_loss" if key == "loss" else key: entry[key] for key in entry if key != "epoch"}
        if "train_runtime" not in entry
        else {"step": entry.get("step")}
        for entry in history
    ]
    readings = [*steps.of_records(log, file)]
    if ends and (loss := number(ends[-1].get("train_loss"))) is not None:
        readings.append(Reading("train_loss", loss, file.path))
    if (epochs := number(state.get("epoch"))) is not None:
        readings.append(Reading("total_epochs", epochs, file.path, Kind.LAST))
    in_checkpoint = _CHECKPOINT.fullmatch(file.folder) is not None
    step, last = number(state.get("global_step")), number(state.get("max_steps"))
    # Older versions do not record whether training was to continue.
    control = inner(state, "stateful_callbacks", "TrainerControl", "args")
    stops = control.get("should_training_stop")
    to_continue = stops is False and step is not None and last is not None and step < last
    reached = step if step is not None and isfinite(step) else 0.0
    settings = ("num_train_epochs", "train_batch_size", "max_steps")
    return [
        Extracted(
            tuple(readings),
            {key: state[key] for key in settings if isinstance(state.get(key), int | float)},
            status=Status.UNFINISHED if in_checkpoint and to_continue else None,
            root=file.folder.rpartition("/")[0] if in_checkpoint else None,
            order=(reached, 0.0 if in_checkpoint else 1.0),
        )
    ]

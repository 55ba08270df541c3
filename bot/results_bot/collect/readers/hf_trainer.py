"""Hugging Face Trainer: `*_results.json`, and `trainer_state.json` of the run and checkpoints."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import leaves, number
from results_bot.metric_names import Role, canonical, role
from results_bot.model import Kind, Reading, Scalar, Status

TITLE = "Hugging Face Trainer"
WHERE = "`trainer_state.json` with `log_history`, `all_results.json` and its parts"
TRAPS: tuple[str, ...] = (
    "every checkpoint repeats the state: the final one counts, else the latest",
    "a run whose last checkpoint is before `max_steps` is unfinished",
    "`loss` is of training; `*_runtime`, `*_per_second` and `total_flos` are not results",
    "with `load_best_model_at_end` the final evaluation is the best checkpoint's, not the last's",
    "files of the tokenizer and model beside it are not results",
)

_CHECKPOINT = re.compile(r"(?:^|/)checkpoint-\d+/[^/]+\.json$")
_RESULTS = re.compile(r"(?:all|train|eval|test|predict)_results\.json")
_NO_RESULTS = frozenset(
    "vocab.json tokenizer.json added_tokens.json special_tokens_map.json tokenizer_config.json "
    "generation_config.json model.safetensors.index.json pytorch_model.bin.index.json".split()
)


def claims(path: str) -> bool:
    """Claim the trainer's files, and the model's beside them."""
    name = path.rpartition("/")[2]
    if name in _NO_RESULTS or name == "trainer_state.json" or _RESULTS.fullmatch(name):
        return True
    return "checkpoint-" in path and _CHECKPOINT.search(path) is not None


def read(file: File) -> list[Extracted] | None:
    """Return final values, or the last and best of the history."""
    if file.name == "trainer_state.json":
        return _state(file)
    if _RESULTS.fullmatch(file.name):
        return _results(file)
    return [
        Extracted(started=False, left_out=((file.name, "is of the model, not of its results"),))
    ]


def _results(file: File) -> list[Extracted] | None:
    document = file.json
    if not isinstance(document, dict) or not any(
        name == "epoch" or role(name) is Role.TIME for name in document
    ):
        return None
    kept: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for name, value in document.items():
        if role(name) is Role.TIME or name == "total_flos":
            left_out[name] = "is a speed or a cost"
        elif name == "epoch":
            kept["total_epochs"] = value
        else:
            kept[re.sub("^predict_", "test_", name)] = value
    flat = leaves(kept, file.path, "")
    aside = (*flat.left_out, *left_out.items())
    return [Extracted(flat.readings, status=Status.FINISHED, left_out=aside)]


def _state(file: File) -> list[Extracted] | None:
    state = file.json
    if not isinstance(state, dict) or not isinstance(state.get("log_history"), list):
        return None
    history = [entry for entry in state["log_history"] if isinstance(entry, dict)]
    readings = [
        *steps.of_records([_record(entry) for entry in history], file.path),
        *_whole_training(history, file.path),
    ]
    best = _best(state, history, file.path)
    if best is not None:
        readings = [*(one for one in readings if one.name != best.name), best]
    epochs = number(state.get("epoch"))
    if epochs is not None:
        readings.append(Reading("total_epochs", epochs, file.path, Kind.LAST))
    in_checkpoint = _CHECKPOINT.search(file.path) is not None
    step = number(state.get("global_step")) or 0.0
    return [
        Extracted(
            tuple(readings),
            _params(state),
            status=Status.UNFINISHED if in_checkpoint and _goes_on(state) else None,
            root=file.folder.rpartition("/")[0] if in_checkpoint else None,
            order=(step if isfinite(step) else 0.0, 0.0 if in_checkpoint else 1.0),
        )
    ]


def _record(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry for the step log, with the training loss under its full name."""
    if "train_runtime" in entry:
        return {"step": entry.get("step")}
    return {
        "train_loss" if name == "loss" else name: value
        for name, value in entry.items()
        if name != "epoch"
    }


def _whole_training(history: Sequence[Mapping[str, Any]], file: str) -> list[Reading]:
    """Return the mean training loss, which is in the last entry of a training."""
    ends = [entry for entry in history if "train_runtime" in entry]
    loss = number(ends[-1].get("train_loss")) if ends else None
    return [] if loss is None else [Reading("train_loss", loss, file)]


def _best(
    state: Mapping[str, Any], history: Sequence[Mapping[str, Any]], file: str
) -> Reading | None:
    """Return the value by which the trainer selected its best checkpoint.

    Its name is only in a pickled file: it is the metric that had this value at that step.
    """
    value, step = number(state.get("best_metric")), number(state.get("best_global_step"))
    if value is None:
        return None
    for entry in history:
        if step is not None and number(entry.get("step")) != step:
            continue
        for name in entry:
            if name.startswith("eval_") and number(entry[name]) == value:
                at = number(entry.get("step"))
                at_step = int(at) if at is not None and isfinite(at) else None
                return Reading(f"best_{canonical(name)}", value, file, Kind.BEST, at_step)
    return None


def _goes_on(state: Mapping[str, Any]) -> bool:
    """Return True if training was to continue; older versions do not record it."""
    control: Any = state
    for key in ("stateful_callbacks", "TrainerControl", "args"):
        control = control.get(key) if isinstance(control, dict) else None
    if not isinstance(control, dict) or control.get("should_training_stop") is not False:
        return False
    step, last = number(state.get("global_step")), number(state.get("max_steps"))
    return step is not None and last is not None and step < last


def _params(state: Mapping[str, Any]) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for name in ("num_train_epochs", "train_batch_size", "max_steps"):
        value = state.get(name)
        if isinstance(value, int | float):
            found[name] = value
    return found

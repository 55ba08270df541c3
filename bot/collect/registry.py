"""The list of readers, the project's own and third parties'; the first that claims a file reads it.

A third party adds a reader under the entry point group `results_bot.readers`.
"""

from __future__ import annotations

from functools import cache

from bot import plug_ins
from bot.collect.found import Reader
from bot.collect.readers import (
    aim,
    classification_report,
    csv_metrics,
    detection_log,
    dvclive,
    google_benchmark,
    hf_trainer,
    hydra,
    json_lines,
    json_metrics,
    keras_history,
    lightning_csv,
    lm_eval,
    mlflow_files,
    mlflow_sqlite,
    nnunet,
    optuna_csv,
    optuna_sqlite,
    pytest_benchmark,
    sacred,
    spacy_meta,
    tensorboard,
    ultralytics,
    wandb_offline,
    wandb_summary,
    yaml_metrics,
)

BUILT_IN: tuple[Reader, ...] = (
    # Known by their layout or their first bytes.
    aim,
    mlflow_files,
    wandb_summary,
    wandb_offline,
    tensorboard,
    mlflow_sqlite,
    optuna_sqlite,
    optuna_csv,
    # JSON lines may be named `.json`: before all that take a file for one document.
    detection_log,
    json_lines,
    sacred,
    hydra,
    dvclive,
    lightning_csv,
    ultralytics,
    hf_trainer,
    nnunet,
    spacy_meta,
    lm_eval,
    pytest_benchmark,
    google_benchmark,
    keras_history,
    classification_report,
    # The generic ones take what is left.
    json_metrics,
    yaml_metrics,
    csv_metrics,
)


@cache
def readers() -> tuple[Reader, ...]:
    """Return every reader, the most particular first; plug-ins before the project's own."""
    return (*(point.load() for point in plug_ins.points(plug_ins.READERS)), *BUILT_IN)


def reader_names() -> list[str]:
    """Return third parties' readers by name; nothing is loaded."""
    found = plug_ins.points(plug_ins.READERS)
    return sorted(f"{point.name} = {point.value}" for point in found)


def claimed(path: str) -> bool:
    """Tell whether any reader wants the file at `path`."""
    for reader in _generic_first():  # noqa: SIM110 - a generator costs more than the question
        if reader.claims(path):
            return True
    return False


@cache
def _generic_first() -> tuple[Reader, ...]:
    """Return the readers the other way round: the generic ones take nearly all that is there."""
    return tuple(reversed(readers()))

"""The list of readers, the project's own and third parties'; the first that claims a file reads it.

A third party adds a reader under the entry point group `results_bot.readers`.
"""

from __future__ import annotations

from functools import cache

from bot.collect.found import Reader
from bot.collect.readers import (
    aim,
    csv_metrics,
    json_lines,
    json_metrics,
    mlflow_files,
    mlflow_sqlite,
    optuna_csv,
    optuna_sqlite,
    sacred,
    tensorboard,
    wandb_offline,
    wandb_summary,
    yaml_metrics,
)

GROUP = "results_bot.readers"
BUILT_IN: tuple[Reader, ...] = (
    aim, mlflow_files, wandb_summary, wandb_offline, tensorboard, sacred, mlflow_sqlite,
    optuna_sqlite, optuna_csv,
    json_lines, json_metrics, yaml_metrics, csv_metrics,
)  # fmt: skip


@cache
def readers() -> tuple[Reader, ...]:
    """Return every reader, the most particular first; plug-ins before the project's own."""
    from importlib.metadata import entry_points

    return (*(point.load() for point in entry_points(group=GROUP)), *BUILT_IN)


def claimed(path: str) -> bool:
    """Tell whether any reader wants the file at `path`."""
    return any(reader.claims(path) for reader in readers())

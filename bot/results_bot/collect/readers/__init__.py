"""The readers: one module per artifact format, and one line in the list below.

`READERS` is in the order in which they are asked. Of the readers that claim a path, the first whose
`read` recognises the content reads the file. Third parties add readers under the entry point group
`results_bot.readers`; these are asked before all others.
"""

from __future__ import annotations

from functools import cache

from results_bot import plugins
from results_bot.collect.extracted import Reader
from results_bot.collect.readers import (
    boosting_log,
    catboost,
    classification_report,
    csv_metrics,
    detection,
    dvc,
    google_benchmark,
    hf_trainer,
    hydra,
    inspect_ai,
    json_lines,
    json_metrics,
    lightning,
    lm_eval,
    mlflow,
    mteb,
    nnunet,
    no_results,
    optuna,
    promptfoo,
    pytest_benchmark,
    ray,
    sacred,
    sklearn_search,
    spacy,
    tensorboard,
    trackio,
    ultralytics,
    unsupported,
    wandb,
    yaml_metrics,
)

READERS: list[Reader] = [
    # Recognised by their folders, names or first bytes.
    no_results,
    unsupported,
    mlflow,
    wandb,
    tensorboard,
    optuna,
    trackio,
    # JSON lines may be named `.json`, so these come before those that expect one document.
    detection,
    ray,
    json_lines,
    # Recognised by names and content.
    sacred,
    hydra,
    dvc,
    lightning,
    ultralytics,
    hf_trainer,
    nnunet,
    spacy,
    catboost,
    boosting_log,
    lm_eval,
    inspect_ai,
    mteb,
    promptfoo,
    pytest_benchmark,
    google_benchmark,
    classification_report,
    sklearn_search,
    # Generic: they read all that is left.
    json_metrics,
    yaml_metrics,
    csv_metrics,
]


@cache
def plug_in_readers() -> tuple[Reader, ...]:
    """Return the readers that third parties have installed."""
    return tuple(point.load() for point in plugins.points(plugins.READERS))


def reader_names() -> list[str]:
    """Return the names of third parties' readers, without importing them."""
    return sorted(f"{point.name} = {point.value}" for point in plugins.points(plugins.READERS))


def claimants(path: str) -> list[Reader]:
    """Return the readers that claim the file at `path`, in the order in which to ask them."""
    return [reader for reader in (*plug_in_readers(), *READERS) if reader.claims(path)]


def is_claimed(path: str) -> bool:
    """Return True if any reader claims the file at `path`."""
    # The generic readers, which are last, claim most files.
    return any(reader.claims(path) for reader in (*reversed(READERS), *plug_in_readers()))

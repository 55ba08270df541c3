"""Files that tools write beside results: they hold no metrics and do not show a run."""

from __future__ import annotations

import re

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File

TITLE = "Other files of tools"

_REASONS = {
    r"dvc\.ya?ml": "describes a pipeline",
    r"(?:.*/)?plots/sklearn/[^/]+\.json": "is data for a plot",
    r"(?:vocab|tokenizer|added_tokens|special_tokens_map|tokenizer_config|generation_config"
    r"|model\.safetensors\.index|pytorch_model\.bin\.index)\.json": "is of the model",
    r"(?:.*/)?checkpoint-\d+/(?!trainer_state|[a-z]+_results)[^/]+\.json": "is of the model",
    r"(?:(?:.*/)?\.hydra/hydra|multirun)\.yaml": "holds Hydra's own settings",
    r"(?:.*/)?(?:checkpoints?|ckpts?|weights)/(?!trainer_state|[a-z]+_results)[^/]+"
    r"\.(?:json|ya?ml)": "describes a checkpoint",
    r"(?:data|dataset|feature)_?(?:stats|statistics|info|summary|card|profile|description|analysis"
    r"|importances?)\.(?:json|ya?ml|csv)": "describes data",
    r"(?:missing_?(?:rates|values)|eda(?:_\w+)?)\.(?:json|ya?ml|csv)": "describes data",
    r"(?:.+/)?(?:\d+/(?:models/m-[0-9a-f]{32}|traces/tr-[0-9a-f]+|datasets/[0-9a-f]{32})"
    r"|mlruns/models)/.*": "repeats what MLflow's runs have",
    r"(?:.*/)?catboost_info/(?:learn_error|test_error|time_left)\.tsv": "repeats the log",
    r"(?:experiment_state|basic-variant-state|search(?:er|_gen)[-_]state)-.*\.json": "is a state",
    r"(?i:.*nnunet.*/(?:plans|dataset|dataset_fingerprint|debug|splits_final|postprocessing"
    r"|postprocessing_for_inference)\.json)": "describes data or plans",
}
"""Why a file is left out, by a pattern that its name or its path fits."""
_PATTERNS = [(re.compile(pattern), reason) for pattern, reason in _REASONS.items()]


def claims(path: str) -> bool:
    """Claim JSON, YAML, CSV and TSV that fit a pattern."""
    return path.endswith((".json", ".yaml", ".yml", ".csv", ".tsv")) and _reason(path) is not None


def read(file: File) -> list[Extracted]:
    """Return an extract that belongs to no run, with the reason."""
    return [Extracted(started=False, left_out=((file.name, _reason(file.path) or ""),))]


def _reason(path: str) -> str | None:
    name = path.rpartition("/")[2]
    found = (why for one, why in _PATTERNS if one.fullmatch(name) or one.fullmatch(path))
    return next(found, None)

"""Files without results: what tools write beside them, and what only its own tool can read."""

from __future__ import annotations

import re
from typing import NamedTuple

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnsupportedError

TITLE = "Files without results"

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


class _Tool(NamedTuple):
    what: str
    """What the remark calls the tool's file or folder."""
    files: str
    """A pattern of the paths of all its files."""
    named: str
    """A pattern of the one file that the remark names."""
    export: str


_TOOLS = (
    # As tried with 3.29; without the index the query finds no runs. It needs pandas.
    _Tool("Aim's own store", r"(?:.*/)?\.aim/.*", r".*\.aim/VERSION",
          'aim storage reindex; python -c "import aim; '
          "aim.Repo.from_path('.').query_metrics('').dataframe().to_csv('aim.csv')\""),
    _Tool("SwanLab's own store", r"(?:.*/)?swanlog/.*",
          r".*swanlog/(?:run-[^/]+/)?(?:backup|runs)\.swanlab",
          "swanlab.Api().run(path='USER/PROJECT/RUN').metrics(keys=['loss'])"),
    _Tool("Inspect's own log", r".*\.eval", r".*\.eval",
          "inspect log convert --to json --output-dir DIR FILE"),
)  # fmt: skip


def claims(path: str) -> bool:
    """Claim JSON, YAML, CSV and TSV that fit a pattern, and everything in a tool's store."""
    is_table = path.endswith((".json", ".yaml", ".yml", ".csv", ".tsv"))
    return (is_table and _reason(path) is not None) or any(
        re.fullmatch(tool.files, path) for tool in _TOOLS
    )


def read(file: File) -> list[Extracted]:
    """Return an extract that belongs to no run; UnsupportedError for one file of a store."""
    for tool in _TOOLS:
        if re.fullmatch(tool.named, file.path):
            raise UnsupportedError(f"is {tool.what} and cannot be read; export it: {tool.export}")
    reason = _reason(file.path)
    return [Extracted(started=False, left_out=((file.name, reason),) if reason else ())]


def _reason(path: str) -> str | None:
    name = path.rpartition("/")[2]
    found = (why for one, why in _PATTERNS if one.fullmatch(name) or one.fullmatch(path))
    return next(found, None)

"""The project's own readers, each imported for the first file that it may be for.

Most trees hold one format or two, and a small one is read faster than all formats are imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results_bot.collect.extracted import Extracted, Reader
    from results_bot.collect.file import File


class BuiltIn:
    """Stands for a module of `readers/`, and takes over what it has when it is imported.

    `signs` are texts one of which is in every path that the module claims.
    """

    TITLE: str
    WHERE: str
    TRAPS: tuple[str, ...]

    def __init__(self, name: str, *signs: str) -> None:
        self.name = name
        self.signs = signs

    def claims(self, path: str) -> bool:
        """Ask the module, where the path has one of the signs."""
        return any(sign in path for sign in self.signs) and self._module().claims(path)

    def read(self, file: File) -> Sequence[Extracted] | None:
        """Let the module read."""
        return self._module().read(file)

    def __getattr__(self, name: str) -> object:
        if name not in BuiltIn.__annotations__:
            raise AttributeError(name)
        return getattr(self._module(), name)

    def _module(self) -> Reader:
        module = cast("Reader", import_module(f"results_bot.collect.readers.{self.name}"))
        # What an instance has comes before its class's methods: they are called only once.
        vars(self).update(claims=module.claims, read=module.read)
        return module


NO_RESULTS = (
    "plans.json", "dataset.json", "dataset_fingerprint.json", "debug.json", "splits_final.json",
    "postprocessing.json", "postprocessing_for_inference.json",
)  # fmt: skip
"""What nnunet claims in some folders."""
BUILT_IN: tuple[Reader, ...] = (
    # Known by their layout or their first bytes.
    BuiltIn("aim", ".aim/"),
    BuiltIn("mlflow", "/", ".db", ".sqlite"),
    BuiltIn("wandb", "run-", ".wandb"),
    BuiltIn("tensorboard", ".tfevents."),
    BuiltIn("optuna", ".csv", ".db", ".sqlite"),
    # JSON lines may be named `.json`: before all that take a file for one document.
    BuiltIn("detection_log", ".json"),
    BuiltIn("json_lines", ".json", ".ndjson"),
    BuiltIn("sacred", "run.json", "metrics.json", "info.json", "config.json"),
    BuiltIn("hydra", ".hydra/", "multirun.yaml"),
    BuiltIn("dvclive", "metrics.json", "dvc.y", "plots/"),
    BuiltIn("lightning_csv", "metrics.csv", "hparams.yaml"),
    BuiltIn("ultralytics", "results.csv"),
    BuiltIn(
        "hf_trainer", "_results.json", "trainer_state.json", "checkpoint-", "vocab.json", "token",
        "generation_config.json", ".index.json",
    ),
    BuiltIn("nnunet", "summary.json", *NO_RESULTS),
    BuiltIn("spacy_meta", "meta.json"),
    BuiltIn("lm_eval", ".json"),
    BuiltIn("pytest_benchmark", ".json"),
    BuiltIn("google_benchmark", ".json"),
    BuiltIn("keras_history", ".json", ".csv"),
    BuiltIn("classification_report", ".json", ".csv"),
    # The generic ones take what is left.
    BuiltIn("json_metrics", ".json", ".JSON"),
    BuiltIn("yaml_metrics", ".yaml", ".yml"),
    BuiltIn("csv_metrics", ".csv", ".tsv"),
)  # fmt: skip
GENERIC = BUILT_IN[-3:]


def built_in(name: str) -> Reader:
    """Return one of them by its name."""
    return next(one for one in BUILT_IN if cast("BuiltIn", one).name == name)

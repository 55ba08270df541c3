"""W&B, online: the summary and configuration of a run in its `files` folder."""

from __future__ import annotations

from msgspec import structs

from results_bot.collect import wandb_values
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.readers import yaml_metrics

TITLE = "Weights & Biases, summary"
WHERE = "`wandb/run-DATE_TIME-ID/files/wandb-summary.json`, with `config.yaml`"
TRAPS: tuple[str, ...] = (
    "the link `latest-run` is not followed",
    "the folders of a resumed run are one run",
    "images, tables and histograms in the summary are no numbers",
    "`_step`, `_runtime` and `_timestamp` are W&B's own",
    "settings are nested under `value`",
    "the machine's description in `wandb-metadata.json` is not taken for metrics",
)

_OTHERS = (".json", ".JSON", ".jsonl", ".ndjson", ".yaml", ".yml", ".csv", ".tsv")


def claims(path: str) -> bool:
    """Take all that other readers would take in a run's `files` and `tmp`."""
    return path.endswith(_OTHERS) and "run-" in path and bool(wandb_values.FOLDER.match(path))


def read(file: File) -> list[Extracted] | None:
    """Return the summary's last values or the settings; nothing of W&B's other files."""
    match = wandb_values.FOLDER.match(file.path)
    if match is None:
        return None
    found = Extracted(
        root=match["root"], identity=wandb_values.identity(match["id"]), log=wandb_values.LOG
    )
    if file.path == f"{match['root']}/files/wandb-summary.json":
        return [_summary(file, found)]
    if file.path == f"{match['root']}/files/config.yaml":
        return [_config(file, found)]
    return [structs.replace(found, left_out=((file.name, "W&B keeps it; the summary counts"),))]


def _summary(file: File, found: Extracted) -> Extracted:
    document = file.json
    if not isinstance(document, dict):
        raise UnreadableError("holds no object")
    readings, left_out = wandb_values.summary(document, file.path)
    return structs.replace(found, readings=readings, left_out=left_out)


def _config(file: File, found: Extracted) -> Extracted:
    document = yaml_metrics.load(file.text)
    if not isinstance(document, dict):
        raise UnreadableError("holds no mapping")
    return structs.replace(found, params=wandb_values.config(document, file.path))

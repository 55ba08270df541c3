"""DVCLive's metrics and histories, and `dvc.yaml`, which names the metrics files of a pipeline."""

from __future__ import annotations

from posixpath import normpath

from results_bot.collect import csv_table, steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import dotted, inner, leaves, number
from results_bot.collect.readers import yaml_metrics

TITLE = "DVCLive, DVC"

PIPELINE = "dvc.yaml"
"""At the top of a repository it names the metrics files that a pipeline writes."""
_MAX_FILES = 1_000
_HISTORY = "plots/metrics/"


def claims(path: str) -> bool:
    """Claim metrics and histories."""
    whole = f"/{path}"
    return whole.endswith("/metrics.json") or (f"/{_HISTORY}" in whole and path.endswith(".tsv"))


def read(file: File) -> list[Extracted] | None:
    """Return the latest values, or one metric's history."""
    if file.suffix == "tsv":
        return _history(file)
    document = inner(file.json)
    if not isinstance(document.get("step"), int):
        return None
    # DVCLive writes NaN and infinity as text.
    values = {
        name: value if (plain := number(value)) is None else plain
        for name, value in dotted(document)
    }
    return [leaves(values, file.path, file.stem)]


def _history(file: File) -> list[Extracted] | None:
    above, _, name = f"/{file.path}".rpartition(f"/{_HISTORY}")
    name = name.removesuffix(".tsv")
    header = csv_table.header(file)
    if len(header) != 2 or header[0] != "step" or header[1] not in (name, file.stem):
        return None
    table = csv_table.columns(file)
    columns = {"step": table.get("step", ()), name: table.get(header[1], ())}
    readings = steps.of_columns(columns, file)
    return [Extracted(readings, root=above.removeprefix("/"))]


def metrics_files(text: str) -> tuple[str, ...]:
    """Return the metrics files that a `dvc.yaml` names, in its order, below the repository.

    Metrics are at the top level or in a stage, each a path or a path with options. A path with a
    template or a pattern is left out, and so is one outside of the repository.
    """
    try:
        document = yaml_metrics.load(text)
    except UnreadableError:
        return ()
    places = [("", inner(document).get("metrics"))]
    for stage in map(inner, inner(document, "stages").values()):
        places.append((str(stage.get("wdir", "")), stage.get("metrics")))
    paths: dict[str, None] = {}
    for folder, entries in places:
        for entry in entries if isinstance(entries, list) else ():
            named = [entry] if isinstance(entry, str) else entry if isinstance(entry, dict) else ()
            for path in named:
                whole = normpath(f"{folder}/{path}" if folder else str(path))
                if not whole.startswith(("/", "..")) and not any(one in whole for one in "$*?\\\n"):
                    paths[whole] = None
    return tuple(paths)[:_MAX_FILES]

"""DVCLive's metrics and histories, and DVC's own files that hold no results."""

from __future__ import annotations

from typing import Any

from results_bot.collect import delimited, step_log
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import leaves, number

TITLE = "DVCLive, DVC"
WHERE = (
    "`metrics.json` with `step`, `plots/metrics/**/NAME.tsv`; `params.yaml` holds the settings; "
    "what `dvc.yaml` at the top of the repository names as metrics"
)
TRAPS: tuple[str, ...] = (
    'NaN and infinity are the texts "nan" and "inf"',
    "the end of a history repeats `metrics.json`, which is taken; the history gives the best value",
    "`step` is a counter; `plots/sklearn` is for plots; `dvc.yaml` is a pipeline",
)

_HISTORY = "plots/metrics/"
_NO_RESULTS = ("dvc.yaml", "dvc.yml")


def claims(path: str) -> bool:
    """Take metrics, histories and what only looks like results."""
    name = path.rpartition("/")[2]
    below = f"/{path}"
    return (
        name == "metrics.json"
        or name in _NO_RESULTS
        or (f"/{_HISTORY}" in below and name.endswith(".tsv"))
        or (name.endswith(".json") and below.rpartition("/")[0].endswith("/plots/sklearn"))
    )


def read(file: File) -> list[Extracted] | None:
    """Return the latest values, or one metric's history."""
    if file.name in _NO_RESULTS:
        return [Extracted(started=False, left_out=((file.name, "describes a pipeline"),))]
    if file.suffix == "tsv":
        return _history(file)
    if file.folder.endswith("plots/sklearn"):
        return [Extracted(started=False, left_out=((file.name, "is data for a plot"),))]
    document = file.json
    if not isinstance(document, dict) or not isinstance(document.get("step"), int):
        return None
    flat = leaves(_with_numbers(document), file.path, file.stem)
    return [Extracted(tuple(flat.readings), flat.params, left_out=tuple(flat.left_out))]


def _history(file: File) -> list[Extracted] | None:
    above, _, name = f"/{file.path}".rpartition(f"/{_HISTORY}")
    name = name.removesuffix(".tsv")
    header = delimited.header(file)
    if len(header) != 2 or header[0] != "step" or header[1] not in (name, file.stem):
        return None
    table = delimited.table(file)
    records = [{"step": row[0], name: row[1]} for row in table.body if len(row) == 2]
    left_out = (delimited.CUT,) if table.cut else ()
    readings = step_log.readings(records, file.path)
    return [Extracted(readings, root=above.removeprefix("/"), left_out=left_out)]


def _with_numbers(value: Any) -> Any:
    """Return the document with DVCLive's texts for NaN and infinity as numbers; by level."""
    out: dict[str, Any] = {}
    stack = [(value, out)]
    while stack:
        source, target = stack.pop()
        for key, inner in source.items():
            if isinstance(inner, dict):
                target[key] = {}
                stack.append((inner, target[key]))
            else:
                text = number(inner) if isinstance(inner, str) else None
                target[key] = inner if text is None else text
    return out

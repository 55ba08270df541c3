"""JSON written by hand-made training scripts: nested numbers, or a list of epochs."""

from __future__ import annotations

from typing import Any

from results_bot.collect import step_log
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import leaves
from results_bot.metric_names import split_of

TITLE = "JSON"
WHERE = "`.json` that no other reader knows: an object of numbers, or a list of epochs"
TRAPS: tuple[str, ...] = (
    "NaN and Infinity literals are read, numbers in quotes are numbers",
    "a yes or no, a list or a text is no metric, and is named as left out",
    "of a key that is there twice the last counts, with a word",
    "a file with more than 20,000 entries is data, not metrics",
)


def claims(path: str) -> bool:
    """Take every `.json`."""
    return path.endswith((".json", ".JSON"))


def read(file: File) -> list[Extracted]:
    """Return the numbers of an object, or the last and best of a list of records."""
    document = file.json
    if isinstance(document, list):
        return _records(document, file)
    if not isinstance(document, dict):
        return [Extracted(left_out=((file.name, "holds neither an object nor a list"),))]
    history = _columns(document)
    if history is not None:
        return [Extracted(step_log.readings(history, file.path, split_of(file.stem)))]
    return [leaves(document, file.path, file.stem)]


def _records(document: list[Any], file: File) -> list[Extracted]:
    records = [record for record in document if isinstance(record, dict)]
    if records and len(records) == len(document) and step_log.is_step_log(records):
        return [Extracted(step_log.readings(records, file.path, split_of(file.stem)))]
    return [Extracted(left_out=((file.name, "is a list without a step column"),))]


def _columns(document: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return records for a Keras-like history: every value a list, all of one length."""
    for value in document.values():
        if not isinstance(value, list):
            return None
    lists = [*document.values()]
    if len({len(column) for column in lists}) != 1:
        return None
    if not lists[0] or not all(isinstance(value, int | float) for value in lists[0]):
        return None
    rows = zip(*document.values(), strict=True)
    return [dict(zip(document, row, strict=True)) for row in rows]

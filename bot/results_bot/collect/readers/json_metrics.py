"""Generic JSON: an object of numbers, nested or not, or a list of epochs."""

from __future__ import annotations

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import leaves
from results_bot.metric_names import split_of

TITLE = "JSON"
WHERE = "any other `.json`: an object of numbers, or a list of epochs"
TRAPS: tuple[str, ...] = (
    "NaN and Infinity literals are read, and numbers in quotes are numbers",
    "a boolean, a list or a text is not a metric, and is named as left out",
    "if an object has a key twice, the last one counts, with a remark",
    "a file with more than 20,000 entries is data, not metrics",
)


def claims(path: str) -> bool:
    """Claim every `.json`."""
    return path.endswith((".json", ".JSON"))


def read(file: File) -> list[Extracted]:
    """Return the numbers of an object, or the last and best values of a log."""
    document, split = file.json, split_of(file.stem)
    if isinstance(document, list):
        records = [record for record in document if isinstance(record, dict)]
        if records and len(records) == len(document) and steps.is_step_log(records):
            return [Extracted(steps.of_records(records, file, split))]
        return [Extracted(left_out=((file.name, "is a list without a step column"),))]
    if not isinstance(document, dict):
        return [Extracted(left_out=((file.name, "holds neither an object nor a list"),))]
    columns = [value for value in document.values() if isinstance(value, list) and value]
    # A history as Keras has it: every value is a list of one entry per epoch.
    is_history = columns and len(columns) == len(document) and len({*map(len, columns)}) == 1
    if is_history and all(isinstance(cell, int | float) for cell in columns[0]):
        return [Extracted(steps.of_columns(document, file, split))]
    return [leaves(document, file.path, file.stem)]

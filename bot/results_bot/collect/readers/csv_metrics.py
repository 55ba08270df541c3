"""Generic CSV and TSV: a log of epochs, a table of runs, name and value pairs, or one row.

A file with one line per sample is recognised and left to `collect.samples`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from results_bot.collect import csv_table, entries, steps
from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import is_configuration, label, number, readings, split_of_file
from results_bot.collect.folders import is_generic_stem
from results_bot.metric_names import Role, role, tokens

TITLE = "CSV"

_PREDICTED = frozenset("pred predicted prediction predictions preds hat output".split())
_TRAININGS = frozenset({"fold", "cv_fold", "seed", "run", "repeat"})
_MODELS = frozenset({"model", "method", "algorithm", "experiment", "variant"})
_TARGET = frozenset("target label labels true truth actual gold expected".split())

claims = ending(".csv", ".tsv")


def read(file: File) -> list[Extracted]:
    """Return what the header and the first rows show the file to hold."""
    header = csv_table.header(file)
    if is_predictions(header):
        return [Extracted(predictions=True)]
    if is_configuration(file.stem):
        return [Extracted(left_out=((file.name, "is of settings"),))]
    if header and all(number(name) is not None for name in header):
        if is_generic_stem(file.stem):  # Not a matrix with a name of its own.
            file.remark("has no header: what its columns are is not known")
        return [Extracted(left_out=((file.name, "has no header"),))]
    counter = steps.step_column(header)
    if counter is not None:
        columns = csv_table.columns(file)
        if not _is_long(columns) and steps.are_steps(counter, columns):
            # fastai's columns without a split are of the validation split.
            is_fastai = header[:3] == ["epoch", "train_loss", "valid_loss"] and "time" in header
            split = "valid" if is_fastai else split_of_file(file.stem)
            return [
                Extracted(steps.of_columns(part, file, split), member=member)
                for member, part in _trainings(columns).items()
            ]
    return _of_table(csv_table.table(file), file)


def _of_table(table: csv_table.CsvTable, file: File) -> list[Extracted]:
    """Return what rows without a step hold: pairs, one run's numbers, a log, or a run each."""
    header, body, split = table.header, table.body, split_of_file(file.stem)
    if not body:
        return [Extracted(left_out=((file.name, "has no rows of results"),))]
    if len(header) == 2 and _is_pairs(header, body):
        pairs = dict(body)
        if len(pairs) < len(body):
            file.remark("names a metric more than once; the last one counts")
        return [Extracted(readings(pairs, file, split))]
    if len(body) == 1 and number(body[0][0]) is not None:
        cells = dict(zip(header, body[0], strict=False))
        kept = {name: cell for name, cell in cells.items() if role(name) is not Role.PARAMETER}
        return [Extracted(readings(kept, file, split))]
    if _is_log_without_steps(header, body):
        columns = dict(zip(header, zip(*body, strict=True), strict=True))
        return [Extracted(steps.of_columns(columns, file, split))]
    return entries.of_records(table.records(), file, split)


def _trainings(
    columns: Mapping[str, Sequence[object]],
) -> dict[str | None, Mapping[str, Sequence[object]]]:
    """Return the rows of each model, fold or seed where a column tells them apart, else all."""
    known = _MODELS | _TRAININGS
    name = next((name for name in columns if name.strip().lower() in known), "")
    cells = columns.get(name, ())
    values = [value for value in dict.fromkeys(cells) if value not in (None, "")]
    if len(values) < 2:
        return {None: columns}
    prefix = f"{name}_" if name.strip().lower() in _TRAININGS else ""
    return {
        label(f"{prefix}{value}"): {
            column: [cell for cell, of in zip(those, cells, strict=True) if of == value]
            for column, those in columns.items()
            if column != name
        }
        for value in values
    }


def is_predictions(header: Sequence[str]) -> bool:
    """Return True if, by its header, each line is a sample with its prediction and target."""
    words = [set(tokens(name)) for name in header]
    return any(_PREDICTED & word for word in words) and any(_TARGET & word for word in words)


def _is_pairs(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    named = {word.lower() for word in header} & {"metric", "value", "score", "key"}
    numeric = all(len(row) == 2 and number(row[1]) is not None for row in body)
    return bool(named) and numeric and all(number(row[0]) is None for row in body)


def _is_long(columns: Mapping[str, Sequence[object]]) -> bool:
    """Return True if a column holds the names of metrics: the table has a row for each."""
    cells = next((cells for name, cells in columns.items() if name.lower() == "metric"), ())
    return bool(cells) and number(cells[0]) is None


def _is_log_without_steps(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return True for rows of numbers alone, one column of which is a loss or a reward."""
    numeric = all(number(cell) is not None or not cell for row in body for cell in row)
    even = {*map(len, body)} == {len(header)} and len(body) > 1
    words = {word for name in header for word in tokens(name)}
    return even and numeric and bool(words & {"loss", "reward", "r"})

"""Generic CSV and TSV: a log of epochs, a table of runs, name and value pairs, or one row.

A file with one line per sample is recognised and left to `collect.samples`.
"""

from __future__ import annotations

from collections.abc import Sequence

from results_bot.collect import csv_table, steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import is_configuration, label, number
from results_bot.metric_names import Role, canonical, role, split_of, tokens
from results_bot.model import Reading

TITLE = "CSV"
WHERE = "any other `.csv` or `.tsv`: a log of epochs, a table of runs, name-value pairs, one row"
TRAPS: tuple[str, ...] = (
    "semicolons or tabs between cells, commas as the decimal sign, byte-order marks",
    "blank cells are skipped: each metric's last and best value is its own",
    "a header in the middle names the cells below it, and of two trainings in one log the last is "
    "shown; a row with more cells than names and a truncated last row are left out, with a remark",
    "comments above the header, a header in two lines",
    "a file with one line per sample, with prediction and target, is evidence, not a table of runs",
)

_PREDICTED = frozenset("pred predicted prediction predictions preds hat output".split())
_TARGET = frozenset("target label labels true truth actual gold expected".split())
_NAMES = frozenset("run name experiment model method config id variant trial system".split())


def claims(path: str) -> bool:
    """Claim every `.csv` and `.tsv`."""
    return path.endswith((".csv", ".tsv"))


def read(file: File) -> list[Extracted]:
    """Return what the header and the first rows show the file to hold."""
    if has_predictions(file):
        return [Extracted(predictions=True)]
    split, counter = split_of(file.stem), steps.step_column(csv_table.header(file))
    if counter is not None and not is_configuration(file.stem):
        columns = csv_table.columns(file)
        cells = columns.get(counter, ())
        if cells and steps.are_steps(cells):
            return [Extracted(steps.of_columns(columns, file, split))]
    table = csv_table.table(file)
    header, body = table.header, table.body
    if not body or is_configuration(file.stem):
        return [Extracted(left_out=((file.name, "has no rows of results"),))]
    if len(header) == 2 and _is_pairs(header, body):
        return [Extracted(_readings([row[0] for row in body], [row[1] for row in body], file))]
    if len(body) == 1 and number(body[0][0]) is not None:
        return [Extracted(_of_row(header, body[0], file))]
    return _runs(header, body, file)


def has_predictions(file: File) -> bool:
    """Return True if the file has one line per sample; only its header is parsed."""
    return is_predictions(csv_table.header(file))


def is_predictions(header: Sequence[str]) -> bool:
    """Return True if, by its header, each line is a sample with its prediction and target."""
    words = [set(tokens(name)) for name in header]
    return any(_PREDICTED & word for word in words) and any(_TARGET & word for word in words)


def _is_pairs(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    named = {word.lower() for word in header} & {"metric", "value", "score", "key"}
    numeric = all(len(row) == 2 and number(row[1]) is not None for row in body)
    return bool(named) and numeric and all(number(row[0]) is None for row in body)


def _of_row(header: Sequence[str], row: Sequence[str], file: File) -> tuple[Reading, ...]:
    names = [name if role(name) is not Role.PARAMETER else "" for name in header]
    return _readings(names, row, file)


def _readings(names: Sequence[str], cells: Sequence[str], file: File) -> tuple[Reading, ...]:
    split = split_of(file.stem)
    return tuple(
        Reading(canonical(label(name.strip()), split), value, file.path)
        for name, cell in zip(names, cells, strict=False)
        if name and (value := number(cell)) is not None
    )


def _runs(header: list[str], body: list[list[str]], file: File) -> list[Extracted]:
    """Return one run per row where a column names the rows, each with a name of its own."""
    column = _name_column(header, body)
    if column is None:
        return [Extracted(left_out=((file.name, "no column names the rows"),))]
    found = []
    for row in body:
        name = label(row[column].strip())
        params = {
            key: label(cell)
            for index, (key, cell) in enumerate(zip(header, row, strict=False))
            if index != column and key and (number(cell) is None or role(key) is Role.PARAMETER)
        }
        # A model called `org/name` is not a folder.
        member = name.replace("/", ":")
        found.append(Extracted(_of_row(header, row, file), params, member=member, name=name))
    return found


def _name_column(header: Sequence[str], body: Sequence[Sequence[str]]) -> int | None:
    named = [i for i, name in enumerate(header) if _NAMES.intersection(tokens(name))]
    for index in [*named, 0]:
        names = [row[index].strip() for row in body if index < len(row)]
        text = index in named or all(number(name) is None for name in names)
        if text and len(names) == len(set(names)) == len(body) and all(names):
            return index
    return None

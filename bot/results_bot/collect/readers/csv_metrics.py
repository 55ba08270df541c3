"""CSV and TSV: a log of epochs, a table of runs, name and value pairs, or one row of finals.

Files with one line a sample are recognised and left for the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from results_bot.collect import delimited, step_log
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import MAX_NAME, is_configuration, number
from results_bot.hostile import printable
from results_bot.metric_names import Role, canonical, role, split_of, tokens
from results_bot.model import Reading

TITLE = "CSV"
WHERE = "`.csv` and `.tsv`: a log of epochs, a table of runs, name and value pairs, or one row"
TRAPS: tuple[str, ...] = (
    "semicolons or tabs between cells, commas as the decimal sign, byte-order marks",
    "blank cells are passed over: each metric's last and best value is its own",
    "a last row that was not written to its end is left out, with a word",
    "one line a sample, with prediction and target, is evidence and no table of runs",
)

_PREDICTED = frozenset("pred predicted prediction predictions preds hat output".split())
_TARGET = frozenset("target label labels true truth actual gold expected".split())
_NAMES = frozenset("run name experiment model method config id variant trial system".split())


def claims(path: str) -> bool:
    """Take `.csv` and `.tsv`."""
    return path.endswith((".csv", ".tsv"))


def read(file: File) -> list[Extracted] | None:
    """Return what the header and the first rows show the file to be."""
    if has_predictions(file):
        return [Extracted(predictions=True)]
    table = delimited.table(file)
    header, body = table.header, table.body
    left_out = (delimited.CUT,) if table.cut else ()
    if not body or is_configuration(file.stem):
        return [Extracted(left_out=((file.name, "has no rows of results"),))]
    split = split_of(file.stem)
    if step_log.step_column(header) is not None:
        records = table.records
        if step_log.is_step_log(records):
            return [Extracted(step_log.readings(records, file.path, split), left_out=left_out)]
    if len(header) == 2 and _is_pairs(header, body):
        return [Extracted(_pairs(body, file.path, split))]
    if len(body) == 1 and number(body[0][0]) is not None:
        return [Extracted(_finals(header, body[0], file.path, split))]
    return _table(header, body, file)


def has_predictions(file: File) -> bool:
    """Tell whether the file has one line a sample; only its header is parsed."""
    return is_predictions(delimited.header(file))


def is_predictions(header: Sequence[str]) -> bool:
    """Tell by a header whether each line is a sample with its prediction and its target."""
    words = [set(tokens(name)) for name in header]
    return any(_PREDICTED & word for word in words) and any(_TARGET & word for word in words)


def _is_pairs(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    named = {word.lower() for word in header} & {"metric", "value", "score", "key"}
    numeric = all(len(row) == 2 and number(row[1]) is not None for row in body)
    return bool(named) and numeric and all(number(row[0]) is None for row in body)


def _pairs(body: Sequence[Sequence[str]], file: str, split: str | None) -> tuple[Reading, ...]:
    return tuple(_reading(row[0], row[1], file, split) for row in body)


def _finals(
    header: Sequence[str], row: Sequence[str], file: str, split: str | None
) -> tuple[Reading, ...]:
    wanted = (
        (name, cell)
        for name, cell in zip(header, row, strict=False)
        if name and number(cell) is not None and role(name) is not Role.PARAMETER
    )
    return tuple(_reading(name, cell, file, split) for name, cell in wanted)


def _reading(name: str, cell: str, file: str, split: str | None) -> Reading:
    value = number(cell)
    return Reading(
        canonical(printable(name.strip())[:MAX_NAME], split),
        float("nan") if value is None else value,
        file,
    )


def _table(header: list[str], body: list[list[str]], file: File) -> list[Extracted]:
    """Return one Extracted a row where a column names the rows, each name once."""
    column = _name_column(header, body)
    if column is None:
        return [Extracted(left_out=((file.name, "no column names the rows"),))]
    found = []
    for row in body:
        values = _finals(header, row, file.path, split_of(file.stem))
        name = printable(row[column].strip())[:MAX_NAME]
        # A model called `org/name` is no folder.
        member = name.replace("/", ":")
        found.append(Extracted(values, _settings(header, row, column), member=member, name=name))
    return found


def _name_column(header: Sequence[str], body: Sequence[Sequence[str]]) -> int | None:
    named = [i for i, name in enumerate(header) if _NAMES.intersection(tokens(name))]
    for index in [*named, 0]:
        names = [row[index].strip() for row in body if index < len(row)]
        text = index in named or all(number(name) is None for name in names)
        if text and len(names) == len(set(names)) == len(body) and all(names):
            return index
    return None


def _settings(header: Sequence[str], row: Sequence[str], column: int) -> dict[str, str]:
    return {
        name: printable(cell)[:MAX_NAME]
        for index, (name, cell) in enumerate(zip(header, row, strict=False))
        if index != column and name and (number(cell) is None or role(name) is Role.PARAMETER)
    }

"""Optuna's `trials_dataframe` as CSV: each trial is a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from results_bot.collect import delimited, optuna_trials
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import setting
from results_bot.model import Scalar

TITLE = "Optuna, CSV"
WHERE = "`.csv` with the columns `number`, `state` and `value` or `values_*`"
TRAPS: tuple[str, ...] = (
    "pruned trials carry a value too and are shown as pruned",
    "a second line of the header (`multi_index=True`) is no trial",
    "`values_0` or `values_NAME` where there are several objectives",
    "the database beside the table is not counted again",
)


def claims(path: str) -> bool:
    """Take `.csv`."""
    return path.endswith(".csv")


def read(file: File) -> list[Extracted] | None:
    """Return one Extracted a trial, None for another table."""
    if not _is_trials(delimited.header(file)):
        return None
    table = delimited.table(file)
    names, rows = _names(table.header, table.body)
    left_out = (delimited.CUT,) if table.cut else ()
    return list(_trials(names, rows, file, left_out)) or [Extracted(started=False)]


def _is_trials(header: Sequence[str]) -> bool:
    return {"number", "state"}.issubset(header) and any(
        name in ("value", "values") or name.startswith("values_") for name in header
    )


def _names(
    header: Sequence[str], body: Sequence[Sequence[str]]
) -> tuple[list[str], Sequence[Sequence[str]]]:
    """Return the columns' names, of two lines put together, and the rows below."""
    state = header.index("state")
    if not body or (state < len(body[0]) and body[0][state].strip()):
        return list(header), body
    below = [*body[0], *[""] * len(header)]
    pairs = zip(header, below, strict=False)
    return ["_".join(part for part in pair if part) for pair in pairs], body[1:]


def _trials(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    file: File,
    left_out: tuple[tuple[str, str], ...],
) -> Iterator[Extracted]:
    for row in rows:
        cells = {name: cell for name, cell in zip(names, row, strict=False) if cell.strip()}
        found = optuna_trials.found(
            optuna_trials.Trial(
                study=file.stem,
                number=cells.get("number", ""),
                state=cells.get("state", ""),
                started=cells.get("datetime_start", ""),
                values={_objective(name): cells[name] for name in names if _is_value(name, cells)},
                params=_settings(cells, "params_"),
                attributes=_settings(cells, "user_attrs_"),
                left_out=left_out,
            ),
            file,
        )
        if found is not None:
            yield found


def _is_value(name: str, cells: dict[str, str]) -> bool:
    return name in cells and (name == "value" or name.startswith("values_"))


def _objective(column: str) -> str:
    name = column.removeprefix("values_")
    return f"value_{name}" if name.isdecimal() else name


def _settings(cells: dict[str, str], prefix: str) -> dict[str, Scalar]:
    return {
        name.removeprefix(prefix): setting(cell)
        for name, cell in cells.items()
        if name.startswith(prefix)
    }
